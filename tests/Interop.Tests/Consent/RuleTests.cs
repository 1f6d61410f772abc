using Interop.Consent;
using Interop.Consent.Evaluation;
using Xunit;

namespace Interop.Tests.Consent;

/// <summary>DOMAIN.md, Evaluating a FHIR R4 Consent: a test for each sentence of rules 1 to 9.</summary>
public sealed class RuleTests
{
    static readonly WrittenProvision s_permit = new() { Type = "permit" };
    static readonly WrittenProvision s_deny = new() { Type = "deny" };

    static string Of(WrittenProvision? root, WrittenQuestion? question = null, params WrittenResource[] resources) => Of(new WrittenConsent { Root = root }, question, resources);

    static string Of(WrittenConsent consent, WrittenQuestion? question = null, params WrittenResource[] resources) =>
        AgainstNaiveTests.Answers(new() { Consents = [consent], Question = question ?? new(), Resources = resources });

    static WrittenResource Observation(params string[] labels) => new() { Type = "Observation", Id = "1", Labels = labels };

    static WrittenQuestion At(string instant) => new() { AsOf = instant };

    static WrittenQuestion By(string who) => new() { Actors = [new(null, who)] };

    // 1. In force

    [Theory]
    [InlineData("active", "permit")]
    [InlineData("draft", "no-consent")]
    [InlineData("proposed", "no-consent")]
    [InlineData("rejected", "no-consent")]
    [InlineData("inactive", "no-consent")]
    [InlineData("entered-in-error", "no-consent")]
    [InlineData("no-such-status", "no-consent")]
    public void Only_an_active_consent_is_in_force(string status, string decision) => Assert.Equal(decision, Of(new WrittenConsent { Status = status, Root = s_permit }));

    [Theory]
    [InlineData("2025-12-31T23:59:59Z", "no-consent")]
    [InlineData("2026-01-01T00:00:00Z", "permit")]
    [InlineData("2026-01-31T23:59:59Z", "permit")] // a date-only end includes its day
    [InlineData("2026-02-01T00:00:00Z", "no-consent")]
    public void Its_period_covers_from_its_first_moment_to_the_end_of_its_last_day(string asOf, string decision) =>
        Assert.Equal(decision, Of(s_permit with { Period = ("2026-01-01", "2026-01-31") }, At(asOf)));

    [Theory]
    [InlineData("2026", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z")]
    [InlineData("2026-02", "2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z")]
    [InlineData("2026-02-10", "2026-02-10T23:59:59Z", "2026-02-11T00:00:00Z")]
    [InlineData("2026-02-10T12:00:00Z", "2026-02-10T11:59:59Z", "2026-02-10T12:00:00Z")] // an instant is its own end: half-open
    [InlineData("2026-02-10T12:00:00+02:00", "2026-02-10T09:59:59Z", "2026-02-10T10:00:00Z")]
    public void Partial_dates_end_with_what_they_name(string end, string last, string first)
    {
        Assert.Equal("permit", Of(s_permit with { Period = (null, end) }, At(last)));
        Assert.Equal("no-consent", Of(s_permit with { Period = (null, end) }, At(first)));
    }

    [Theory]
    [InlineData(null, "2026-02-01T00:00:00Z")]
    [InlineData(-5, "2026-02-01T05:00:00Z")]
    [InlineData(2, "2026-01-31T22:00:00Z")]
    public void Partial_dates_are_read_in_the_zone_of_the_consent(int? offset, string end)
    {
        var consent = new WrittenConsent { Offset = offset, Root = s_permit with { Period = (null, "2026-01-31") } };

        Assert.Equal("no-consent", Of(consent, At(end)));
        Assert.Equal("permit", Of(consent, At(DateTimeOffset.Parse(end, null).AddSeconds(-1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null))));
    }

    [Theory]
    [InlineData("2026-02-01", "2026-01-01")]
    [InlineData("2026-01-15T10:00:00Z", "2026-01-15T10:00:00Z")]
    public void A_period_that_ends_before_it_begins_is_never_in_force(string start, string end) =>
        Assert.Equal("no-consent", Of(s_permit with { Period = (start, end) }, At("2026-01-15T10:00:00Z")));

    [Fact]
    public void The_age_of_the_data_is_another_thing_than_the_period_in_force()
    {
        var consent = s_permit with { Period = ("2026", null), DataPeriod = ("2020", "2020") };
        WrittenResource Of2020(string date) => new() { Type = "Observation", Id = "1", Date = date };

        Assert.Equal("permit permit", Of(consent, null, Of2020("2020-06-01")));
        Assert.Equal("permit no-consent", Of(consent, null, Of2020("2026-01-02")));
        Assert.Equal("permit no-consent", Of(consent, null, Observation())); // undated: a permit for an age does not cover it
        Assert.Equal("permit deny", Of(s_permit with { Children = [s_deny with { DataPeriod = ("2020", "2020") }] }, null, Observation()));
        Assert.Equal("permit deny", Of(s_permit with { Children = [s_deny with { DataPeriod = ("2020-06", "2021") }] }, null, Of2020("2020")));
    }

    [Fact]
    public void A_period_of_a_nested_provision_says_when_that_provision_applies()
    {
        var consent = s_permit with { Children = [s_deny with { Period = ("2026-01-03", "2026-01-03") }] };

        Assert.Equal("permit", Of(consent, At("2026-01-02T23:59:59Z")));
        Assert.Equal("deny", Of(consent, At("2026-01-03T00:00:00Z")));
        Assert.Equal("permit", Of(consent, At("2026-01-04T00:00:00Z")));
    }

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
        Assert.Equal(decision, Of(new WrittenConsent { ScopeInCategory = inCategory, Root = s_permit }, new() { Categories = [asked] }));

    // 3. A nested provision's own type

    [Fact]
    public void A_nested_provision_does_as_its_own_type_says_never_the_opposite_of_its_parent()
    {
        Assert.Equal("permit", Of(s_permit with { Children = [s_permit] }));
        Assert.Equal("deny", Of(s_deny with { Children = [s_deny] }));
        Assert.Equal("deny", Of(s_permit with { Children = [s_deny] }));
        Assert.Equal("permit", Of(s_deny with { Children = [s_permit] }));
        Assert.Equal("deny", Of(s_permit with { Children = [s_permit with { Children = [s_deny with { Children = [s_deny] }] }] }));
    }

    [Fact]
    public void A_nested_provision_without_type_is_a_fault_at_its_place() =>
        Assert.Equal(["consents[0].provision.provision[1].type required"], Way.Faults(new WrittenCase { Consents = [new() { Root = s_permit with { Children = [s_deny, new()] } }] }.ToJson().ToJsonString()));

    // 4. Inheritance

    [Fact]
    public void A_nested_provision_inherits_what_it_does_not_restate()
    {
        var root = s_permit with { Purposes = ["reason|TREAT"], Actors = [new(null, "Organization/a")], Children = [s_deny with { Labels = ["act|HIV"] }] };

        Assert.Equal("permit deny", Of(root, null, Observation("act|HIV")));
        Assert.Equal("no-consent no-consent", Of(root, By("Organization/b"), Observation("act|HIV"))); // neither it nor its parent is about b
        Assert.Equal("no-consent no-consent", Of(root, new() { Purpose = "research" }, Observation("act|HIV")));
    }

    [Fact]
    public void What_it_restates_replaces()
    {
        var root = s_permit with { Actors = [new(null, "Organization/a")], Purposes = ["reason|TREAT"], Children = [s_deny with { Actors = [new(null, "Organization/b")] }] };

        Assert.Equal("permit", Of(root, By("Organization/a")));
        Assert.Equal("deny", Of(root, By("Organization/b")));
    }

    [Fact]
    public void Inheritance_reaches_down_any_number_of_levels()
    {
        var leaf = s_deny with { Labels = ["act|HIV"] };
        for (var i = 0; i < 50; i++)
            leaf = s_permit with { Children = [leaf] };
        var root = s_permit with { Purposes = ["reason|TREAT"], Children = [leaf] };

        Assert.Equal("permit deny", Of(root, null, Observation("act|HIV")));
        Assert.Equal("no-consent no-consent", Of(root, new() { Purpose = "research" }, Observation("act|HIV")));
    }

    // 5. Labels

    [Theory]
    [InlineData("permit", "R", "N", true)] // a permit for R covers N
    [InlineData("permit", "R", "R", true)]
    [InlineData("permit", "R", "V", false)]
    [InlineData("permit", "N", "R", false)]
    [InlineData("permit", "N", "L", true)]
    [InlineData("deny", "R", "N", false)] // a deny of R covers R and above
    [InlineData("deny", "R", "R", true)]
    [InlineData("deny", "R", "V", true)]
    [InlineData("deny", "U", "M", true)]
    public void Confidentiality_is_a_high_water_mark(string type, string stated, string carried, bool covers)
    {
        var root = type == "permit" ? s_deny with { Children = [s_permit with { Labels = [$"conf|{stated}"] }] } : s_permit with { Children = [s_deny with { Labels = [$"conf|{stated}"] }] };

        Assert.Equal(covers ? type : type == "permit" ? "deny" : "permit", Of(root, null, Observation($"conf|{carried}")).Split(' ')[1]);
    }

    [Theory]
    [InlineData("V", "permit deny")]
    [InlineData("N", "permit permit")]
    public void Data_is_as_confidential_as_its_highest_label(string highest, string answers) =>
        Assert.Equal(answers, Of(s_permit with { Children = [s_deny with { Labels = ["conf|R"] }] }, null, Observation("conf|L", $"conf|{highest}", "conf|N")));

    [Fact]
    public void Unlabelled_data_is_normal()
    {
        Assert.Equal("permit permit", Of(s_permit with { Children = [s_deny with { Labels = ["conf|R"] }] }, null, Observation()));
        Assert.Equal("permit deny", Of(s_permit with { Children = [s_deny with { Labels = ["conf|N"] }] }, null, Observation()));
        Assert.Equal("permit no-consent", Of(s_permit with { Labels = ["conf|L"] }, null, Observation()));
    }

    [Theory]
    [InlineData("ETH", "ETH", true)]
    [InlineData("ETH", "ETHUD", true)]
    [InlineData("ETH", "OPIOIDUD", true)]
    [InlineData("ETHUD", "ETH", false)] // what includes is not included
    [InlineData("ETHUD", "OPIOIDUD", false)]
    [InlineData("PSY", "PSY", true)]
    [InlineData("PSY", "HIV", false)]
    [InlineData("SDV", "SDV", true)]
    [InlineData("BH", "OPIOIDUD", true)]
    public void Sensitivity_matches_exactly_or_by_declared_subsumption(string stated, string carried, bool matches) =>
        Assert.Equal(matches ? "permit deny" : "permit permit", Of(s_permit with { Children = [s_deny with { Labels = [$"act|{stated}"] }] }, null, Observation($"act|{carried}")));

    [Fact]
    public void Labels_of_the_older_names_of_a_system_are_the_same_labels() =>
        Assert.Equal("permit deny", Of(s_permit with { Children = [s_deny with { Labels = ["http://hl7.org/fhir/v3/Confidentiality|R"] }] }, null, Observation("conf|R")));

    // 6. Deeper wins; at equal depth deny wins

    [Fact]
    public void Deeper_wins_wherever_it_stands()
    {
        Assert.Equal("permit", Of(s_deny with { Children = [s_deny, s_deny with { Children = [s_permit] }] }));
        Assert.Equal("deny", Of(s_permit with { Children = [s_permit, s_permit with { Children = [s_deny] }] }));
    }

    [Fact]
    public void At_equal_depth_deny_wins_in_either_order()
    {
        Assert.Equal("deny", Of(s_permit with { Children = [s_permit, s_deny] }));
        Assert.Equal("deny", Of(s_deny with { Children = [s_deny, s_permit] }));
        Assert.Equal("deny", Of(new WrittenProvision { Children = [s_permit with { Children = [s_deny] }, s_deny with { Children = [s_permit] }] }));
    }

    // 7. All of R4's constraints

    [Fact]
    public void Constraints_are_anded_across_elements_and_ored_within_one()
    {
        var root = s_deny with { Children = [s_permit with { Actors = [new(null, "Organization/a"), new(null, "Organization/b")], Purposes = ["reason|TREAT", "reason|HRESCH"], Classes = ["type|Observation", "type|Condition"], Labels = ["conf|N", "act|HIV"] }] };

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
        Assert.Equal(decision, Of(s_permit with { Actors = [new("role|IRCP", named)] }, By(asking)));

    [Theory]
    [InlineData("role|IRCP", null, "permit")]
    [InlineData("role|IRCP", "role|IRCP", "permit")]
    [InlineData("role|IRCP", "role|CST", "no-consent")]
    public void A_role_counts_where_the_request_states_one(string named, string? asked, string decision) =>
        Assert.Equal(decision, Of(s_permit with { Actors = [new(named, "Organization/a")] }, new() { Actors = [new(asked, "Organization/a")] }));

    [Theory]
    [InlineData("access", "permit")]
    [InlineData("disclose", "no-consent")]
    [InlineData(null, "permit")] // whichever
    public void Actions_match(string? action, string decision) => Assert.Equal(decision, Of(s_permit with { Actions = ["action|access"] }, new() { Action = action }));

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
    public void Purposes_match(string asked, string stated, string decision) => Assert.Equal(decision, Of(s_permit with { Purposes = [stated] }, new() { Purpose = asked }));

    [Fact]
    public void Classes_match_the_type_of_a_resource_and_those_that_the_request_names()
    {
        var root = s_permit with { Children = [s_deny with { Classes = ["type|Observation"] }] };

        Assert.Equal("permit deny", Of(root, null, Observation()));
        Assert.Equal("permit permit", Of(root, null, new WrittenResource { Type = "Condition", Id = "1" }));
        Assert.Equal("deny", Of(root, new() { Classes = ["type|Observation"] }));
        Assert.Equal("permit", Of(root, new() { Classes = ["type|Condition"] }));
    }

    [Fact]
    public void Codes_match_what_is_found_in_the_resource()
    {
        var root = s_permit with { Children = [s_deny with { Codes = ["loinc|1", "loinc|2"] }] };

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
        var answers = Of(s_permit with { Children = [s_deny with { Data = [(meaning, "Observation/1")] }] }, null,
            Observation() with { RefersTo = ["Observation/2"] }, Observation() with { Id = "2" }, Observation() with { Id = "3", RefersTo = ["Observation/1"] }, Observation() with { Id = "4" });

        Assert.Equal(denied, string.Join(' ', answers.Split(' ').Skip(1).Index().Where(a => a.Item == "deny").Select(a => a.Index + 1)));
    }

    [Fact]
    public void Data_is_named_by_its_author()
    {
        var root = s_permit with { Children = [s_deny with { Data = [("authoredby", "Practitioner/p")] }] };

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
        var (permits, denies) = (s_permit with { Actors = [new(null, reference)] }, s_permit with { Children = [s_deny with { Actors = [new(null, reference)] }] });

        Assert.Equal("no-consent", Of(permits, By("urn:x|A")));
        Assert.Equal("deny", Of(denies, By("urn:x|A")));
        Assert.Equal("deny", Of(denies, By("Organization/a")));
        foreach (var root in new[] { permits, denies })
            Assert.Contains(new WrittenCase { Consents = [new() { Root = root }], Question = By("urn:x|A") }.Evaluate().Trace.Entries, e => e.Unresolved.SequenceEqual([reference]));
    }

    [Fact]
    public void Whoever_is_named_by_the_very_reference_needs_no_resolving() => Assert.Equal("permit", Of(s_permit with { Actors = [new(null, "Organization/nowhere")] }, By("Organization/nowhere")));

    [Fact]
    public void What_cannot_be_found_may_be_related_to_anything()
    {
        Assert.Equal("permit deny", Of(s_permit with { Children = [s_deny with { Data = [("related", "Composition/nowhere")] }] }, null, Observation()));
        Assert.Equal("permit no-consent", Of(s_permit with { Data = [("related", "Composition/nowhere")] }, null, Observation()));
    }

    // 9. The answer

    [Fact]
    public void A_permit_says_what_to_redact_with_the_codes_as_the_consent_wrote_them()
    {
        var e = new WrittenCase { Consents = [new() { Root = s_permit with { Children = [s_deny with { Labels = ["conf|R"] }, s_deny with { Classes = ["type|Condition"] }, s_deny with { Codes = ["loinc|1"] }] } }] }.Evaluate();

        var redact = Assert.Single(e.Obligations);
        Assert.Equal(("REDACT", CodeSystems.ActCode, false), (redact.Id.Value, redact.Id.System, redact.Except));
        Assert.Equal([$"{CodeSystems.ResourceTypes}|Condition", "http://loinc.org|1", $"{CodeSystems.Confidentiality}|R"], redact.Codes.Select(c => c.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_permit_of_some_data_in_a_denial_says_to_redact_all_but_that()
    {
        var e = new WrittenCase { Consents = [new() { Root = s_deny with { Children = [s_permit with { Labels = ["conf|N"] }] } }] }.Evaluate();

        var redact = Assert.Single(e.Obligations);
        Assert.Equal((Decision.Permit, true, "N"), (e.Decision, redact.Except, Assert.Single(redact.Codes).Value));
    }

    [Fact]
    public void Whatever_is_not_permitted_has_no_obligations()
    {
        Assert.Empty(new WrittenCase { Consents = [new() { Root = s_deny with { Labels = ["conf|R"] } }] }.Evaluate().Obligations);
        Assert.Empty(new WrittenCase { Consents = [] }.Evaluate().Obligations);
        Assert.Empty(new WrittenCase { Consents = [new() { Root = s_permit }] }.Evaluate().Obligations);
    }

    [Fact]
    public void The_trace_names_consent_version_and_provision_and_why_each_other_did_not()
    {
        var e = new WrittenCase
        {
            Consents =
            [
                new() { Id = "old", Status = "inactive", Root = s_permit },
                new() { Id = "one", Root = s_permit with { Children = [s_deny with { Actors = [new(null, "Organization/b")] }, s_deny with { Labels = ["conf|R"] }] } },
            ],
        }.Evaluate();

        Assert.Equal(
            ["Consent/old 7 - status", "Consent/one 7 provision decided", "Consent/one 7 provision.provision[0] actor", "Consent/one 7 provision.provision[1] of-some-data"],
            EvaluationView.Of(e, "en").Trace.Select(t => $"{t.Consent} {t.Version} {t.Provision ?? "-"} {t.Reason}").Order(StringComparer.Ordinal));
        Assert.Equal("default/1", e.Pack.ToString());
    }

    [Fact]
    public void Data_of_another_person_is_not_what_the_consent_is_about()
    {
        var body = """
            {"consents":[{"resourceType":"Consent","status":"active","patient":{"reference":"Patient/1"},"provision":{"type":"permit"}}],
             "request":{"actor":[{"reference":"Organization/a"}],"purpose":"TREAT"},
             "resources":[{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/1"}},{"resourceType":"Observation","id":"2","subject":{"reference":"Patient/2"}}]}
            """;

        Assert.Equal([Decision.Permit, Decision.NoConsent], Evaluated.Of(body).Items.Select(i => i.Decision));
    }

    // Several consents at once

    [Fact]
    public void Among_equals_deny_overrides_whatever_the_order()
    {
        WrittenConsent yes = new() { Id = "yes", Root = s_permit }, no = new() { Id = "no", Root = s_deny with { Classes = ["type|Observation"] } };

        foreach (var both in new WrittenConsent[][] { [yes, no], [no, yes] })
            Assert.Equal("permit deny", AgainstNaiveTests.Answers(new() { Consents = both, Resources = [Observation()] }));
        Assert.Equal("deny", AgainstNaiveTests.Answers(new() { Consents = [yes, new() { Id = "none", Root = s_deny }] }));
    }

    [Fact]
    public void A_consent_that_is_not_in_force_or_does_not_apply_counts_for_nothing() =>
        Assert.Equal("permit", AgainstNaiveTests.Answers(new() { Consents = [new() { Id = "yes", Root = s_permit }, new() { Id = "old", Status = "inactive", Root = s_deny }, new() { Id = "other", Root = s_deny with { Purposes = ["reason|HRESCH"] } }] }));

    [Fact]
    public void Redactions_of_several_consents_add_up()
    {
        var e = new WrittenCase
        {
            Consents = [new() { Id = "1", Root = s_permit with { Children = [s_deny with { Labels = ["act|HIV"] }] } }, new() { Id = "2", Root = s_permit with { Children = [s_deny with { Labels = ["act|PSY"] }] } }],
        }.Evaluate();

        Assert.Equal(["HIV", "PSY"], Assert.Single(e.Obligations).Codes.Select(c => c.Value).Order(StringComparer.Ordinal));
    }
}
