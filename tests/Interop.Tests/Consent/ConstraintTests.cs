using Xunit;
using static Interop.Tests.Consent.Rules;

namespace Interop.Tests.Consent;

/// <summary>DOMAIN.md, Evaluating a FHIR R4 Consent, rules 7 and 8: to what a provision applies.</summary>
public sealed class ConstraintTests
{
    // 7. All of R4's constraints

    [Fact]
    public void Constraints_are_anded_across_elements_and_ored_within_one()
    {
        var root = DenyAll with { Children = [PermitAll with { Actors = [new(null, "Organization/a"), new(null, "Organization/b")], Purposes = ["reason|TREAT", "reason|HRESCH"], Classes = ["type|Observation", "type|Condition"], Labels = ["conf|N", "act|HIV"] }] };

        foreach (var who in (string[])["Organization/a", "Organization/b"])
        foreach (var purpose in (string[])["treatment", "research"])
            Assert.Equal("permit permit", Of(root, new() { Actors = [new(null, who)], Purpose = purpose }, Observation("conf|R", "act|HIV")));
        Assert.Equal("permit deny", Of(root, null, Observation("conf|R")));
        Assert.Equal("deny deny", Of(root, new() { Purpose = "payment" }, Observation()));
    }

    [Theory]
    [InlineData("Organization/a", "Organization/a", "permit")]
    [InlineData("Organization/a", "urn:x|A", "permit")] // an Organization by its identifier
    [InlineData("urn:x|A", "Organization/a", "permit")]
    [InlineData("urn:x|A", "urn:x|A", "permit")]
    [InlineData("Organization/a", "Organization/b", "no-consent")]
    [InlineData("Organization/a", "urn:x|B", "no-consent")]
    [InlineData("Group/g", "Organization/a", "permit")] // a member of the group
    [InlineData("Group/g", "urn:x|A", "permit")]
    [InlineData("Group/g", "urn:x|B", "no-consent")]
    [InlineData("Group/h", "urn:x|A", "permit")] // of a group in a group, which holds itself
    [InlineData("Group/h", "Practitioner/p", "permit")]
    [InlineData("Group/h", "urn:x|B", "no-consent")]
    [InlineData("Organization/a/_history/3", "Organization/a", "permit")]
    public void Actors_match_by_reference_by_identifier_and_by_membership(string named, string asking, string decision) =>
        Assert.Equal(decision, Of(PermitAll with { Actors = [new("role|IRCP", named)] }, By(asking)));

    [Theory]
    [InlineData("role|IRCP", null, "permit")]
    [InlineData("role|IRCP", "role|IRCP", "permit")]
    [InlineData("role|IRCP", "role|CST", "no-consent")]
    public void A_role_counts_where_the_request_states_one(string named, string? asked, string decision) =>
        Assert.Equal(decision, Of(PermitAll with { Actors = [new(named, "Organization/a")] }, new() { Actors = [new(asked, "Organization/a")] }));

    [Theory]
    [InlineData("access", "permit")]
    [InlineData("disclose", "no-consent")]
    [InlineData(null, "permit")] // whichever
    public void Actions_match(string? action, string decision) => Assert.Equal(decision, Of(PermitAll with { Actions = ["action|access"] }, new() { Action = action }));

    [Theory]
    [InlineData("treatment", "reason|TREAT", "permit")] // one of ours
    [InlineData("reason|TREAT", "reason|TREAT", "permit")] // a Coding
    [InlineData("TREAT", "reason|TREAT", "permit")]
    [InlineData("TREAT", "urn:other|TREAT", "permit")] // a bare code matches in any system
    [InlineData("reason|TREAT", "urn:other|TREAT", "no-consent")]
    [InlineData("emergency", "reason|ETREAT", "permit")]
    [InlineData("payment", "reason|HPAYMT", "permit")]
    [InlineData("operations", "reason|HOPERAT", "permit")]
    [InlineData("ours|treatment", "reason|TREAT", "permit")]
    [InlineData("reason|ETREAT", "reason|TREAT", "no-consent")]
    [InlineData("no-such-purpose", "reason|TREAT", "no-consent")] // an unknown one matches nothing
    [InlineData("treatment", "reason|NOSUCH", "no-consent")]
    public void Purposes_match(string asked, string stated, string decision) => Assert.Equal(decision, Of(PermitAll with { Purposes = [stated] }, new() { Purpose = asked }));

    [Fact]
    public void Classes_match_the_type_of_a_resource_and_those_that_the_request_names()
    {
        var root = PermitAll with { Children = [DenyAll with { Classes = ["type|Observation"] }] };

        Assert.Equal("permit deny", Of(root, null, Observation()));
        Assert.Equal("permit permit", Of(root, null, new WrittenResource { Type = "Condition", Id = "1" }));
        Assert.Equal("deny", Of(root, new() { Classes = ["type|Observation"] }));
        Assert.Equal("permit", Of(root, new() { Classes = ["type|Condition"] }));
    }

    [Fact]
    public void Codes_match_what_is_found_in_the_resource()
    {
        var root = PermitAll with { Children = [DenyAll with { Codes = ["loinc|1", "loinc|2"] }] };

        Assert.Equal("permit deny", Of(root, null, Observation() with { Codes = ["loinc|9", "loinc|2"] }));
        Assert.Equal("permit permit", Of(root, null, Observation() with { Codes = ["loinc|9"] }));
    }

    [Theory]
    [InlineData("instance", "1")]
    [InlineData("related", "1 2")]
    [InlineData("dependents", "1 3")]
    [InlineData("authoredby", "")]
    public void Data_is_named_as_itself_with_what_it_refers_to_or_with_what_refers_to_it(string meaning, string denied)
    {
        var answers = Of(PermitAll with { Children = [DenyAll with { Data = [(meaning, "Observation/1")] }] }, null,
            Observation() with { RefersTo = ["Observation/2"] }, Observation() with { Id = "2" }, Observation() with { Id = "3", RefersTo = ["Observation/1"] }, Observation() with { Id = "4" });

        Assert.Equal(denied, string.Join(' ', answers.Split(' ').Skip(1).Index().Where(a => a.Item == "deny").Select(a => a.Index + 1)));
    }

    [Fact]
    public void Data_is_named_by_its_author()
    {
        var root = PermitAll with { Children = [DenyAll with { Data = [("authoredby", "Practitioner/p")] }] };

        Assert.Equal("permit deny", Of(root, null, Observation() with { Author = "Practitioner/p" }));
        Assert.Equal("permit permit", Of(root, null, Observation() with { Author = "Practitioner/q", RefersTo = ["Practitioner/p"] }));
    }

    // 8. Unresolvable references

    [Theory]
    [InlineData("Organization/nowhere")]
    [InlineData("Group/nowhere")]
    [InlineData("https://elsewhere.example/fhir/Organization/a")]
    public void An_unresolvable_reference_does_not_match_in_a_permit_and_matches_in_a_deny_and_the_trace_says_so(string reference)
    {
        var (permits, denies) = (PermitAll with { Actors = [new(null, reference)] }, PermitAll with { Children = [DenyAll with { Actors = [new(null, reference)] }] });

        Assert.Equal("no-consent", Of(permits, By("urn:x|A")));
        Assert.Equal("deny", Of(denies, By("urn:x|A")));
        Assert.Equal("deny", Of(denies, By("Organization/a")));
        foreach (var root in new[] { permits, denies })
            Assert.Contains(new WrittenCase { Consents = [new() { Root = root }], Question = By("urn:x|A") }.Evaluate().Trace.Entries, e => e.Unresolved.SequenceEqual([reference]));
    }

    [Fact]
    public void Whoever_is_named_by_the_very_reference_needs_no_resolving() => Assert.Equal("permit", Of(PermitAll with { Actors = [new(null, "Organization/nowhere")] }, By("Organization/nowhere")));

    [Fact]
    public void What_cannot_be_found_may_be_related_to_anything()
    {
        Assert.Equal("permit deny", Of(PermitAll with { Children = [DenyAll with { Data = [("related", "Composition/nowhere")] }] }, null, Observation()));
        Assert.Equal("permit no-consent", Of(PermitAll with { Data = [("related", "Composition/nowhere")] }, null, Observation()));
    }
}
