using System.Globalization;
using System.Text.Json.Nodes;
using Hl7.Fhir.Model;
using Interop.Server.Tests.World;
using FhirConsent = Hl7.Fhir.Model.Consent;
using Task = System.Threading.Tasks.Task;

namespace Interop.Server.Tests.Fhir;

/// <summary>The register of consents through the FHIR door: one register, kept as written.</summary>
public abstract class ConsentTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task What_was_written_comes_back_and_is_the_same_consent_at_the_other_door()
    {
        var it = await Case.SendAsync(Exchange);
        var written = FhirConsents.MonitoringConsent(it.Referral, Exchange.Now, "attendance", "progress");

        var given = (await it.Clinic.GiveAsync(written)).Is(201);

        Assert.EndsWith($"/fhir/Consent/{given.Id}/_history/1", given.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal("W/\"1\"", given.ETag);
        var read = await it.Clinic.ConsentAsync(given.Id);
        Assert.True(JsonNode.DeepEquals(written, read.Without("id").Without("meta")), read.ToJsonString());
        Assert.Equal(("1", given.Id.ToString()), (read.At("meta.versionId")!.ToString(), read["id"]!.ToString()));
        var rest = (await it.Clinic.GetAsync($"/v1/consents/{given.Id}")).Is(200);
        Assert.Equal(("justice-monitoring", "active", "final-disposition", it.Referral["providerId"], "es", it.Matter.ToString()),
            (rest["kind"], rest["status"], rest["untilEvent"], rest["discloser"], rest["language"], rest["matter"]));
        Assert.Equal(["juzgado-central", "libertad-vigilada"], rest.Json!["recipients"]!.AsArray().Select(r => r!.ToString()));
        Assert.Equal(["attendance", "progress"], rest.Json["categories"]!.AsArray().Select(r => r!.ToString()));
        Assert.Equal(("electronic", "Ana Pérez"), (rest["signature.method"], rest["signature.by"]));
    }

    [Fact]
    public async Task A_parser_that_others_wrote_reads_what_was_written()
    {
        var it = await Case.OpenAsync(Exchange);
        var written = FhirConsents.ReferralConsent(it.Referral, Exchange.Now);
        var given = (await it.Court.GiveAsync(written)).Is(201);

        var (sent, back) = (Parsed(written), Parsed(await it.Court.ConsentAsync(given.Id)));

        (back.Id, back.Meta) = (null, null);
        Assert.True(sent.IsExactly(back));

        static FhirConsent Parsed(JsonObject json) => Interop.Fhir.FhirJson.Read<FhirConsent>(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString())).Resource!; // strictly
    }

    [Fact]
    public async Task It_takes_effect_at_the_gate_and_so_does_its_revocation()
    {
        var it = await Case.OpenAsync(Exchange);
        (await it.Clinic.GetAsync($"/fhir/Task/{it.Id}")).IsOutcome(404);

        var consent = (await it.Court.GiveAsync(FhirConsents.ReferralConsent(it.Referral, Exchange.Now))).Is(201);
        Assert.Equal("requested", (await it.Clinic.TaskAsync(it.Id))["status"]!.ToString());

        var revoked = (await it.Court.RewriteAsync((await it.Court.ConsentAsync(consent.Id)).With("status", "inactive"))).Is(200);
        Assert.Equal(("inactive", "W/\"2\""), (revoked["status"], revoked.ETag));
        (await it.Clinic.GetAsync($"/fhir/Task/{it.Id}")).IsOutcome(404);
        Assert.Equal("revoked", (await it.Court.GetAsync($"/v1/consents/{consent.Id}"))["status"]);
    }

    [Fact]
    public async Task A_consent_captured_over_REST_reads_and_is_revoked_as_FHIR()
    {
        var it = await Case.SendAsync(Exchange);
        await it.MonitorAsync("attendance");

        var consent = await it.Clinic.ConsentAsync(it.Monitoring);

        Assert.Equal(("active", "justice-monitoring", "final-disposition"),
            (consent["status"]!.ToString(), consent.At("category[0].coding[0].code")!.ToString(), consent["extension"]!.AsArray().Single(e => e!["url"]!.ToString() == "urn:interop:consent-until-event")!["valueCode"]!.ToString()));
        consent["extension"]!.AsArray().Add(new JsonObject { ["url"] = "urn:interop:consent-revocation-reason", ["valueString"] = "Ya no quiere" });
        (await it.Clinic.RewriteAsync(consent.With("status", "inactive"))).Is(200);
        var rest = await it.Clinic.GetAsync($"/v1/consents/{it.Monitoring}");
        Assert.Equal(("revoked", "Ya no quiere"), (rest["status"], rest["revocationReason"]));
    }

    [Theory]
    [InlineData("scope", "required Consent.scope")]
    [InlineData("status", "required Consent.status")]
    [InlineData("category", "required Consent.category")]
    [InlineData("patient", "required Consent.patient")]
    [InlineData("organization", "required Consent.organization")]
    [InlineData("policyRule", "required Consent.policyRule")]
    [InlineData("provision.actor", "required Consent.provision.actor")]
    [InlineData("provision.purpose", "required Consent.provision.purpose")]
    [InlineData("provision.code", "required Consent.provision.code")]
    [InlineData("extension", "required Consent.extension('urn:interop:consent-matter')", "required Consent.extension('urn:interop:consent-signature')", "required Consent.provision.period.end")]
    public async Task What_is_missing_is_named_where_it_should_stand(string path, params string[] issues)
    {
        var it = await Case.SendAsync(Exchange);

        (await it.Clinic.GiveAsync(FhirConsents.MonitoringConsent(it.Referral, Exchange.Now, "attendance").Without(path))).IsOutcome(422, issues);

        Assert.Single((await it.Clinic.GetAsync($"/v1/consents?person={it.Person}")).Items); // the referral's: nothing half written
    }

    /// <summary>What 42 CFR 2.31 asks of every consent and R4 does not: by the codes that REST has, whatever kind it is of.</summary>
    [Theory]
    [InlineData("extension", "consent.no-signature Consent.extension('urn:interop:consent-signature')", "consent.no-end Consent.provision.period.end", "consent.no-beginning Consent.provision.period.start")]
    [InlineData("organization", "organisation.unknown Consent.organization")]
    public async Task A_general_consent_too_states_its_end_its_signature_and_a_discloser_that_is_known(string path, params string[] defects)
    {
        var it = await Case.SendAsync(Exchange);
        var consent = FhirConsents.General(it.Referral, Exchange.Now, new() { ["type"] = "permit" });
        if (path == "organization")
            consent["organization"]![0]!["identifier"]!["value"] = "nadie";
        else
            consent.Remove(path);

        var refused = (await it.Clinic.GiveAsync(consent)).IsOutcome(422);

        Assert.Equal(defects.Order(StringComparer.Ordinal), refused.Json!["issue"]!.AsArray().Select(i => $"{i.At("details.coding[0].code")} {i.At("expression[0]")}").Order(StringComparer.Ordinal));
    }

    /// <summary>When it was signed and by whom R4 says itself; in which language, whoever sends it.</summary>
    [Theory]
    [InlineData("fr-CA", "fr")]
    [InlineData(null, "es")] // the clinic's own
    public async Task What_R4_has_an_element_for_is_not_asked_for_again(string? asked, string language)
    {
        var it = await Case.SendAsync(Exchange);
        var consent = FhirConsents.MonitoringConsent(it.Referral, Exchange.Now, "attendance").Without("language");
        var signature = consent["extension"]!.AsArray().Single(e => e!["url"]!.ToString() == "urn:interop:consent-signature")!["extension"]!.AsArray();
        signature.RemoveAt(2);
        signature.RemoveAt(1);
        consent["performer"] = new JsonArray(new JsonObject { ["display"] = "Ana Pérez" });

        var given = (await it.Clinic.GiveAsync(consent, asked is null ? [] : [("Accept-Language", asked)])).Is(201);

        var rest = (await it.Clinic.GetAsync($"/v1/consents/{given.Id}")).Is(200);
        Assert.Equal((language, "electronic", "Ana Pérez"), (rest["language"], rest["signature.method"], rest["signature.by"]));
        Assert.Equal(DateTimeOffset.Parse(consent["dateTime"]!.ToString(), CultureInfo.InvariantCulture), DateTimeOffset.Parse(rest["signature.at"]!, CultureInfo.InvariantCulture));
        Assert.True(JsonNode.DeepEquals(consent, (await it.Clinic.ConsentAsync(given.Id)).Without("id").Without("meta"))); // as it was written

        // Without either place the element is missing, by its name.
        var refused = (await it.Clinic.GiveAsync(consent.Without("performer").Without("dateTime"))).IsOutcome(422);
        Assert.Equal(["consent.no-signature-date", "consent.no-signer"], refused.Json!["issue"]!.AsArray().Select(i => i.At("details.coding[0].code")!.ToString()).Order(StringComparer.Ordinal).Where(c => c.StartsWith("consent.no-sign", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_wrong_is_named_where_it_stands()
    {
        var it = await Case.SendAsync(Exchange);
        var consent = FhirConsents.MonitoringConsent(it.Referral, Exchange.Now, "attendance", "diagnosis");
        consent["provision"]!["actor"]!.AsArray().Add(FhirConsents.Recipient("nadie"));
        consent["provision"]!["actor"]!.AsArray().Add(FhirConsents.Recipient("clinica-del-valle"));
        consent["provision"]!["purpose"] = new JsonArray(FhirConsents.Coding("urn:other", "curiosity"));
        consent["provision"]!["provision"] = new JsonArray(new JsonObject { ["actor"] = new JsonArray(FhirConsents.Recipient("libertad-vigilada")) });
        consent["status"] = "draft";
        consent["language"] = "español";

        (await it.Clinic.GiveAsync(consent)).IsOutcome(422,
            "code-invalid Consent.status", "code-invalid Consent.provision.code[1]", "invalid Consent.provision.actor[2].reference", "invalid Consent.provision.actor[3].reference",
            "code-invalid Consent.provision.purpose[0]", "required Consent.provision.provision[0].type", "invalid Consent.language");
        (await it.Clinic.GiveAsync(consent.With("status", "given"))).IsOutcome(422);
        (await it.Clinic.GiveAsync(FhirConsents.MonitoringConsent(it.Referral, Exchange.Now, "attendance").With("modifierExtension", new JsonArray(new JsonObject { ["url"] = "urn:x", ["valueBoolean"] = true }))))
            .IsOutcome(422, "invalid Consent.modifierExtension");
        (await it.Clinic.GiveAsync(new JsonObject { ["resourceType"] = "Patient" })).IsOutcome(400);
        var unknown = FhirConsents.MonitoringConsent(it.Referral, Exchange.Now, "attendance").With("patient.reference", $"Patient/{Guid.CreateVersion7(Exchange.Now)}");
        (await it.Clinic.GiveAsync(unknown)).IsOutcome(422, "invalid Consent.patient");
    }

    [Fact]
    public async Task A_consent_for_monitoring_alone_is_a_justice_consent_whatever_it_is_called()
    {
        var it = await Case.SendAsync(Exchange);
        var consent = FhirConsents.MonitoringConsent(it.Referral, Exchange.Now, "attendance").With("category", new JsonArray(FhirConsents.Concept("http://loinc.org", "59284-0")));

        var given = (await it.Clinic.GiveAsync(consent)).Is(201);

        Assert.Equal("justice-monitoring", (await it.Clinic.GetAsync($"/v1/consents/{given.Id}"))["kind"]);
    }

    [Fact]
    public async Task Provisions_nested_without_end_are_refused_and_nobody_falls_over()
    {
        var it = await Case.SendAsync(Exchange);
        foreach (var depth in new[] { 30, 500 })
        {
            var deep = string.Concat(Enumerable.Repeat("""{"type":"permit","provision":[""", depth)) + """{"type":"deny"}""" + string.Concat(Enumerable.Repeat("]}", depth));
            var consent = FhirConsents.General(it.Referral, Exchange.Now, []).ToJsonString().Replace("\"provision\":{}", $"\"provision\":{deep}", StringComparison.Ordinal);
            (await it.Clinic.SendAsync(HttpMethod.Post, "/fhir/Consent", new StringContent(consent, null, "application/fhir+json"))).IsOutcome(422, "invalid Consent.provision");
        }
    }

    [Fact]
    public async Task What_the_person_signed_is_not_changed_and_what_stands_beside_it_is_kept_in_versions()
    {
        var it = await Case.SendAsync(Exchange);
        var given = (await it.Clinic.GiveAsync(FhirConsents.MonitoringConsent(it.Referral, Exchange.Now, "attendance"))).Is(201);
        var consent = await it.Clinic.ConsentAsync(given.Id);

        (await it.Clinic.RewriteAsync(consent.With("provision.code", new JsonArray(FhirConsents.Concept("urn:interop:report-category", "drug-test"))).With("language", "en")))
            .IsOutcome(422, "business-rule Consent.provision", "business-rule Consent.language");
        (await it.Clinic.RewriteAsync(consent, "W/\"7\"")).IsOutcome(412);
        (await it.Clinic.SendAsync(HttpMethod.Put, $"/fhir/Consent/{given.Id}", new StringContent(consent.ToJsonString(), null, "application/fhir+json"))).IsOutcome(428);
        Assert.Equal("W/\"1\"", (await it.Clinic.RewriteAsync(consent)).Is(200).ETag); // nothing was changed

        var noted = (await it.Clinic.RewriteAsync(consent.With("source", null).With("sourceReference", new JsonObject { ["display"] = "Archivo 12" }))).Is(200);

        Assert.Equal(("W/\"2\"", "Archivo 12"), (noted.ETag, noted["sourceReference.display"]));
        Assert.Null((await it.Clinic.GetAsync($"/fhir/Consent/{given.Id}/_history/1")).Is(200)["sourceReference"]);
        var history = (await it.Clinic.GetAsync($"/fhir/Consent/{given.Id}/_history")).Is(200);
        Assert.Equal(("history", "2"), (history["type"], history["total"]));
        Assert.Equal(["2", "1"], history.Entries().Select(e => e.At("meta.versionId")!.ToString()));
        var page = (await it.Clinic.GetAsync($"/fhir/Consent/{given.Id}/_history?_count=1")).Is(200);
        Assert.Equal(["1"], (await it.Clinic.GetAsync(page.Link("next")!)).Entries().Select(e => e.At("meta.versionId")!.ToString()));
        (await it.Clinic.GetAsync($"/fhir/Consent/{given.Id}/_history/3")).IsOutcome(404);
    }

    [Fact]
    public async Task A_consent_that_may_not_be_revoked_yet_stands_and_one_that_ended_stays_ended()
    {
        var it = await Case.SendAsync(Exchange);
        var limited = FhirConsents.MonitoringConsent(it.Referral, Exchange.Now, "attendance");
        limited["extension"]!.AsArray().Add(new JsonObject { ["url"] = "urn:interop:consent-revocable", ["extension"] = new JsonArray(new JsonObject { ["url"] = "event", ["valueCode"] = "final-disposition" }) });
        var given = (await it.Clinic.GiveAsync(limited)).Is(201);
        var consent = await it.Clinic.ConsentAsync(given.Id);

        (await it.Clinic.RewriteAsync(consent.With("status", "inactive"))).IsOutcome(409, "conflict Consent.status");
        Assert.Equal("active", (await it.Clinic.ConsentAsync(given.Id))["status"]!.ToString());

        (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200);
        (await it.Court.RewriteAsync((await it.Court.ConsentAsync(it.ReferralConsent)).With("status", "active"))).IsOutcome(409, "conflict Consent.status");
    }

    [Fact]
    public async Task A_recipient_sees_the_scope_and_not_the_text()
    {
        var it = await Case.SendAsync(Exchange);
        var given = (await it.Clinic.GiveAsync(FhirConsents.MonitoringConsent(it.Referral, Exchange.Now, "attendance"))).Is(201);

        var seen = await it.Supervision.ConsentAsync(given.Id);

        Assert.Equal("attendance", seen.At("provision.code[0].coding[0].code")!.ToString());
        Assert.DoesNotContain("Ana Pérez", seen.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("F-7", seen.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_strangers_consent_is_answered_like_one_that_is_not_there()
    {
        var it = await Case.SendAsync(Exchange);
        var given = (await it.Clinic.GiveAsync(FhirConsents.MonitoringConsent(it.Referral, Exchange.Now, "attendance"))).Is(201);
        var (stranger, random) = (new Clinic(Exchange, "hospital-ajeno"), Guid.CreateVersion7(Exchange.Now));
        var written = await it.Clinic.ConsentAsync(given.Id);

        foreach (var path in new[] { "", "/_history", "/_history/1", "/_history/9" })
            Assert.Equal((await stranger.GetAsync($"/fhir/Consent/{random}{path}")).IsOutcome(404).Text, (await stranger.GetAsync($"/fhir/Consent/{given.Id}{path}")).IsOutcome(404).Text);
        Assert.Equal((await stranger.RewriteAsync(written.With("id", random.ToString()))).IsOutcome(404).Text, (await stranger.RewriteAsync(written)).IsOutcome(404).Text);
        Assert.Equal(
            (await stranger.GetAsync($"/fhir/Consent?patient={random}")).Is(200).Text.Replace(random.ToString(), "", StringComparison.Ordinal),
            (await stranger.GetAsync($"/fhir/Consent?patient={it.Person}")).Is(200).Text.Replace(it.Person.ToString(), "", StringComparison.Ordinal));
        Assert.Equal(
            (await stranger.GiveAsync(written.With("patient.reference", $"Patient/{random}"))).IsOutcome(422).Text, (await stranger.GiveAsync(written)).IsOutcome(422).Text);
    }

    [Fact]
    public async Task Consents_are_found_by_what_is_shown_of_them_page_by_page()
    {
        var it = await Case.SendAsync(Exchange);
        var now = Exchange.Now;
        var monitoring = (await it.Clinic.GiveAsync(FhirConsents.MonitoringConsent(it.Referral, now, "attendance"))).Is(201);
        var general = (await it.Clinic.GiveAsync(FhirConsents.General(it.Referral, now, new() { ["type"] = "deny", ["actor"] = new JsonArray(FhirConsents.Recipient("clinica-del-valle")) }))).Is(201);
        string[] all = [general.Id.ToString(), monitoring.Id.ToString(), it.ReferralConsent.ToString()];
        var patient = $"patient={it.Person}";

        await FindsAsync(patient, all);
        await FindsAsync($"patient=Patient/{it.Person}&status=active", all);
        await FindsAsync($"{patient}&status=inactive");
        await FindsAsync($"{patient}&category=urn:interop:consent-kind%7Cjustice-monitoring", all[1]);
        await FindsAsync($"{patient}&category=59284-0", all[0], all[1]);
        await FindsAsync($"{patient}&actor=libertad-vigilada", all[1]);
        await FindsAsync($"{patient}&actor:identifier=urn:interop:organisation%7Cclinica-del-valle", all[0]);
        await FindsAsync($"{patient}&organization=Organization/centro-esperanza", all[0], all[1]);
        await FindsAsync($"{patient}&date=ge{now.AddMinutes(-1):yyyy-MM-ddTHH:mm}Z", all[0], all[1]); // when it signed a recipient is not told
        await FindsAsync($"{patient}&date=lt2020");
        await FindsAsync($"{patient}&identifier={monitoring["identifier[0].value"]}", all[1]);
        await FindsAsync($"_id={monitoring.Id},{Guid.CreateVersion7(Exchange.Now)}", all[1]);
        var first = (await it.Clinic.GetAsync($"/fhir/Consent?{patient}&_count=2")).Is(200);
        Assert.Equal("3", first["total"]);
        Assert.Equal(all[..2], first.Ids());
        var second = await it.Clinic.GetAsync(first.Link("next")!);
        Assert.Equal(all[2..], second.Ids());
        Assert.Null(second.Link("next"));
        Assert.Equal("3", (await it.Clinic.GetAsync($"/fhir/Consent?{patient}&_summary=count")).Is(200)["total"]);
        (await it.Clinic.GetAsync("/fhir/Consent?status=perhaps")).IsOutcome(400);
        Assert.Empty((await new Clinic(Exchange, "clinica-del-valle").GetAsync($"/fhir/Consent?{patient}")).Ids()); // that it was refused something is not told
        Assert.Equal([all[1]], (await it.Supervision.GetAsync($"/fhir/Consent?{patient}")).Ids());

        async Task FindsAsync(string query, params string[] ids) => Assert.Equal(ids, (await it.Clinic.GetAsync($"/fhir/Consent?{query}")).Ids());
    }

    [Fact]
    public async Task A_create_that_is_repeated_under_its_key_is_done_once()
    {
        var it = await Case.SendAsync(Exchange);
        var consent = FhirConsents.MonitoringConsent(it.Referral, Exchange.Now, "attendance");
        var key = ("Idempotency-Key", A.Unique("k"));

        var (first, second) = ((await it.Clinic.GiveAsync(consent, key)).Is(201), (await it.Clinic.GiveAsync(consent, key)).Is(201));

        Assert.Equal((first.Id, first.Headers.Location), (second.Id, second.Headers.Location));
        (await it.Clinic.GiveAsync(consent.With("language", "en"), key)).IsOutcome(422);
        Assert.Equal("", (await it.Clinic.GiveAsync(consent, ("Prefer", "return=minimal"))).Is(201).Text);
    }

    [Fact]
    public async Task What_is_beneath_a_provision_is_evaluated_for_what_is_stored()
    {
        var it = await Case.SendAsync(Exchange);
        var provision = new JsonObject
        {
            ["type"] = "permit",
            ["purpose"] = new JsonArray(FhirConsents.Coding("http://terminology.hl7.org/CodeSystem/v3-ActReason", "TREAT")),
            ["provision"] = new JsonArray(new JsonObject { ["type"] = "deny", ["actor"] = new JsonArray(FhirConsents.Recipient("hospital-ajeno")) }),
        };
        var given = (await it.Clinic.GiveAsync(FhirConsents.General(it.Referral, Exchange.Now, provision))).Is(201);

        Assert.Equal(("permit", "deny"), (await DecisionAsync("clinica-del-valle"), await DecisionAsync("hospital-ajeno")));
        (await it.Clinic.RewriteAsync((await it.Clinic.ConsentAsync(given.Id)).With("status", "entered-in-error"))).Is(200);
        Assert.Equal("no-consent", await DecisionAsync("hospital-ajeno"));
        Assert.Equal("entered-in-error", (await it.Clinic.ConsentAsync(given.Id))["status"]!.ToString());

        async Task<string?> DecisionAsync(string actor) => (await it.Clinic.PostAsync("/v1/consents/evaluation", new()
        {
            ["person"] = it.Person.ToString(),
            ["request"] = new JsonObject { ["actor"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:organisation", ["value"] = actor }), ["purpose"] = "TREAT" },
        })).Is(200)["decision"];
    }

    [Fact]
    public async Task The_scopes_of_the_register_and_of_SMART_both_open_it()
    {
        var it = await Case.SendAsync(Exchange);
        var consent = FhirConsents.MonitoringConsent(it.Referral, Exchange.Now, "attendance");
        (await With("consents:read").GiveAsync(consent)).IsOutcome(403);
        (await With("system/Consent.rs").GiveAsync(consent)).IsOutcome(403);
        var given = (await With("consents:write").GiveAsync(consent)).Is(201);
        (await With("system/Consent.c").GiveAsync(consent)).Is(201);
        (await With("system/Consent.r").GetAsync($"/fhir/Consent/{given.Id}")).Is(200);
        (await With("consents:read").GetAsync($"/fhir/Consent/{given.Id}/_history")).Is(200);
        (await With("consents:write").GetAsync($"/fhir/Consent/{given.Id}")).IsOutcome(403);
        (await new Party(Exchange, "contraloria").GetAsync($"/fhir/Consent/{given.Id}")).IsOutcome(403);

        Clinic With(string scope) => new(Exchange) { Scope = scope };
    }

    [Fact]
    public async Task A_client_that_others_wrote_keeps_the_register() => await Node.HoldsAsync("fhir-consent.mjs", Exchange);

    [Fact]
    public async Task What_is_ours_in_it_is_published_for_everybody()
    {
        foreach (var (type, url) in new[] { ("CodeSystem", "urn:interop:purpose"), ("ValueSet", "urn:interop:vs:consent-event"), ("StructureDefinition", "urn:interop:consent-revocable") })
        {
            using var response = await Exchange.Http.GetAsync($"/fhir/{type}?url={url}");
            var found = (await Reply.OfAsync(response)).Is(200);
            Assert.Equal(url, Assert.Single(found.Entries())["url"]!.ToString());
            using var one = await Exchange.Http.GetAsync($"/fhir/{type}/{found.Ids().Single()}");
            Assert.Equal(type, (await Reply.OfAsync(one)).Is(200)["resourceType"]);
        }
        using var none = await Exchange.Http.GetAsync("/fhir/CodeSystem/none");
        (await Reply.OfAsync(none)).IsOutcome(404);
    }
}

public sealed class ConsentOnSqlite(SqliteExchange shared) : ConsentTests(shared);

public sealed class ConsentOnPostgreSql(PostgreSqlExchange shared) : ConsentTests(shared);
