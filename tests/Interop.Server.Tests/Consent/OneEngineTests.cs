using System.Text.Json.Nodes;
using Interop.Server.Tests.World;
using Interop.Tests.Consent;

namespace Interop.Server.Tests.Consent;

/// <summary>
/// One engine behind every door: the same questions at random, asked at each. That the answers are right is shown in
/// Interop.Tests; no storage is involved, so one engine's is enough.
/// </summary>
public sealed class OneEngineTests(SqliteExchange shared) : ExchangeTests(shared)
{
    const int Questions = 1000;

    [Fact]
    public async Task Every_door_answers_a_thousand_questions_alike()
    {
        var seed = Random.Shared.Next();
        var clinic = new Clinic(Exchange);
        await clinic.TokenAsync();
        var cases = Enumerable.Range(0, Questions).Select(i => Simple(new Imagined(unchecked(seed + i)).Case())).ToList();
        var access = new List<string>();
        foreach (var some in cases.Chunk(100))
            access.AddRange((await clinic.PostAsync("/access/v1/evaluations", new() { ["evaluations"] = new JsonArray([.. some.Select(c => (JsonNode)Access(c))]) })).Is(200)
                .Json!["evaluations"]!.AsArray().Select(e => e!["context"]!["decision"]?.ToString() ?? e.ToJsonString()));

        await Parallel.ForEachAsync(cases.Index(), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (one, _) =>
        {
            var (i, c) = one;
            var evaluation = (await clinic.PostAsync("/v1/consents/evaluation", c.ToJson())).Is(200);
            var card = (await clinic.PostAsync("/cds-services/patient-consent-consult", Hook(c))).Is(200);
            var what = $"seed {seed}, question {i}: {c.ToJson().ToJsonString()}";
            Assert.True(Cds(evaluation["decision"]!) == card["cards[0].extension.decision"], what);
            Assert.True(evaluation.Json!["obligations"]!.ToJsonString() == card.Json!["cards"]![0]!["extension"]!["obligations"]!.ToJsonString(), what);
            Assert.True((c.Resources.Count > 0 ? evaluation["resources[0].decision"] : evaluation["decision"]) == access[i], what);
            if (c.Resources.Count > 0)
                Assert.True(evaluation.Json["resources"]!.ToJsonString() == card.Json["cards"]![0]!["extension"]!["resources"]!.ToJsonString(), what);
        });
        Assert.Equal(3, access.Distinct().Count()); // permit, deny and no-consent are among them
    }

    /// <summary>What every door can ask: one actor, and no action, which CDS Hooks has none of.</summary>
    static WrittenCase Simple(WrittenCase c) => c with
    {
        Question = c.Question with { Actors = [c.Question.Actors[0]], Action = null, Classes = c.Resources.Count > 0 ? [] : c.Question.Classes },
        Consents = [.. c.Consents.Select(consent => consent with { Root = consent.Root is null ? null : WithoutActions(consent.Root) })],
    };

    static WrittenProvision WithoutActions(WrittenProvision p) => p with { Actions = [], Children = [.. p.Children.Select(WithoutActions)] };

    static string Cds(string decision) => decision switch { "permit" => "CONSENT_PERMIT", "deny" => "CONSENT_DENY", _ => "NO_CONSENT" };

    static JsonObject Hook(WrittenCase c)
    {
        var asked = c.ToJson();
        var request = asked["request"]!.AsObject();
        var context = new JsonObject
        {
            ["patientId"] = new JsonArray(new JsonObject { ["system"] = "urn:x", ["value"] = "nobody" }),
            ["purposeOfUse"] = request["purpose"]!.DeepClone(),
            ["actor"] = request["actor"]!.DeepClone(),
            ["asOf"] = c.Question.AsOf,
        };
        foreach (var member in (string[])["class", "category"])
            context.Put(member, request[member]?.DeepClone());
        if (asked["resources"] is JsonArray resources)
            context["content"] = new JsonObject { ["resourceType"] = "Bundle", ["entry"] = new JsonArray([.. resources.Select(r => new JsonObject { ["resource"] = r!.DeepClone() })]) };
        return new()
        {
            ["hook"] = "patient-consent-consult",
            ["hookInstance"] = "1",
            ["context"] = context,
            // What is asked about is known to the evaluation as something that references can lead to.
            ["prefetch"] = new JsonObject { ["consents"] = asked["consents"]!.DeepClone(), ["context"] = asked["context"]!.DeepClone() },
        };
    }

    static JsonObject Access(WrittenCase c)
    {
        var asked = c.ToJson();
        var (request, who) = (asked["request"]!.AsObject(), c.Question.Actors[0]);
        var properties = new JsonObject();
        if (who.Role is not null)
            properties["role"] = request["actor"]![0]!["role"]!.DeepClone();
        if (request["actor"]![0]!["system"] is not null)
            properties["identifier"] = new JsonArray(request["actor"]![0]!.DeepClone());
        var reference = (request["actor"]![0]!["reference"]?.ToString() ?? "Organization/unheard-of").Split('/');
        var context = new JsonObject { ["purpose"] = request["purpose"]!.DeepClone(), ["asOf"] = c.Question.AsOf, ["consents"] = asked["consents"]!.DeepClone(), ["context"] = asked["context"]!.DeepClone() };
        context.Put("category", request["category"]?.DeepClone());
        var resource = new JsonObject { ["type"] = "person", ["id"] = "nobody" };
        if (c.Resources.Count > 0)
        {
            // The others are what references of the consents can lead to.
            foreach (var other in asked["resources"]!.AsArray().Skip(1))
                context["context"]!.AsArray().Add(other!.DeepClone());
            resource = new() { ["type"] = c.Resources[0].Type, ["id"] = c.Resources[0].Id, ["properties"] = new JsonObject { ["resource"] = asked["resources"]![0]!.DeepClone() } };
        }
        else if (c.Question.Classes.Count > 0)
            resource["type"] = request["class"]![0]!["code"]!.ToString();
        return new()
        {
            ["subject"] = new JsonObject { ["type"] = reference[0].ToLowerInvariant(), ["id"] = reference[1], ["properties"] = properties },
            ["action"] = new JsonObject { ["name"] = "read" },
            ["resource"] = resource,
            ["context"] = context,
        };
    }
}
