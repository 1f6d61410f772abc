using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Consent;

/// <summary>
/// What only somebody who means harm writes is answered at every door, and clearly: rings of groups, ten thousand provisions, five
/// hundred levels, codes that nobody knows, periods that end before they begin. No storage is involved.
/// </summary>
public sealed class HostileEvaluationTests(SqliteExchange shared) : ExchangeTests(shared)
{
    const string Actor = """{"system":"urn:x","value":"1"}""";

    static string Consent(string provision) => $$"""{"resourceType":"Consent","id":"c","status":"active","provision":{{provision}} }""";

    static string Nested(int levels) =>
        string.Concat(Enumerable.Repeat("{\"type\":\"permit\",\"provision\":[", levels)) + "{\"type\":\"deny\"}" + string.Concat(Enumerable.Repeat("]}", levels));

    static string Many(int provisions) =>
        $"{{\"type\":\"permit\",\"provision\":[{string.Join(',', Enumerable.Range(0, provisions).Select(i => $"{{\"type\":\"deny\",\"purpose\":[{{\"code\":\"P{i}\"}}]}}"))}]}}";

    /// <summary>Each a member of the one before, the first of the last; and where it is asked for, who asks of the last.</summary>
    static string Ring(int groups, bool withActor) => string.Join(',', Enumerable.Range(0, groups).Select(i => new JsonObject
    {
        ["resourceType"] = "Group",
        ["id"] = $"{i}",
        ["member"] = new JsonArray(
        [
            new JsonObject { ["entity"] = new JsonObject { ["reference"] = $"Group/{(i + 1) % groups}" } },
            .. withActor && i == groups - 1 ? [new JsonObject { ["entity"] = new JsonObject { ["identifier"] = JsonNode.Parse(Actor) } }] : Array.Empty<JsonNode>(),
        ]),
    }.ToJsonString()));

    public static TheoryData<string, string, string, string> Answered => new()
    {
        { "five hundred levels", Nested(500), "", "deny" },
        { "ten thousand provisions", Many(10_000), "", "permit" },
        { "a ring of groups", """{"type":"permit","actor":[{"reference":{"reference":"Group/7"}}]}""", Ring(2000, withActor: false), "no-consent" },
        { "a ring with the one who asks in it", """{"type":"permit","actor":[{"reference":{"reference":"Group/7"}}]}""", Ring(2000, withActor: true), "permit" },
        { "a group that is its own member, denied", """{"type":"permit","provision":[{"type":"deny","actor":[{"reference":{"reference":"Group/0"}}]}]}""", Ring(1, withActor: true), "deny" },
        { "a period that ends before it begins", """{"type":"permit","period":{"start":"2027","end":"2026"}}""", "", "no-consent" },
        { "one within, of a permit", """{"type":"deny","provision":[{"type":"permit","period":{"start":"2027-01-02","end":"2027-01-01"}}]}""", "", "deny" },
        { "a purpose that nobody knows", """{"type":"permit","purpose":[{"system":"urn:nobody","code":"\u0000☃"}]}""", "", "no-consent" },
        { "an action and a label that nobody knows, denied", """{"type":"permit","provision":[{"type":"deny","action":[{"coding":[{"code":"??"}]}],"securityLabel":[{"code":"??"}]}]}""", "", "permit" },
        { "nobody in particular", """{"type":"permit","actor":[{"reference":{}}]}""", "", "no-consent" },
    };

    [Theory]
    [MemberData(nameof(Answered))]
    public async Task It_is_decided_alike_at_every_door(string what, string provision, string context, string decision)
    {
        var clinic = new Clinic(Exchange);
        var (consents, around) = ($"[{Consent(provision)}]", $"[{context}]");

        var evaluation = await PostAsync("/v1/consents/evaluation", $$"""{"consents":{{consents}},"context":{{around}},"request":{"actor":[{{Actor}}],"purpose":"TREAT"} }""");
        var access = await PostAsync("/access/v1/evaluation",
            $$"""{"subject":{"type":"organization","id":"o","properties":{"identifier":[{{Actor}}]} },"action":{"name":"read"},"resource":{"type":"person","id":"nobody"},"context":{"purpose":"TREAT","consents":{{consents}},"context":{{around}} } }""");
        var card = await PostAsync("/cds-services/patient-consent-consult",
            $$"""{"hook":"patient-consent-consult","hookInstance":"1","context":{"patientId":[{"system":"urn:x","value":"nobody"}],"purposeOfUse":"TREAT","actor":[{{Actor}}]},"prefetch":{"consents":{{consents}},"context":{{around}} } }""");

        Assert.Equal((what, decision, decision), (what, evaluation["decision"], access["context.decision"]));
        Assert.Equal(decision switch { "permit" => "CONSENT_PERMIT", "deny" => "CONSENT_DENY", _ => "NO_CONSENT" }, card["cards[0].extension.decision"]);
        // Whoever is denied is told why, and nobody is told without end.
        var trace = evaluation.Json!["trace"]!.AsArray();
        Assert.InRange(trace.Count, 1, 1001);
        Assert.All(trace, t => Assert.False(string.IsNullOrWhiteSpace(t!["text"]!.ToString())));

        async Task<Reply> PostAsync(string path, string body) => (await clinic.SendAsync(HttpMethod.Post, path, Party.Json(body))).Is(200);
    }

    [Theory]
    [InlineData("""{"type":"permit","period":{"start":"2027","end":"2026"}}""", "not-in-force")]
    [InlineData("""{"type":"deny","provision":[{"type":"permit","period":{"start":"2027-01-02","end":"2027-01-01"}}]}""", "period")]
    [InlineData("""{"type":"permit","purpose":[{"system":"urn:nobody","code":"NO-SUCH"}]}""", "purpose")]
    [InlineData("""{"type":"permit","actor":[{"reference":{"reference":"Group/missing"}}]}""", "actor")]
    public async Task The_trace_says_which_constraint_was_not_met(string provision, string reason)
    {
        var reply = (await new Clinic(Exchange).SendAsync(HttpMethod.Post, "/v1/consents/evaluation",
            Party.Json($$"""{"consents":[{{Consent(provision)}}],"request":{"actor":[{{Actor}}],"purpose":"TREAT"} }"""))).Is(200);

        Assert.Contains(reply.Json!["trace"]!.AsArray(), t => t!["reason"]!.ToString() == reason);
    }

    [Theory]
    [InlineData("""{"type":"perhaps"}""", "consents[0].provision.type code.unknown")]
    [InlineData("""{"type":"permit","provision":[{}]}""", "consents[0].provision.provision[0].type required")]
    [InlineData("""{"type":"permit","period":{"start":"2026-13"}}""", "consents[0].provision.period.start type.fhir-date")]
    [InlineData("""{"type":"permit","data":[{"meaning":"nearby","reference":{"reference":"X/1"}}]}""", "consents[0].provision.data[0].meaning code.unknown")]
    public async Task What_cannot_be_read_is_refused_with_its_place(string provision, string fault) =>
        (await new Clinic(Exchange).SendAsync(HttpMethod.Post, "/v1/consents/evaluation", Party.Json($$"""{"consents":[{{Consent(provision)}}],"request":{"actor":[{{Actor}}],"purpose":"TREAT"} }""")))
            .Refuses(422, fault);

    [Fact]
    public async Task More_than_the_limits_is_refused_by_their_names()
    {
        var clinic = new Clinic(Exchange);
        Task<Reply> AskAsync(string provision, string more = "") => clinic.SendAsync(HttpMethod.Post, "/v1/consents/evaluation",
            Party.Json($$"""{"consents":[{{Consent(provision)}}],"request":{"actor":[{{Actor}}],"purpose":"TREAT"}{{more}} }"""));

        (await AskAsync(Nested(1001))).Refuses(422, $"consents[0].provision{string.Concat(Enumerable.Repeat(".provision[0]", 1000))}.provision consent.too-deep");
        (await AskAsync(Many(10_000), $",\"resources\":[{string.Join(',', Enumerable.Repeat("""{"resourceType":"Basic"}""", 999))}]")).Refuses(422, " evaluation.too-much");
        Assert.Equal("permit", (await AskAsync("""{"type":"permit"}""")).Is(200)["decision"]); // and goes on
    }
}
