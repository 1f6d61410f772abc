using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Consent;

/// <summary>Every kind of consent is given, asked, replayed and taken back through the same doors; what needs its own never comes from another.</summary>
public abstract class KindTests(SharedExchange shared) : ExchangeTests(shared)
{
    const string Clinic = "centro-esperanza", Other = "clinica-del-valle", Social = "servicios-sociales", Court = "juzgado-central";

    /// <summary>A sound one of each kind that is not the referral's own.</summary>
    static JsonObject Of(string kind, Case it)
    {
        var (recipient, purpose, categories) = kind switch
        {
            "justice-monitoring" => (Court, "justice-monitoring", (string[])["attendance"]),
            "treatment" => (Other, "treatment", ["medications", "documents", "attendance"]),
            "research" => (Social, "research", ["results"]),
            "counselling-notes" => (Other, "treatment", ["counselling-notes"]),
            "proceedings" => (Court, "proceedings", ["drug-test"]),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
        return A.MonitoringConsent(it.Referral, it.Exchange.Now, categories).With("kind", kind).With("recipients", new[] { recipient }).With("purposes", new[] { purpose });
    }

    static JsonObject Resource(string type, string? category = null, string? label = null)
    {
        var resource = new JsonObject { ["resourceType"] = type, ["id"] = "1", ["status"] = "current" };
        if (category is not null)
            resource["code"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:report-category", ["code"] = category }) };
        if (label is not null)
            resource["meta"] = new JsonObject { ["security"] = new JsonArray(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/v3-ActCode", ["code"] = label }) };
        return resource;
    }

    static JsonObject Asked(Case it, string actor, string purpose, params JsonObject[] resources) => new()
    {
        ["person"] = it.Person.ToString(),
        ["request"] = new JsonObject { ["actor"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:organisation", ["value"] = actor }), ["purpose"] = purpose },
        ["resources"] = new JsonArray([.. resources.Select(r => r.DeepClone())]),
    };

    static async Task<string> DecisionsAsync(Case it, JsonObject asked)
    {
        var reply = (await it.Clinic.PostAsync("/v1/consents/evaluation", asked)).Is(200);
        return string.Join(' ', reply.Json!["resources"]!.AsArray().Select(r => r!["decision"]!.ToString()).Prepend(reply["decision"]!));
    }

    [Theory]
    [InlineData("treatment", Other, "treatment", Social)]
    [InlineData("research", Social, "HRESCH", Other)]
    [InlineData("counselling-notes", Other, "TREAT", Court)]
    [InlineData("proceedings", Court, "HLEGAL", Other)]
    public async Task It_is_given_read_asked_by_every_door_revoked_and_replayed(string kind, string recipient, string purpose, string stranger)
    {
        var it = await Case.SendAsync(Exchange);
        var before = Exchange.Now;

        var given = (await it.Clinic.PostAsync("/v1/consents", Of(kind, it))).Is(201);

        Assert.Equal((kind, "active", "1"), (given["kind"], given["status"], given["version"]));
        var party = new Party(Exchange, recipient);
        Assert.Equal(kind, (await party.GetAsync($"/v1/consents/{given.Id}")).Is(200)["kind"]);
        Assert.Contains((await party.GetAsync($"/v1/consents?person={it.Person}")).Is(200).Items, c => c["id"]!.ToString() == given.Id.ToString());
        (await new Party(Exchange, "hospital-ajeno").GetAsync($"/v1/consents/{given.Id}")).Is(404);
        Assert.Equal("permit", await DecisionsAsync(it, Asked(it, recipient, purpose)));
        Assert.Equal("no-consent", await DecisionsAsync(it, Asked(it, stranger, purpose)));
        Assert.Equal("no-consent", await DecisionsAsync(it, Asked(it, recipient, "payment")));
        var asked = (await it.Clinic.PostAsync("/v1/consents/evaluation", Asked(it, recipient, purpose))).Is(200);
        Assert.Equal(($"Consent/{given.Id}", "1"), Decided(asked));
        Assert.Equal("true", (await it.Clinic.PostAsync("/access/v1/evaluation", Access(it, recipient, purpose))).Is(200)["decision"]);
        Assert.Equal("CONSENT_PERMIT", (await it.Clinic.PostAsync("/cds-services/patient-consent-consult", Hook(it, recipient, purpose))).Is(200)["cards[0].summary"]);
        var during = Exchange.Now;

        var revoked = (await it.RevokeAsync(given.Id)).Is(200);

        Assert.Equal(("revoked", "2"), (revoked["status"], revoked["version"]));
        Assert.Equal("no-consent", await DecisionsAsync(it, Asked(it, recipient, purpose)));
        Assert.Equal("no-consent", await DecisionsAsync(it, Asked(it, recipient, purpose).With("asOf", A.Time(before.AddMilliseconds(-1)))));
        Assert.Equal(asked.Text, (await it.Clinic.PostAsync("/v1/consents/evaluation", Asked(it, recipient, purpose).With("asOf", A.Time(during)))).Is(200).Text);

        static (string?, string?) Decided(Reply reply)
        {
            var one = reply.Json!["trace"]!.AsArray().Single(t => t!["reason"]!.ToString() == "decided")!;
            return (one["consent"]!.ToString(), one["version"]!.ToString());
        }
    }

    static JsonObject Access(Case it, string subject, string purpose) => new()
    {
        ["subject"] = new JsonObject { ["type"] = "organization", ["id"] = subject },
        ["action"] = new JsonObject { ["name"] = "read" },
        ["resource"] = new JsonObject { ["type"] = "person", ["id"] = it.Person.ToString() },
        ["context"] = new JsonObject { ["purpose"] = purpose },
    };

    static JsonObject Hook(Case it, string actor, string purpose) => new()
    {
        ["hook"] = "patient-consent-consult",
        ["hookInstance"] = "1",
        ["context"] = new JsonObject
        {
            ["patientId"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:person", ["value"] = it.Person.ToString() }),
            ["purposeOfUse"] = purpose,
            ["actor"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:organisation", ["value"] = actor }),
        },
    };

    [Fact]
    public async Task A_treatment_consent_lets_the_parts_of_the_record_pass_that_it_names()
    {
        var it = await Case.SendAsync(Exchange);
        (await it.Clinic.PostAsync("/v1/consents", Of("treatment", it))).Is(201);

        Assert.Equal("permit permit permit permit no-consent no-consent", await DecisionsAsync(it, Asked(it, Other, "treatment",
            Resource("MedicationRequest"), Resource("DocumentReference"), Resource("Observation", "attendance"), Resource("Observation", "drug-test"), Resource("Condition"))));
    }

    [Fact]
    public async Task Counselling_notes_pass_by_a_consent_of_their_own_and_by_no_other()
    {
        var it = await Case.SendAsync(Exchange);
        var notes = Resource("DocumentReference", label: "PSYTHPN");
        (await it.Clinic.PostAsync("/v1/consents", Of("treatment", it))).Is(201);
        var asked = Asked(it, Other, "treatment", notes, Resource("DocumentReference"));

        Assert.Equal("permit no-consent permit", await DecisionsAsync(it, asked));
        var general = (await it.Clinic.PostAsync("/v1/consents/evaluation", asked)).Is(200);
        Assert.Contains(general.Json!["obligations"]!.AsArray(), o => o!["parameters"]!["codes"]?[0]?["code"]?.ToString() == "PSYTHPN");
        (await it.Clinic.PostAsync("/v1/consents", Of("counselling-notes", it))).Is(201);
        Assert.Equal("permit permit permit", await DecisionsAsync(it, asked));
    }

    [Fact]
    public async Task Proceedings_need_a_consent_of_their_own_and_the_monitoring_of_the_court_is_none()
    {
        var it = await Case.SendAsync(Exchange);
        (await it.Clinic.PostAsync("/v1/consents", Of("justice-monitoring", it).With("categories", new[] { "drug-test" }))).Is(201);
        var report = Resource("Observation", "drug-test").With("effectiveDateTime", A.Time(Exchange.Now));
        Assert.Equal("permit permit", await DecisionsAsync(it, Asked(it, Court, "justice-monitoring", report)));
        Assert.Equal("no-consent no-consent", await DecisionsAsync(it, Asked(it, Court, "proceedings", report)));

        (await it.Clinic.PostAsync("/v1/consents", Of("proceedings", it))).Is(201);

        Assert.Equal("permit permit", await DecisionsAsync(it, Asked(it, Court, "proceedings", report)));
    }

    [Fact]
    public async Task Only_a_justice_consent_opens_reports_to_the_court()
    {
        var it = await Case.AdmitAsync(Exchange);
        (await it.Clinic.ReportAsync(it.Id, "drug-test", "negative")).Is(201);
        foreach (var kind in new[] { "treatment", "research", "counselling-notes", "proceedings" })
            (await it.Clinic.PostAsync("/v1/consents", Of(kind, it))).Is(201);

        Assert.Empty((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        (await new Clinic(Exchange, Other).ReadAsync(it.Id)).Is(404);
        (await it.Clinic.PostAsync("/v1/consents", Of("justice-monitoring", it).With("categories", new[] { "drug-test" }))).Is(201);
        Assert.Single((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
    }

    [Theory]
    [InlineData("treatment", "categories", "medications counselling-notes", "categories[1] consent.needs-own")]
    [InlineData("research", "categories", "counselling-notes", "categories[0] consent.needs-own")]
    [InlineData("treatment", "purposes", "treatment HLEGAL", "purposes[1] consent.needs-own")]
    [InlineData("counselling-notes", "purposes", "proceedings", "purposes[0] consent.needs-own")]
    [InlineData("justice-monitoring", "purposes", "justice-monitoring proceedings", "purposes[1] consent.needs-own")]
    [InlineData("counselling-notes", "categories", "counselling-notes documents", "categories[1] consent.not-combined")]
    [InlineData("proceedings", "purposes", "proceedings TREAT", "purposes[1] consent.not-combined")]
    [InlineData("proceedings", "categories", "drug-test documents", "categories[1] consent.beyond-closed-list")]
    [InlineData("justice-monitoring", "categories", "attendance counselling-notes conditions", "categories[1] consent.beyond-closed-list", "categories[2] consent.beyond-closed-list")]
    [InlineData("treatment", "categories", "referral", "categories[0] code.unknown")]
    [InlineData("treatment", "purposes", "payment", "purposes consent.purpose-treatment")]
    [InlineData("research", "purposes", "treatment", "purposes consent.purpose-research")]
    [InlineData("proceedings", "purposes", "treatment", "purposes[0] consent.not-combined", "purposes consent.purpose-proceedings")]
    [InlineData("treatment", "recipients", Court, "recipients[0] organisation.not-care")]
    [InlineData("research", "recipients", "contraloria " + Court, "recipients[0] organisation.not-research", "recipients[1] organisation.not-research")]
    [InlineData("counselling-notes", "recipients", Court, "recipients[0] organisation.not-care")]
    [InlineData("proceedings", "recipients", Other, "recipients[0] organisation.not-justice")]
    public async Task What_its_kind_forbids_is_named_by_its_code(string kind, string member, string values, params string[] faults)
    {
        var it = await Case.SendAsync(Exchange);

        (await it.Clinic.PostAsync("/v1/consents", Of(kind, it).With(member, values.Split(' ')))).Refuses(422, faults);
    }

    [Fact]
    public async Task Research_may_be_the_statistics_offices()
    {
        var it = await Case.SendAsync(Exchange);

        (await it.Clinic.PostAsync("/v1/consents", Of("research", it).With("recipients", new[] { "observatorio" }))).Is(201);
    }

    [Theory]
    [InlineData("treatment")]
    [InlineData("research")]
    [InlineData("counselling-notes")]
    [InlineData("proceedings")]
    public async Task The_person_can_take_it_back_at_any_time(string kind)
    {
        var it = await Case.SendAsync(Exchange);
        var bound = Of(kind, it).With("revocable", new JsonObject { ["event"] = "final-disposition" });

        (await it.Clinic.PostAsync("/v1/consents", bound)).Refuses(422, "revocable consent.always-revocable");
    }

    [Theory]
    [InlineData("justice-monitoring")]
    [InlineData("proceedings")]
    public async Task What_is_of_a_matter_must_name_it(string kind)
    {
        var it = await Case.SendAsync(Exchange);

        (await it.Clinic.PostAsync("/v1/consents", Of(kind, it).Without("matter"))).Refuses(422, "matter consent.no-matter");
    }

    [Fact]
    public async Task All_defects_come_at_once_in_the_readers_language()
    {
        var it = await Case.SendAsync(Exchange);
        var consent = Of("treatment", it).Without("signature").With("recipients", new[] { Clinic, Court }).With("purposes", new[] { "HPAYMT", "proceedings" })
            .With("categories", new[] { "counselling-notes" }).With("until", "2020-01-01").With("revocable", new JsonObject());

        var reply = (await it.Clinic.PostAsync("/v1/consents", consent, ("Accept-Language", "pt"))).Refuses(422,
            "signature consent.no-signature", "recipients consent.discloser-is-recipient", "recipients[1] organisation.not-care", "purposes[1] consent.needs-own",
            "purposes consent.purpose-treatment", "categories[0] consent.needs-own", "until consent.ends-before-it-begins", "revocable consent.always-revocable", "revocable.from consent.no-revocation");

        Assert.Contains(reply.Json!["errors"]!.AsArray(), e => e!["message"]!.ToString() == "Exige um consentimento próprio, do tipo counselling-notes.");
    }

    [Fact]
    public async Task A_discloser_must_hold_something_in_the_matter_as_far_as_the_caller_can_know()
    {
        var it = await Case.SendAsync(Exchange);
        var consent = Of("justice-monitoring", it);

        (await it.Court.PostAsync("/v1/consents", consent.With("discloser", Other))).Refuses(422, "discloser consent.discloser-holds-nothing");
        (await it.Court.PostAsync("/v1/consents", consent)).Is(201); // whom it asked itself
        (await it.Court.PostAsync("/v1/consents", A.ReferralConsent(it.Referral, Exchange.Now).With("discloser", "fiscalia-central"))).Refuses(422, "discloser consent.discloser-holds-nothing");
        var moved = (await it.Court.ReassignAsync(it.Id, Other)).Is(200);
        (await it.Court.PostAsync("/v1/consents", consent)).Is(201); // asked before: what it reported is still there
        (await it.Court.PostAsync("/v1/consents", consent.With("discloser", moved["providerId"]))).Is(201);
    }

    [Fact]
    public async Task Who_else_treats_the_person_looks_like_who_does_not()
    {
        var it = await Case.SendAsync(Exchange);
        (await it.Court.ReassignAsync(it.Id, Other)).Is(200);
        await it.Court.PostAsync("/v1/consents", A.ReferralConsent((await it.Court.ReadAsync(it.Id)).Is(200), Exchange.Now));
        var consent = Of("justice-monitoring", it);

        var there = (await it.Clinic.PostAsync("/v1/consents", consent.With("discloser", Other))).Refuses(422, "discloser consent.discloser-holds-nothing");
        var nowhere = await it.Clinic.PostAsync("/v1/consents", consent.With("discloser", "hospital-ajeno"));

        Assert.Equal(there.Text, nowhere.Text);
    }

    [Fact]
    public async Task A_justice_recipient_of_another_jurisdiction_is_no_party_to_the_matter()
    {
        var it = await Case.SendAsync(Exchange);
        var admin = new Party(Exchange, "admin");
        var (abroad, near) = (A.Unique("court-abroad"), A.Unique("court-near"));
        foreach (var (id, jurisdiction) in new[] { (abroad, "US-NY"), (near, "GT-01") })
            (await admin.PostAsync("/v1/organisations", new() { ["id"] = id, ["name"] = id, ["kind"] = "court", ["jurisdiction"] = jurisdiction, ["language"] = "es", ["timeZone"] = "America/Guatemala" })).Is(201);

        (await it.Clinic.PostAsync("/v1/consents", Of("justice-monitoring", it).With("recipients", new[] { Court, abroad, near }))).Refuses(422, "recipients[1] consent.recipient-no-party");
        (await it.Clinic.PostAsync("/v1/consents", Of("proceedings", it).With("recipients", new[] { near }))).Is(201);
    }

    [Theory]
    [InlineData("treatment", "en", "Clínica del Valle may use this to treat you.", "Clínica del Valle will see your medicines and vaccines.", "Clínica del Valle will not see the notes of your counselling sessions.")]
    [InlineData("research", "es", "Servicios Sociales podrá usarlo para investigación.", "Servicios Sociales verá los resultados de sus exámenes y mediciones.", "Servicios Sociales no verá sus diagnósticos.")]
    [InlineData("counselling-notes", "fr", "Ce consentement ne porte que sur les notes de vos séances de conseil.", "Clínica del Valle verra les notes de vos séances de conseil.", null)]
    [InlineData("proceedings", "pt", "Juzgado Central poderá usar isto em procedimentos contra você.", "Juzgado Central verá se os seus testes toxicológicos deram negativo ou positivo", "Juzgado Central não verá se você compareceu.")]
    public async Task Before_signing_it_says_what_for_what_and_what_not(string kind, string language, string use, string sees, string? hidden)
    {
        var it = await Case.SendAsync(Exchange);

        var preview = (await it.Clinic.PostAsync("/v1/consents/preview", Of(kind, it).With("language", language).Without("signature"))).Is(200);

        var organisation = Assert.Single(preview.Json!["organisations"]!.AsArray())!;
        var text = organisation["text"]!.ToString();
        Assert.StartsWith(use, text, StringComparison.Ordinal);
        Assert.Contains(sees, text, StringComparison.Ordinal);
        if (hidden is not null)
            Assert.Contains(hidden, text, StringComparison.Ordinal);
        var consented = Of(kind, it)["categories"]!.AsArray().Select(c => c!.ToString()).ToHashSet();
        Assert.All(organisation["categories"]!.AsArray(), c => Assert.Equal(consented.Contains(c!["category"]!.ToString()), (bool)c["sees"]!));
    }
}

public sealed class KindsOnSqlite(SqliteExchange shared) : KindTests(shared);

public sealed class KindsOnPostgreSql(PostgreSqlExchange shared) : KindTests(shared);
