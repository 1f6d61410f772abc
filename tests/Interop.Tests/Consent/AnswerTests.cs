using Interop.Consent;
using Interop.Consent.Evaluation;
using Xunit;
using static Interop.Tests.Consent.Rules;

namespace Interop.Tests.Consent;

/// <summary>DOMAIN.md, Evaluating a FHIR R4 Consent, rule 9: obligations and trace; and of several consents what they add up to.</summary>
public sealed class AnswerTests
{
    // 9. The answer

    [Fact]
    public void A_permit_says_what_to_redact_with_the_codes_as_the_consent_wrote_them()
    {
        var e = new WrittenCase { Consents = [new() { Root = PermitAll with { Children = [DenyAll with { Labels = ["conf|R"] }, DenyAll with { Classes = ["type|Condition"] }, DenyAll with { Codes = ["loinc|1"] }] } }] }.Evaluate();

        var redact = Assert.Single(e.Obligations);
        Assert.Equal(("REDACT", CodeSystems.ActCode, false), (redact.Id.Value, redact.Id.System, redact.Except));
        Assert.Equal([$"{CodeSystems.ResourceTypes}|Condition", "http://loinc.org|1", $"{CodeSystems.Confidentiality}|R"], redact.Codes.Select(c => c.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_permit_of_some_data_in_a_denial_says_to_redact_all_but_that()
    {
        var e = new WrittenCase { Consents = [new() { Root = DenyAll with { Children = [PermitAll with { Labels = ["conf|N"] }] } }] }.Evaluate();

        var redact = Assert.Single(e.Obligations);
        Assert.Equal((Decision.Permit, true, "N"), (e.Decision, redact.Except, Assert.Single(redact.Codes).Value));
    }

    [Fact]
    public void Whatever_is_not_permitted_has_no_obligations()
    {
        Assert.Empty(new WrittenCase { Consents = [new() { Root = DenyAll with { Labels = ["conf|R"] } }] }.Evaluate().Obligations);
        Assert.Empty(new WrittenCase { Consents = [] }.Evaluate().Obligations);
        Assert.Empty(new WrittenCase { Consents = [new() { Root = PermitAll }] }.Evaluate().Obligations);
    }

    [Fact]
    public void The_trace_names_consent_version_and_provision_and_why_each_other_did_not()
    {
        var e = new WrittenCase
        {
            Consents =
            [
                new() { Id = "old", Status = "inactive", Root = PermitAll },
                new() { Id = "one", Root = PermitAll with { Children = [DenyAll with { Actors = [new(null, "Organization/b")] }, DenyAll with { Labels = ["conf|R"] }] } },
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
        WrittenConsent yes = new() { Id = "yes", Root = PermitAll }, no = new() { Id = "no", Root = DenyAll with { Classes = ["type|Observation"] } };

        foreach (var both in new WrittenConsent[][] { [yes, no], [no, yes] })
            Assert.Equal("permit deny", AgainstNaiveTests.Answers(new() { Consents = both, Resources = [Observation()] }));
        Assert.Equal("deny", AgainstNaiveTests.Answers(new() { Consents = [yes, new() { Id = "none", Root = DenyAll }] }));
    }

    [Fact]
    public void A_consent_that_is_not_in_force_or_does_not_apply_counts_for_nothing() =>
        Assert.Equal("permit", AgainstNaiveTests.Answers(new() { Consents = [new() { Id = "yes", Root = PermitAll }, new() { Id = "old", Status = "inactive", Root = DenyAll }, new() { Id = "other", Root = DenyAll with { Purposes = ["reason|HRESCH"] } }] }));

    [Fact]
    public void Redactions_of_several_consents_add_up()
    {
        var e = new WrittenCase
        {
            Consents = [new() { Id = "1", Root = PermitAll with { Children = [DenyAll with { Labels = ["act|HIV"] }] } }, new() { Id = "2", Root = PermitAll with { Children = [DenyAll with { Labels = ["act|PSY"] }] } }],
        }.Evaluate();

        Assert.Equal(["HIV", "PSY"], Assert.Single(e.Obligations).Codes.Select(c => c.Value).Order(StringComparer.Ordinal));
    }
}
