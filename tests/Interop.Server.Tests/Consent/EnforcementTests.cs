using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Consent;

/// <summary>The doors of enforcement points: AuthZEN 1.0 and CDS Hooks, on stored consents.</summary>
public abstract class EnforcementTests(SharedExchange shared) : ExchangeTests(shared)
{
    static JsonObject Access(Guid person, string subject = "centro-esperanza", string purpose = "treatment") => new()
    {
        ["subject"] = new JsonObject { ["type"] = "organization", ["id"] = subject },
        ["action"] = new JsonObject { ["name"] = "read" },
        ["resource"] = new JsonObject { ["type"] = "person", ["id"] = person.ToString() },
        ["context"] = new JsonObject { ["purpose"] = purpose },
    };

    static JsonObject Hook(JsonNode patient, string actor = "centro-esperanza", string purpose = "TREAT") => new()
    {
        ["hook"] = "patient-consent-consult",
        ["hookInstance"] = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        ["context"] = new JsonObject
        {
            ["patientId"] = new JsonArray(patient),
            ["purposeOfUse"] = purpose,
            ["actor"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:organisation", ["value"] = actor }),
        },
    };

    static JsonNode PatientOf(Case it) => new JsonObject { ["system"] = it.Referral["person.identifiers[0].system"], ["value"] = it.Referral["person.identifiers[0].value"] };

    // AuthZEN

    [Fact]
    public async Task AuthZEN_permits_denies_after_revocation_and_says_why()
    {
        var it = await Case.SendAsync(Exchange);

        var reply = (await it.Clinic.PostAsync("/access/v1/evaluation", Access(it.Person))).Is(200);
        Assert.Equal(("true", "permit", "default"), (reply["decision"], reply["context.decision"], reply["context.pack.id"]));
        Assert.Equal($"Consent/{it.ReferralConsent}", reply["context.trace[0].consent"]);
        Assert.Equal("false", (await it.Clinic.PostAsync("/access/v1/evaluation", Access(it.Person, purpose: "research"))).Is(200)["decision"]);
        (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200);
        reply = (await it.Clinic.PostAsync("/access/v1/evaluation", Access(it.Person))).Is(200);
        Assert.Equal(("false", "no-consent"), (reply["decision"], reply["context.decision"]));
    }

    [Fact]
    public async Task AuthZEN_answers_strangers_alike_whether_the_person_is_there_or_not()
    {
        var it = await Case.SendAsync(Exchange);
        var stranger = new Party(Exchange, "hospital-ajeno");
        foreach (var subject in new[] { "hospital-ajeno", "centro-esperanza" })
            Assert.Equal((await stranger.PostAsync("/access/v1/evaluation", Access(Guid.CreateVersion7(Exchange.Now), subject))).Is(200).Text, (await stranger.PostAsync("/access/v1/evaluation", Access(it.Person, subject))).Is(200).Text);
        Assert.Equal("false", (await stranger.PostAsync("/access/v1/evaluation", Access(it.Person).With("resource.id", "no-such-id"))).Is(200)["decision"]);
    }

    [Fact]
    public async Task AuthZEN_evaluations_take_their_defaults_from_the_top()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("attendance");
        static JsonNode For(string category) => new JsonObject { ["context"] = new JsonObject { ["purpose"] = "justice-monitoring", ["category"] = new JsonArray(new JsonObject { ["code"] = category }) } };
        var body = Access(it.Person, "juzgado-central").With("evaluations", new JsonArray(
            For("attendance"), For("drug-test"), new JsonObject { ["subject"] = new JsonObject { ["type"] = "organization", ["id"] = "centro-esperanza" } }, For("attendance")));

        async Task<string> AskAsync(JsonObject asked) => string.Join(' ', (await it.Court.PostAsync("/access/v1/evaluations", asked)).Is(200).Json!["evaluations"]!.AsArray().Select(e => e!["decision"]!.ToString()));

        Assert.Equal("true false true true", await AskAsync(body));
        Assert.Equal("true false true true", await AskAsync(body.With("options", new JsonObject { ["evaluations_semantic"] = "execute_all" })));
        Assert.Equal("true false", await AskAsync(body.With("options", new JsonObject { ["evaluations_semantic"] = "deny_on_first_deny" })));
        Assert.Equal("true", await AskAsync(body.With("options", new JsonObject { ["evaluations_semantic"] = "permit_on_first_permit" })));
        var single = (await it.Court.PostAsync("/access/v1/evaluations", Access(it.Person).With("evaluations", new JsonArray()))).Is(200);
        Assert.Equal(("true", null), (single["decision"], single["evaluations"]));
        Assert.Equal("true", (await it.Court.PostAsync("/access/v1/evaluations", Access(it.Person))).Is(200)["decision"]);
    }

    [Fact]
    public async Task AuthZEN_answers_one_that_it_cannot_understand_false_with_the_error_beside_it()
    {
        var it = await Case.SendAsync(Exchange);
        var body = Access(it.Person).Without("action").With("evaluations", new JsonArray(new JsonObject { ["action"] = new JsonObject { ["name"] = "read" } }, new JsonObject(), 7));

        var evaluations = (await it.Clinic.PostAsync("/access/v1/evaluations", body)).Is(200).Json!["evaluations"]!.AsArray();

        Assert.Equal("true false false", string.Join(' ', evaluations.Select(e => e!["decision"]!.ToString())));
        Assert.Equal(("400", "action"), (evaluations[1]!["context"]!["error"]!["status"]!.ToString(), evaluations[1]!["context"]!["error"]!["errors"]![0]!["path"]!.ToString()));
    }

    [Theory]
    [InlineData("subject", "subject required")]
    [InlineData("subject.id", "subject.id required")]
    [InlineData("subject.type", "subject.type required")]
    [InlineData("action", "action required")]
    [InlineData("action.name", "action.name required")]
    [InlineData("resource", "resource required")]
    [InlineData("resource.id", "resource.id required")]
    public async Task AuthZEN_refuses_what_lacks_a_part_with_400(string part, string fault) =>
        (await new Clinic(Exchange).PostAsync("/access/v1/evaluation", Access(Guid.AllBitsSet).Without(part))).Refuses(400, fault);

    [Fact]
    public async Task AuthZEN_refuses_what_is_no_semantic_of_its_own_and_a_replay_of_what_it_enforces()
    {
        var clinic = new Clinic(Exchange);
        (await clinic.PostAsync("/access/v1/evaluations", Access(Guid.AllBitsSet).With("options", new JsonObject { ["evaluations_semantic"] = "sometimes" }))).Refuses(400, "options.evaluations_semantic code.unknown");
        (await clinic.PostAsync("/access/v1/evaluations", Access(Guid.AllBitsSet).With("evaluations", new JsonObject()))).Refuses(400, "evaluations type.list");
        (await clinic.PostAsync("/access/v1/evaluation", Access(Guid.AllBitsSet).With("context.asOf", "2026-01-01"))).Refuses(400, "context.asOf evaluation.now-only");
        (await clinic.PostAsync("/access/v1/evaluation", new())).Is(400);
    }

    [Fact]
    public async Task AuthZEN_echoes_the_request_id_whatever_it_answers()
    {
        var clinic = new Clinic(Exchange);
        (string, string) id = ("X-Request-ID", "bfe9eb29-ab87-4ca3-be83-a1d5d8305716");
        async Task<Reply> AskAsync(JsonObject body) => await clinic.SendAsync(HttpMethod.Post, "/access/v1/evaluation", Party.Json(body.ToJsonString()), id);

        foreach (var reply in new[] { (await AskAsync(Access(Guid.AllBitsSet))).Is(200), (await AskAsync([])).Is(400) })
            Assert.Equal(id.Item2, reply.Headers.GetValues("X-Request-ID").Single());
        using var anonymous = new HttpRequestMessage(HttpMethod.Post, "/access/v1/evaluation") { Content = Party.Json("{}") };
        anonymous.Headers.Add(id.Item1, id.Item2);
        using var refused = await Exchange.Http.SendAsync(anonymous);
        Assert.Equal((401, id.Item2), ((int)refused.StatusCode, refused.Headers.GetValues("X-Request-ID").Single()));
        Assert.False((await clinic.PostAsync("/access/v1/evaluation", Access(Guid.AllBitsSet))).Headers.Contains("X-Request-ID"));
    }

    [Fact]
    public async Task AuthZEN_says_where_it_answers()
    {
        var metadata = JsonNode.Parse(await Exchange.Http.GetStringAsync("/.well-known/authzen-configuration"))!;
        var address = Exchange.Http.BaseAddress!.AbsoluteUri.TrimEnd('/');

        Assert.Equal($$"""{"policy_decision_point":"{{address}}","access_evaluation_endpoint":"{{address}}/access/v1/evaluation","access_evaluations_endpoint":"{{address}}/access/v1/evaluations"}""", metadata.ToJsonString());
    }

    [Fact]
    public async Task Persons_of_a_batch_are_locked_at_once_and_each_evaluation_is_in_the_log()
    {
        var (one, other) = (await Case.SendAsync(Exchange), await Case.SendAsync(Exchange));
        var clinic = new Clinic(Exchange);
        var body = Access(one.Person).With("evaluations", new JsonArray([.. new[] { other.Person, one.Person, Guid.AllBitsSet }.Select(p => (JsonNode)new JsonObject { ["resource"] = new JsonObject { ["type"] = "Patient", ["id"] = p.ToString() } })]));

        (await clinic.PostAsync("/access/v1/evaluations", body)).Is(200);

        Assert.Equal(new[] { (other.Person, "permitted"), (one.Person, "permitted"), ((Guid?)null, "denied") }.Order(), (await clinic.AuditedAsync()).Select(e => (e.Person, e.Outcome)).Order());
    }

    // CDS Hooks

    [Fact]
    public async Task CDS_Hooks_lists_its_service_to_anybody()
    {
        var services = JsonNode.Parse(await Exchange.Http.GetStringAsync("/cds-services"))!["services"]!.AsArray();

        Assert.Equal(("patient-consent-consult", "patient-consent-consult"), (services.Single()!["hook"]!.ToString(), services.Single()!["id"]!.ToString()));
        Assert.True(services.Single()!["description"]!.ToString().Length > 0);
    }

    [Fact]
    public async Task CDS_Hooks_answers_with_one_card()
    {
        var it = await Case.SendAsync(Exchange);

        var reply = (await it.Clinic.PostAsync("/cds-services/patient-consent-consult", Hook(PatientOf(it)))).Is(200);

        var card = reply.Json!["cards"]!.AsArray().Single()!;
        Assert.Equal(("CONSENT_PERMIT", "info", "Interop"), (card["summary"]!.ToString(), card["indicator"]!.ToString(), card["source"]!["label"]!.ToString()));
        Assert.Equal(("CONSENT_PERMIT", "REDACT", "referral"), (reply["cards[0].extension.decision"], reply["cards[0].extension.obligations[0].id.code"], reply["cards[0].extension.obligations[0].parameters.exceptAnyOfCodes[0].code"]));
        Assert.Equal($"Consent/{it.ReferralConsent}", reply["cards[0].extension.basedOn"]);
    }

    [Fact]
    public async Task CDS_Hooks_takes_the_category_of_new_callers_and_the_scope_of_old_ones()
    {
        var it = await Case.SendAsync(Exchange);
        async Task<string?> Of(string member, JsonNode value) => (await it.Clinic.PostAsync("/cds-services/patient-consent-consult", Hook(PatientOf(it)).With($"context.{member}", value)))["cards[0].extension.decision"];
        static JsonArray Scope(string code) => new(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/consentscope", ["code"] = code });

        Assert.Equal("CONSENT_PERMIT", await Of("category", Scope("patient-privacy")));
        Assert.Equal("NO_CONSENT", await Of("category", Scope("adr")));
        Assert.Equal("CONSENT_PERMIT", await Of("scope", JsonValue.Create("patient-privacy")));
        Assert.Equal("NO_CONSENT", await Of("scope", JsonValue.Create("adr")));
    }

    [Fact]
    public async Task CDS_Hooks_knows_a_person_by_the_identifiers_that_the_caller_knows()
    {
        var it = await Case.SendAsync(Exchange);
        (await it.Clinic.AcceptAsync(it.Id, ("urn:centro:expediente", A.Unique("EXP")))).Is(200);
        async Task<string?> Of(Party party, JsonNode patient) => (await party.PostAsync("/cds-services/patient-consent-consult", Hook(patient)))["cards[0].extension.decision"];

        Assert.Equal("CONSENT_PERMIT", await Of(it.Court, PatientOf(it))); // its own
        Assert.Equal("CONSENT_PERMIT", await Of(it.Clinic, PatientOf(it))); // the referrer's, which came with the referral
        Assert.Equal("CONSENT_PERMIT", await Of(it.Clinic, new JsonObject { ["value"] = it.Person.ToString() }));
        Assert.Equal("CONSENT_PERMIT", await Of(it.Clinic, new JsonObject { ["system"] = "urn:interop:person", ["value"] = it.Person.ToString() }));
        Assert.Equal("NO_CONSENT", await Of(it.Clinic, new JsonObject { ["system"] = "urn:gt:dpi", ["value"] = "nobody" }));
        Assert.Equal("NO_CONSENT", await Of(new Party(Exchange, "hospital-ajeno"), PatientOf(it)));
        Assert.Equal("NO_CONSENT", await Of(new Party(Exchange, "clinica-del-valle"), PatientOf(it)));
    }

    [Fact]
    public async Task CDS_Hooks_denies_by_card_not_by_status()
    {
        var it = await Case.SendAsync(Exchange);
        (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200);

        var reply = (await it.Clinic.PostAsync("/cds-services/patient-consent-consult", Hook(PatientOf(it)))).Is(200);

        Assert.Equal(("NO_CONSENT", "warning", "[]"), (reply["cards[0].summary"], reply["cards[0].indicator"], reply.Json!["cards"]![0]!["extension"]!["obligations"]!.ToJsonString()));
    }

    [Theory]
    [InlineData("hook", "hook required")]
    [InlineData("hookInstance", "hookInstance required")]
    [InlineData("context", "context required")]
    [InlineData("context.patientId", "context.patientId required")]
    [InlineData("context.purposeOfUse", "context.purposeOfUse required")]
    [InlineData("context.actor", "context.actor required")]
    public async Task CDS_Hooks_refuses_what_lacks_a_part(string part, string fault) =>
        (await new Clinic(Exchange).PostAsync("/cds-services/patient-consent-consult", Hook(new JsonObject { ["system"] = "urn:x", ["value"] = "1" }).Without(part))).Refuses(422, fault);

    [Fact]
    public async Task CDS_Hooks_refuses_another_hook() =>
        (await new Clinic(Exchange).PostAsync("/cds-services/patient-consent-consult", Hook(new JsonObject { ["value"] = "1" }).With("hook", "order-select"))).Refuses(422, "hook code.unknown");

    [Fact]
    public async Task Hostile_bodies_to_the_standards_doors_are_problems()
    {
        foreach (var path in new[] { "/access/v1/evaluation", "/access/v1/evaluations", "/cds-services/patient-consent-consult" })
        foreach (var body in new[] { "[]", "null", "7", "{", "{\"subject\":7,\"action\":[],\"resource\":\"\"}", "{\"subject\":{\"type\":\"\\ud800\",\"id\":\"x\"}}", "{\"context\":{\"patientId\":{\"\\udc00\":1}}}", "{\"evaluations\":[7]}", new string('[', 5000), "{\"hook\":{},\"hookInstance\":[],\"context\":[]}" })
        {
            var reply = await new Clinic(Exchange).SendAsync(HttpMethod.Post, path, Party.Json(body));
            if (reply.Status == 200)
                Assert.Equal("false", reply["evaluations[0].decision"]); // an evaluation of its own that is wrong
            else
                Assert.True(reply.Status is 400 or 422 && reply.Type?.MediaType == "application/problem+json", $"{path} {body}: {reply.Status} {reply.Text}");
        }
    }
}

public sealed class EnforcementOnSqlite(SqliteExchange shared) : EnforcementTests(shared);

public sealed class EnforcementOnPostgreSql(PostgreSqlExchange shared) : EnforcementTests(shared);
