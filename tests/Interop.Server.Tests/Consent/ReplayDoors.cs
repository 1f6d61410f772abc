using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Consent;

/// <summary>A door that decides on stored consents as of now, and how its decision is found again in a replay at `/v1/consents/evaluation`.</summary>
/// <param name="Ask">A question of that evaluation in the door's own terms.</param>
/// <param name="Question">The evaluation's question that asks as much as the door can.</param>
/// <param name="Told">What of the door's answer is decision, obligations, pack and trace.</param>
/// <param name="Again">The same of the replay.</param>
internal sealed record ReplayDoor(string Path, Func<JsonObject, JsonObject> Ask, Func<JsonObject, JsonObject> Question, Func<JsonNode, JsonNode> Told, Func<JsonNode, JsonNode> Again);

internal static class ReplayDoors
{
    static readonly ReplayDoor s_evaluation = new("/v1/consents/evaluation", q => q, q => q, answer => answer, again => again);

    /// <summary>Tells of the resource that came along, and of the trace what decided.</summary>
    static readonly ReplayDoor s_access = new("/access/v1/evaluation", Access, AsAccess, answer => Untold(answer["context"]!), OfAccess);

    static readonly ReplayDoor s_accesses = s_access with
    {
        Path = "/access/v1/evaluations",
        Ask = q => new() { ["evaluations"] = new JsonArray(Access(q)), ["options"] = new JsonObject { ["evaluations_semantic"] = "deny_on_first_deny" } },
        Told = answer => Untold(answer.At("evaluations[0].context")!),
    };

    /// <summary>Knows neither matter nor discloser.</summary>
    static readonly ReplayDoor s_hook = new("/cds-services/patient-consent-consult", Hook, q => q.Without("request.matter").Without("request.discloser"), OfCard, again => new JsonObject
    {
        ["decision"] = again["decision"]!.ToString() switch { "permit" => "CONSENT_PERMIT", "deny" => "CONSENT_DENY", _ => "NO_CONSENT" },
        ["obligations"] = again["obligations"]!.DeepClone(),
        ["resources"] = again["resources"]!.DeepClone(),
        ["pack"] = again["pack"]!.DeepClone(),
    });

    public static IReadOnlyList<ReplayDoor> All { get; } = [s_evaluation, s_access, s_accesses, s_hook];

    static JsonObject Access(JsonObject q)
    {
        var (request, resource) = (q["request"]!, q["resources"]![0]!);
        var context = new JsonObject { ["purpose"] = request["purpose"]!.DeepClone(), ["matter"] = request["matter"]!.DeepClone() };
        if (request["discloser"] is { } discloser)
            context["discloser"] = discloser.DeepClone();
        return new()
        {
            ["subject"] = new JsonObject { ["type"] = "organization", ["id"] = request.At("actor[0].value")!.ToString() },
            ["action"] = new JsonObject { ["name"] = "read" },
            ["resource"] = new JsonObject { ["type"] = "observation", ["id"] = "1", ["properties"] = new JsonObject { ["person"] = q["person"]!.DeepClone(), ["resource"] = resource.DeepClone() } },
            ["context"] = context,
        };
    }

    /// <summary>AuthZEN names the subject by a reference, and what is done to which class of data.</summary>
    static JsonObject AsAccess(JsonObject q) => q
        .With("request.actor", new JsonArray(new JsonObject { ["reference"] = $"Organization/{q.At("request.actor[0].value")}" }))
        .With("request.action", "access")
        .With("request.class", new JsonArray(new JsonObject { ["system"] = "http://hl7.org/fhir/resource-types", ["code"] = "Observation" }));

    /// <summary>The words for whoever reads them say the decision again.</summary>
    static JsonObject Untold(JsonNode context)
    {
        var told = context.DeepClone().AsObject();
        told.Remove("reason_user");
        return told;
    }

    static JsonNode OfAccess(JsonNode again)
    {
        var decision = again.At("resources[0].decision")!.ToString();
        return new JsonObject
        {
            ["decision"] = decision,
            ["obligations"] = again["obligations"]!.DeepClone(),
            ["trace"] = new JsonArray([.. again["trace"]!.AsArray().Where(t => t!["reason"]!.ToString() == "decided").Select(t => t!.DeepClone())]),
            ["pack"] = again["pack"]!.DeepClone(),
        };
    }

    static JsonObject Hook(JsonObject q) => new()
    {
        ["hook"] = "patient-consent-consult",
        ["hookInstance"] = "1",
        ["context"] = new JsonObject
        {
            ["patientId"] = q["person"]!.DeepClone(),
            ["purposeOfUse"] = q.At("request.purpose")!.DeepClone(),
            ["actor"] = q.At("request.actor")!.DeepClone(),
            ["content"] = q.At("resources[0]")!.DeepClone(),
        },
    };

    static JsonNode OfCard(JsonNode answer)
    {
        var told = answer.At("cards[0].extension")!.DeepClone().AsObject();
        told.Remove("basedOn"); // the log names it too, and is held against the replay
        return told;
    }
}
