using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Consent;
using Interop.Consent.Evaluation;
using Interop.Consent.Packs;

namespace Interop.Benchmarks;

/// <summary>The consent engine in process, on one core: decisions a second, bytes allocated by one, and how the cost grows with provisions.</summary>
static class EngineFigure
{
    const double Target = 1_000_000;

    static readonly TimeSpan s_each = TimeSpan.FromSeconds(1);

    public static void Print()
    {
        Console.WriteLine("| one consent with | about | decisions a second | ns a provision | bytes a decision | target |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var provisions in new[] { 5, 50, 500, 5000 })
        {
            var (request, resource) = (Read(provisions, withResource: false), Read(provisions, withResource: true));
            Row(provisions, "a request", () => Evaluator.Decide(request.Consents, request.Question));
            Row(provisions, "a resource", () => Evaluator.Decide(resource.Consents, resource.Question, resource.Items[0]));
            if (provisions == 5)
                Row(provisions, "a request, with obligations and trace", () => { Evaluator.Evaluate(request.Consents, request.Question, [], request.Pack); return default; });
        }
    }

    static void Row(int provisions, string about, Func<Conclusion> decide)
    {
        Measure(decide, TimeSpan.FromSeconds(0.5)); // warm
        var (perSecond, bytes) = Enumerable.Range(0, 3).Select(_ => Measure(decide, s_each)).OrderBy(m => m.PerSecond).ElementAt(1);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {provisions} provisions | {about} | {perSecond:N0} | {1e9 / perSecond / provisions:N1} | {bytes:N1} | {(provisions == 5 && !about.Contains("trace", StringComparison.Ordinal) ? $"≥ {Target:N0}, 0 bytes" : "")} |"));
    }

    /// <summary>By the processor's time, not the wall's: a core that others use meanwhile is not the engine's.</summary>
    static (double PerSecond, double Bytes) Measure(Func<Conclusion> decide, TimeSpan time)
    {
        var (begun, allocated, count) = (Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread(), 0L);
        while (Environment.CpuUsage.TotalTime - begun < time)
            for (var i = 0; i < 100; i++, count++)
                decide();
        return (count / (Environment.CpuUsage.TotalTime - begun).TotalSeconds, (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / count);
    }

    /// <summary>A consent as they are met: for a clinic and treatment, less what is restricted, with an exception for one purpose, and more of the kind.</summary>
    static Material Read(int provisions, bool withResource)
    {
        static JsonObject Coding(string system, string code) => new() { ["system"] = system, ["code"] = code };
        static JsonArray Actor(string id) => new(new JsonObject { ["reference"] = new JsonObject { ["reference"] = $"Organization/{id}" } });
        var nested = new JsonArray();
        for (var i = 0; nested.Count < provisions - 1; i++)
            nested.Add((i % 4) switch
            {
                0 => new JsonObject { ["type"] = "deny", ["securityLabel"] = new JsonArray(Coding(CodeSystems.ActCode, "HIV")) },
                1 => new JsonObject { ["type"] = "deny", ["actor"] = Actor($"other-{i}") },
                2 => new JsonObject { ["type"] = "permit", ["purpose"] = new JsonArray(Coding(CodeSystems.ActReason, "ETREAT")) },
                _ => new JsonObject { ["type"] = "deny", ["class"] = new JsonArray(Coding(CodeSystems.ResourceTypes, "DocumentReference")), ["securityLabel"] = new JsonArray(Coding(CodeSystems.Confidentiality, "R")) },
            });
        var consent = new JsonObject
        {
            ["resourceType"] = "Consent",
            ["status"] = "active",
            ["provision"] = new JsonObject
            {
                ["type"] = "permit",
                ["period"] = new JsonObject { ["start"] = "2026", ["end"] = "2027" },
                ["actor"] = Actor("clinic"),
                ["purpose"] = new JsonArray(Coding(CodeSystems.ActReason, "TREAT")),
                ["provision"] = nested,
            },
        };
        var organisations = Enumerable.Range(0, provisions).Select(i => $"other-{i}").Append("clinic")
            .Select(id => (JsonNode)new JsonObject { ["resourceType"] = "Organization", ["id"] = id, ["identifier"] = new JsonArray(new JsonObject { ["system"] = "urn:x", ["value"] = id }) });
        var body = new JsonObject
        {
            ["asOf"] = "2026-11-24T12:00:00Z",
            ["consents"] = new JsonArray(consent),
            ["context"] = new JsonArray([.. organisations]),
            ["request"] = new JsonObject { ["actor"] = new JsonArray(new JsonObject { ["system"] = "urn:x", ["value"] = "clinic" }), ["purpose"] = "treatment" },
        };
        if (withResource)
            body["resources"] = new JsonArray(new JsonObject
            {
                ["resourceType"] = "Observation",
                ["id"] = "1",
                ["meta"] = new JsonObject { ["security"] = new JsonArray(Coding(CodeSystems.Confidentiality, "N")) },
                ["code"] = new JsonObject { ["coding"] = new JsonArray(Coding("http://loinc.org", "85354-9")) },
            });
        return EvaluationRequest.Read(JsonDocument.Parse(body.ToJsonString()).RootElement).Value!.Read(DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc, PackShelf.Load(null)).Value!;
    }
}
