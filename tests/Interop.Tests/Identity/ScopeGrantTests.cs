using Interop.Identity;
using Xunit;

namespace Interop.Tests.Identity;

public sealed class ScopeGrantTests
{
    static readonly string[] s_held = ["referrals:read", "referrals:write", "system/Task.rus", "system/Patient.rs"];

    [Theory]
    [InlineData("", "referrals:read referrals:write system/Task.rus system/Patient.rs")]
    [InlineData("referrals:read", "referrals:read")]
    [InlineData("referrals:read referrals:read", "referrals:read")]
    [InlineData("admin", "")]
    [InlineData("openid referrals:write", "referrals:write")]
    [InlineData("system/Task.r", "system/Task.r")]
    [InlineData("system/Task.cruds", "system/Task.rus")]
    [InlineData("system/Task.cd", "")]
    [InlineData("system/Encounter.rs", "")]
    [InlineData("system/*.rs", "system/Task.rs system/Patient.rs")]
    [InlineData("system/*.u", "system/Task.u")]
    public void What_is_granted_is_what_was_asked_for_and_is_held(string asked, string granted) =>
        Assert.Equal(Split(granted), ScopeGrant.Narrow(Split(asked), s_held));

    [Theory]
    [InlineData("system/Task.read", "system/Task.rs")]
    [InlineData("system/Task.write", "system/Task.u")]
    [InlineData("system/Task.*", "system/Task.rus")]
    [InlineData("system/*.read", "system/Task.rs system/Patient.rs")]
    [InlineData("system/*.*", "system/Task.rus system/Patient.rs")]
    [InlineData("system/Patient.write", "")]
    public void Scopes_of_version_1_are_answered_in_the_form_of_version_2(string asked, string granted) =>
        Assert.Equal(Split(granted), ScopeGrant.Narrow(Split(asked), s_held));

    [Theory]
    [InlineData("system/Task.sr")]
    [InlineData("system/Task.rr")]
    [InlineData("system/Task.x")]
    [InlineData("system/Task.")]
    [InlineData("system/.r")]
    [InlineData("system/Task")]
    [InlineData("system/Task.r?status=requested")]
    [InlineData("patient/Task.r")]
    [InlineData("system/")]
    public void A_scope_that_is_none_is_granted_to_nobody(string asked) =>
        Assert.Empty(ScopeGrant.Narrow([asked], s_held));

    [Theory]
    [InlineData("referrals:read", true)]
    [InlineData("system/Task.r", true)]
    [InlineData("system/Task.rus", true)]
    [InlineData("system/Task.cruds", false)]
    [InlineData("system/*.rs", false)]
    [InlineData("system/Task.sr", false)]
    [InlineData("admin", false)]
    public void A_client_is_registered_with_nothing_that_its_kind_cannot_hold(string scope, bool within) =>
        Assert.Equal(within, ScopeGrant.IsWithin(scope, s_held));

    [Fact]
    public void What_is_granted_never_exceeds_what_is_held()
    {
        string[] odd = ["system/Task.rus system/Patient.rs", "system/*.cruds", "SYSTEM/Task.r", "system/task.r"];
        foreach (var granted in ScopeGrant.Narrow(odd, s_held))
            Assert.Contains(s_held, h => Interop.Platform.Http.Doorkeeper.Covers(h, granted));
    }

    static string[] Split(string scopes) => scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
