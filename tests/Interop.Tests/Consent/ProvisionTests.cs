using Xunit;
using static Interop.Tests.Consent.Rules;

namespace Interop.Tests.Consent;

/// <summary>DOMAIN.md, Evaluating a FHIR R4 Consent, rules 2, 3, 4 and 6: what the provisions of a consent come to.</summary>
public sealed class ProvisionTests
{
    // 2. Base rule

    [Theory]
    [InlineData("OPTIN", null, "permit")]
    [InlineData("OPTOUT", null, "deny")]
    [InlineData("OPTOUT", "permit", "permit")] // the root's own type comes first
    [InlineData("OPTIN", "deny", "deny")]
    [InlineData(null, null, "no-consent")]
    [InlineData("hipaa-self-pay", null, "no-consent")]
    public void The_base_rule_is_the_type_of_the_root_or_else_the_policy_rule(string? rule, string? type, string decision) =>
        Assert.Equal(decision, Of(new WrittenConsent { PolicyRule = rule, Root = new() { Type = type } }));

    [Theory]
    [InlineData("OPTIN", "permit")]
    [InlineData("OPTOUT", "deny")]
    public void A_policy_rule_needs_no_provision(string rule, string decision) => Assert.Equal(decision, Of(new WrittenConsent { PolicyRule = rule }));

    [Theory]
    [InlineData(false, "scope|patient-privacy", "permit")]
    [InlineData(true, "scope|patient-privacy", "permit")]
    [InlineData(false, "scope|research", "no-consent")]
    [InlineData(true, "scope|research", "no-consent")]
    public void The_scope_is_accepted_in_scope_and_in_category(bool inCategory, string asked, string decision) =>
        Assert.Equal(decision, Of(new WrittenConsent { ScopeInCategory = inCategory, Root = PermitAll }, new() { Categories = [asked] }));

    // 3. A nested provision's own type

    [Fact]
    public void A_nested_provision_does_as_its_own_type_says_never_the_opposite_of_its_parent()
    {
        Assert.Equal("permit", Of(PermitAll with { Children = [PermitAll] }));
        Assert.Equal("deny", Of(DenyAll with { Children = [DenyAll] }));
        Assert.Equal("deny", Of(PermitAll with { Children = [DenyAll] }));
        Assert.Equal("permit", Of(DenyAll with { Children = [PermitAll] }));
        Assert.Equal("deny", Of(PermitAll with { Children = [PermitAll with { Children = [DenyAll with { Children = [DenyAll] }] }] }));
    }

    [Fact]
    public void A_nested_provision_without_type_is_a_fault_at_its_place() =>
        Assert.Equal(["consents[0].provision.provision[1].type required"], Way.Faults(new WrittenCase { Consents = [new() { Root = PermitAll with { Children = [DenyAll, new()] } }] }.ToJson().ToJsonString()));

    // 4. Inheritance

    [Fact]
    public void A_nested_provision_inherits_what_it_does_not_restate()
    {
        var root = PermitAll with { Purposes = ["reason|TREAT"], Actors = [new(null, "Organization/a")], Children = [DenyAll with { Labels = ["act|HIV"] }] };

        Assert.Equal("permit deny", Of(root, null, Observation("act|HIV")));
        Assert.Equal("no-consent no-consent", Of(root, By("Organization/b"), Observation("act|HIV"))); // neither it nor its parent is about b
        Assert.Equal("no-consent no-consent", Of(root, new() { Purpose = "research" }, Observation("act|HIV")));
    }

    [Fact]
    public void What_it_restates_replaces()
    {
        var root = PermitAll with { Actors = [new(null, "Organization/a")], Purposes = ["reason|TREAT"], Children = [DenyAll with { Actors = [new(null, "Organization/b")] }] };

        Assert.Equal("permit", Of(root, By("Organization/a")));
        Assert.Equal("deny", Of(root, By("Organization/b")));
    }

    [Fact]
    public void Inheritance_reaches_down_any_number_of_levels()
    {
        var leaf = DenyAll with { Labels = ["act|HIV"] };
        for (var i = 0; i < 50; i++)
            leaf = PermitAll with { Children = [leaf] };
        var root = PermitAll with { Purposes = ["reason|TREAT"], Children = [leaf] };

        Assert.Equal("permit deny", Of(root, null, Observation("act|HIV")));
        Assert.Equal("no-consent no-consent", Of(root, new() { Purpose = "research" }, Observation("act|HIV")));
    }

    // 6. Deeper wins; at equal depth deny wins

    [Fact]
    public void Deeper_wins_wherever_it_stands()
    {
        Assert.Equal("permit", Of(DenyAll with { Children = [DenyAll, DenyAll with { Children = [PermitAll] }] }));
        Assert.Equal("deny", Of(PermitAll with { Children = [PermitAll, PermitAll with { Children = [DenyAll] }] }));
    }

    [Fact]
    public void At_equal_depth_deny_wins_in_either_order()
    {
        Assert.Equal("deny", Of(PermitAll with { Children = [PermitAll, DenyAll] }));
        Assert.Equal("deny", Of(DenyAll with { Children = [DenyAll, PermitAll] }));
        Assert.Equal("deny", Of(new WrittenProvision { Children = [PermitAll with { Children = [DenyAll] }, DenyAll with { Children = [PermitAll] }] }));
    }
}
