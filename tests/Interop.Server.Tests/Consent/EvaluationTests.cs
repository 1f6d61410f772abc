using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Consent;

/// <summary><c>POST /v1/consents/evaluation</c>: what would they see?</summary>
public abstract class EvaluationTests(SharedExchange shared) : ExchangeTests(shared)
{
    const string Path = "/v1/consents/evaluation";

    static JsonObject Asked(string actor = "centro-esperanza", string purpose = "treatment") => new()
    {
        ["request"] = new JsonObject { ["actor"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:organisation", ["value"] = actor }), ["purpose"] = purpose },
    };

    static JsonObject About(Guid person, string actor = "centro-esperanza", string purpose = "treatment") => Asked(actor, purpose).With("person", person.ToString());

    static JsonObject Inline(string provision) => Asked().With("consents", new JsonArray(JsonNode.Parse($$"""{"resourceType":"Consent","id":"x","meta":{"versionId":"3"},"status":"active","provision":{{provision}}}""")));

    [Fact]
    public async Task Consents_that_come_along_are_decided_on_with_obligations_trace_and_pack()
    {
        var reply = (await new Clinic(Exchange).PostAsync(Path, Inline("""
            {"type":"permit","purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"TREAT"}],
             "provision":[{"type":"deny","securityLabel":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}]}
            """).With("resources", JsonNode.Parse("""
            [{"resourceType":"Observation","id":"1"},
             {"resourceType":"Observation","id":"2","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}]}},
             {"resourceType":"Observation"}]
            """)))).Is(200);

        Assert.Equal("permit", reply["decision"]);
        Assert.Equal("""[{"id":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"REDACT"},"parameters":{"codes":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}}]""", reply.Json!["obligations"]!.ToJsonString());
        Assert.Equal("""[{"reference":"Observation/1","decision":"permit"},{"reference":"Observation/2","decision":"deny"},{"reference":"resources[2]","decision":"permit"}]""", reply.Json["resources"]!.ToJsonString());
        Assert.Equal(("Consent/x", "3", "provision", "decided"), (reply["trace[0].consent"], reply["trace[0].version"], reply["trace[0].provision"], reply["trace[0].reason"]));
        Assert.Equal(("default", "1"), (reply["pack.id"], reply["pack.version"]));
    }

    [Fact]
    public async Task The_trace_is_in_the_language_of_the_asker()
    {
        var reply = (await new Clinic(Exchange).SendAsync(HttpMethod.Post, Path, Party.Json(Inline("""{"type":"permit"}""").ToJsonString()), ("Accept-Language", "es"))).Is(200);

        Assert.Equal("Decidió.", reply["trace[0].text"]);
    }

    [Fact]
    public async Task A_jurisdiction_brings_its_law()
    {
        var reply = (await new Clinic(Exchange).PostAsync(Path, Inline("""{"type":"permit"}""").With("jurisdiction", "US"))).Is(200);

        Assert.Equal("us-42cfr2", reply["pack.id"]);
        Assert.Contains("NORDSCLCD", reply.Json!["obligations"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Consents_that_come_along_touch_and_leak_nothing_stored()
    {
        var it = await Case.SendAsync(Exchange);
        var stranger = new Clinic(Exchange, "hospital-ajeno");
        foreach (var actor in new[] { "centro-esperanza", "nobody" })
        {
            // The stored consent would permit it, and is not asked; the organisation is known, and is not resolved.
            var body = Inline("""{"type":"permit","actor":[{"reference":{"reference":"Organization/centro-esperanza"}}]}""").With("request.actor", new JsonArray(new JsonObject { ["system"] = "urn:interop:organisation", ["value"] = actor }));
            Assert.Equal("no-consent", (await stranger.PostAsync(Path, body)).Is(200)["decision"]);
        }

        Assert.All(await stranger.AuditedAsync(), e => Assert.Equal(("query", "consent.evaluate", "permitted", null), (e.Action, e.Operation, e.Outcome, e.Person)));
        Assert.Equal(2, (await stranger.AuditedAsync()).Count);
        (await it.Clinic.ReadAsync(it.Id)).Is(200);
    }

    [Fact]
    public async Task Of_a_person_the_stored_consents_decide_and_a_revocation_at_once()
    {
        var it = await Case.SendAsync(Exchange);

        var reply = (await it.Clinic.PostAsync(Path, About(it.Person))).Is(200);
        Assert.Equal(("permit", $"Consent/{it.ReferralConsent}", "1"), (reply["decision"], reply["trace[0].consent"], reply["trace[0].version"]));
        Assert.Equal("referral", reply["obligations[0].parameters.exceptAnyOfCodes[0].code"]);
        (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200);
        Assert.Equal("no-consent", (await it.Clinic.PostAsync(Path, About(it.Person))).Is(200)["decision"]);
    }

    [Fact]
    public async Task It_is_replayed_as_of_any_instant_from_what_was_recorded_by_then()
    {
        var it = await Case.OpenAsync(Exchange);
        var before = Exchange.Now;
        await it.ConsentAsync();
        var (during, asked) = (Exchange.Now, (await it.Court.PostAsync(Path, About(it.Person))).Is(200));
        (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200);

        Assert.Equal("no-consent", (await it.Court.PostAsync(Path, About(it.Person).With("asOf", A.Time(before)))).Is(200)["decision"]);
        Assert.Equal(asked.Text, (await it.Court.PostAsync(Path, About(it.Person).With("asOf", A.Time(during)))).Is(200).Text);
        Assert.Equal("no-consent", (await it.Court.PostAsync(Path, About(it.Person))).Is(200)["decision"]);
    }

    [Fact]
    public async Task A_category_and_a_matter_are_asked_of_a_justice_consent()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("attendance");
        async Task<string?> Of(JsonObject body) => (await it.Court.PostAsync(Path, body)).Is(200)["decision"];
        var body = About(it.Person, "juzgado-central", "justice-monitoring");
        static JsonArray Category(string code) => new(new JsonObject { ["system"] = "urn:interop:report-category", ["code"] = code });

        Assert.Equal("permit", await Of(body));
        Assert.Equal("permit", await Of(body.With("request.category", Category("attendance"))));
        Assert.Equal("no-consent", await Of(body.With("request.category", Category("drug-test"))));
        Assert.Equal("permit", await Of(body.With("request.matter", it.Matter.ToString())));
        Assert.Equal("no-consent", await Of(body.With("request.matter", Guid.AllBitsSet.ToString())));
        Assert.Equal("no-consent", await Of(body.With("request.purpose", "treatment").With("request.category", Category("attendance"))));
        Assert.Equal("no-consent", await Of(body.With("request.discloser", "clinica-del-valle")));
    }

    [Fact]
    public async Task Whoever_is_not_party_to_a_consent_is_answered_like_about_nobody()
    {
        var it = await Case.SendAsync(Exchange);
        var nobody = Guid.CreateVersion7(Exchange.Now);
        foreach (var organisation in new[] { "hospital-ajeno", "clinica-del-valle", "fiscalia-central", "contraloria", "observatorio", "admin" })
        {
            var stranger = new Party(Exchange, organisation);
            foreach (var actor in new[] { "centro-esperanza", organisation })
            {
                var (there, nowhere) = (await stranger.PostAsync(Path, About(it.Person, actor)), await stranger.PostAsync(Path, About(nobody, actor)));
                Assert.Equal((200, "no-consent"), (there.Status, there["decision"]));
                Assert.Equal(nowhere.Text, there.Text);
                Assert.Equal(nowhere.Headers.Where(h => h.Key != "Date").Select(h => $"{h.Key}: {string.Join(", ", h.Value)}"), there.Headers.Where(h => h.Key != "Date").Select(h => $"{h.Key}: {string.Join(", ", h.Value)}"));
            }
            Assert.All(await stranger.AuditedAsync(), e => Assert.Equal(("consent.evaluate", "denied"), (e.Operation, e.Outcome)));
        }
    }

    [Fact]
    public async Task The_log_says_who_asked_what_was_answered_and_under_which_consent_and_pack()
    {
        var it = await Case.SendAsync(Exchange);
        (await it.Clinic.PostAsync(Path, About(it.Person))).Is(200);

        var entry = (await it.Clinic.AuditedAsync()).Single(e => e.Operation == "consent.evaluate");
        var canonical = JsonNode.Parse(entry.Canonical)!;

        Assert.Equal(("permitted", it.Person), (entry.Outcome, entry.Person));
        Assert.Equal((it.ReferralConsent.ToString(), "permit", "default/1"), (canonical["consents"]![0]!["id"]!.ToString(), canonical["details"]!["decision"]!.ToString(), canonical["details"]!["pack"]!.ToString()));
        // To ask is not to be told: the accounting of disclosures does not list it.
        Assert.DoesNotContain("consent.evaluate", (await it.Clinic.GetAsync($"/v1/persons/{it.Person}/disclosures")).Is(200).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_law_follows_from_the_discloser_and_the_matter()
    {
        var it = await Case.SendAsync(Exchange, A.Referral().With("matter.jurisdiction", "US-NY"));

        Assert.Equal("us-42cfr2", (await it.Clinic.PostAsync(Path, About(it.Person))).Is(200)["pack.id"]);
    }

    [Fact]
    public async Task A_key_binds_to_its_body_and_what_is_asked_again_is_answered_anew()
    {
        var it = await Case.SendAsync(Exchange);
        var key = ("Idempotency-Key", A.Unique("evaluation"));
        Task<Reply> AskAsync(JsonObject body) => it.Clinic.SendAsync(HttpMethod.Post, Path, Party.Json(body.ToJsonString()), key);

        Assert.Equal("permit", (await AskAsync(About(it.Person))).Is(200)["decision"]);
        (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200);
        Assert.Equal("no-consent", (await AskAsync(About(it.Person))).Is(200)["decision"]);
        (await AskAsync(Asked())).Refuses(422, "Idempotency-Key idempotency.mismatch");
    }

    [Fact]
    public async Task Nothing_asked_is_answered_by_no_consent() => Assert.Equal("no-consent", (await new Clinic(Exchange).PostAsync(Path, Asked())).Is(200)["decision"]);

    [Fact]
    public async Task Five_hundred_levels_are_answered_and_five_thousand_refused()
    {
        static HttpContent Deep(int levels) => Party.Json(Inline("\"#\"").ToJsonString().Replace("\"#\"", string.Concat(Enumerable.Repeat("{\"type\":\"permit\",\"provision\":[", levels)) + "{\"type\":\"deny\"}" + string.Concat(Enumerable.Repeat("]}", levels)), StringComparison.Ordinal));

        Assert.Equal("deny", (await new Clinic(Exchange).SendAsync(HttpMethod.Post, Path, Deep(500))).Is(200)["decision"]);
        (await new Clinic(Exchange).SendAsync(HttpMethod.Post, Path, Deep(5000))).Refuses(400, " json.syntax");
    }

    [Fact]
    public async Task Whoever_may_not_evaluate_is_told_so_before_anything_is_read()
    {
        var clinic = new Party(Exchange, "centro-esperanza") { Scope = "referrals:read" };

        (await clinic.PostAsync(Path, Asked())).Is(403);
    }
}

public sealed class EvaluationOnSqlite(SqliteExchange shared) : EvaluationTests(shared);

public sealed class EvaluationOnPostgreSql(PostgreSqlExchange shared) : EvaluationTests(shared);
