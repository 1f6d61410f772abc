using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Consent;

/// <summary>What a consent must say, and that one answer names everything it does not.</summary>
public abstract class ConsentBodyTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task An_empty_consent_is_told_everything_that_it_lacks() =>
        (await new Court(Exchange).PostAsync("/v1/consents", new JsonObject())).Refuses(422,
            "personId consent.no-person", "kind consent.no-kind", "discloser consent.no-discloser", "recipients consent.no-recipient", "purposes consent.no-purpose", "categories consent.no-information",
            "from consent.no-beginning", "until consent.no-end", "signature consent.no-signature", "language consent.no-language");

    [Theory]
    [InlineData("personId", "personId consent.no-person")]
    [InlineData("kind", "kind consent.no-kind")]
    [InlineData("matter", "matter consent.no-matter")]
    [InlineData("discloser", "discloser consent.no-discloser")]
    [InlineData("recipients", "recipients consent.no-recipient")]
    [InlineData("purposes", "purposes consent.no-purpose")]
    [InlineData("categories", "categories consent.no-information")]
    [InlineData("from", "from consent.no-beginning")]
    [InlineData("untilEvent", "until consent.no-end")]
    [InlineData("signature", "signature consent.no-signature")]
    [InlineData("signature.method", "signature.method consent.no-signature-method")]
    [InlineData("signature.at", "signature.at consent.no-signature-date")]
    [InlineData("signature.by", "signature.by consent.no-signer")]
    [InlineData("language", "language consent.no-language")]
    public async Task A_missing_element_is_named(string path, params string[] faults)
    {
        var it = await Case.SendAsync(Exchange);

        var reply = await it.Clinic.PostAsync("/v1/consents", A.MonitoringConsent(it.Referral, Exchange.Now, "attendance").Without(path));

        reply.Refuses(422, faults);
    }

    [Fact]
    public async Task Faults_of_every_part_come_in_one_answer()
    {
        var it = await Case.SendAsync(Exchange);
        var consent = A.MonitoringConsent(it.Referral, Exchange.Now, "attendance", "diagnosis")
            .With("recipients", new[] { "libertad-vigilada", "nadie", "clinica-del-valle" })
            .With("purposes", new[] { "curiosity" })
            .With("matter", "C-no-such")
            .With("signature.method", "witnessed-mark")
            .With("language", "español")
            .With("surprise", 1);

        (await it.Clinic.PostAsync("/v1/consents", consent)).Refuses(422,
            "categories[1] code.unknown", "recipients[1] organisation.unknown", "recipients[2] organisation.not-justice", "purposes[0] code.unknown",
            "matter matter.unknown", "signature.witness consent.no-witness", "language language.tag", "surprise member.unknown");
    }

    [Theory]
    [InlineData(0, -60, 0, "until consent.ends-before-it-begins")]
    [InlineData(0, 0, 0, "until consent.ends-before-it-begins")] // half-open: an interval of nothing
    [InlineData(-600, -300, -600, "until consent.ended")]
    [InlineData(0, 600, 10, "signature.at date.future")]
    [InlineData(-1441, 600, 0, "from consent.begins-before-signature")]
    public async Task Dates_that_contradict_each_other_are_refused(int from, int until, int signature, string fault)
    {
        var it = await Case.OpenAsync(Exchange);
        var now = Exchange.Now;
        var consent = A.ReferralConsent(it.Referral, now)
            .With("from", A.Time(now.AddMinutes(from))).With("until", A.Time(now.AddMinutes(until))).With("signature.at", A.Time(now.AddMinutes(signature)));

        (await it.Court.PostAsync("/v1/consents", consent)).Refuses(422, fault);
    }

    [Fact]
    public async Task A_consent_may_begin_a_day_before_its_signature()
    {
        var it = await Case.OpenAsync(Exchange);
        var now = Exchange.Now;
        var consent = A.ReferralConsent(it.Referral, now).With("from", A.Time(now.AddDays(-1))).With("signature.at", A.Time(now));

        (await it.Court.PostAsync("/v1/consents", consent)).Is(201);
    }

    [Fact]
    public async Task It_cannot_become_revocable_after_it_has_ended()
    {
        var it = await Case.SendAsync(Exchange);
        var consent = A.MonitoringConsent(it.Referral, Exchange.Now, "attendance")
            .With("until", A.Time(Exchange.Now.AddDays(10))).With("revocable", new JsonObject { ["from"] = A.Time(Exchange.Now.AddDays(11)) });

        (await it.Clinic.PostAsync("/v1/consents", consent)).Refuses(422, "revocable.from consent.revocable-after-end");
        (await it.Clinic.PostAsync("/v1/consents", consent.With("revocable", new JsonObject()))).Refuses(422, "revocable.from consent.no-revocation");
    }

    [Theory]
    [InlineData("discloser", "centro-esperanza", "recipients consent.discloser-is-recipient", "discloser organisation.not-justice")]
    [InlineData("discloser", "nadie", "discloser organisation.unknown")]
    [InlineData("kind", "curiosity", "kind code.unknown")]
    [InlineData("purposes", "research", "purposes consent.purpose-treatment")]
    [InlineData("language", "", "language text.empty")]
    [InlineData("personId", "ana", "personId type.uuid")]
    public async Task A_referral_consent_names_a_justice_discloser_and_a_care_recipient(string path, string value, params string[] faults)
    {
        var it = await Case.OpenAsync(Exchange);

        object set = path is "purposes" ? new[] { value } : value;

        (await it.Court.PostAsync("/v1/consents", A.ReferralConsent(it.Referral, Exchange.Now).With(path, set))).Refuses(422, faults);
    }

    [Theory]
    [InlineData("discloser", "fiscalia-central", "discloser organisation.not-care")]
    [InlineData("purposes", "treatment", "purposes consent.purpose-monitoring")]
    [InlineData("categories", "referral", "categories[0] code.unknown")]
    [InlineData("recipients", "hospital-ajeno", "recipients[0] organisation.not-justice")]
    public async Task A_justice_consent_names_a_care_discloser_justice_recipients_and_that_purpose(string path, string value, params string[] faults)
    {
        var it = await Case.SendAsync(Exchange);
        object set = path is "discloser" ? value : new[] { value };

        (await it.Clinic.PostAsync("/v1/consents", A.MonitoringConsent(it.Referral, Exchange.Now, "attendance").With(path, set))).Refuses(422, faults);
    }

    [Fact]
    public async Task A_purpose_may_be_written_as_its_ActReason_code()
    {
        var it = await Case.OpenAsync(Exchange);

        (await it.Court.PostAsync("/v1/consents", A.ReferralConsent(it.Referral, Exchange.Now).With("purposes", new[] { "TREAT" }))).Is(201);

        (await it.Clinic.ReadAsync(it.Id)).Is(200);
    }

    [Fact]
    public async Task A_person_whom_the_caller_has_never_met_is_unknown_to_it_like_one_that_is_not_there()
    {
        var it = await Case.SendAsync(Exchange);
        var stranger = new Clinic(Exchange, "hospital-ajeno");
        var consent = A.MonitoringConsent(it.Referral, Exchange.Now, "attendance");

        var known = (await stranger.PostAsync("/v1/consents", consent)).Refuses(422, "personId person.unknown");
        var made = (await stranger.PostAsync("/v1/consents", consent.With("personId", Guid.CreateVersion7(Exchange.Now).ToString())));

        Assert.Equal(known.Text, made.Text);
    }

    [Fact]
    public async Task A_matter_is_named_by_id_or_by_the_callers_own_number()
    {
        var it = await Case.OpenAsync(Exchange);
        var number = it.Referral["matter.number"]!;
        var consent = A.ReferralConsent(it.Referral, Exchange.Now);

        (await it.Court.PostAsync("/v1/consents", consent.With("matter", number))).Is(201);
        (await it.Court.PostAsync("/v1/consents", consent.With("matter", new JsonObject { ["number"] = number }))).Is(201);
        (await it.Clinic.PostAsync("/v1/consents", consent.With("matter", number))).Refuses(422, "matter matter.unknown");
    }
}

public sealed class ConsentBodyOnSqlite(SqliteExchange shared) : ConsentBodyTests(shared);

public sealed class ConsentBodyOnPostgreSql(PostgreSqlExchange shared) : ConsentBodyTests(shared);
