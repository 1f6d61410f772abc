using System.Text.Json.Nodes;

namespace Interop.Tests.Consent;

/// <summary>What a partner writes: consents, resources and a question, as plain values that tests make, change and shrink.</summary>
public sealed record WrittenProvision
{
    public string? Type { get; init; }
    public (string? Start, string? End)? Period { get; init; }
    public IReadOnlyList<WrittenActor> Actors { get; init; } = [];
    public IReadOnlyList<string> Actions { get; init; } = [];
    public IReadOnlyList<string> Labels { get; init; } = [];
    public IReadOnlyList<string> Purposes { get; init; } = [];
    public IReadOnlyList<string> Classes { get; init; } = [];
    public IReadOnlyList<string> Codes { get; init; } = [];
    public (string? Start, string? End)? DataPeriod { get; init; }
    public IReadOnlyList<(string Meaning, string Reference)> Data { get; init; } = [];
    public IReadOnlyList<WrittenProvision> Children { get; init; } = [];

    public JsonObject ToJson() => new JsonObject()
        .Put("type", Type)
        .Put("period", Json.Period(Period))
        .Put("actor", Json.List(Actors, a => a.ToJson()))
        .Put("action", Json.List(Actions, a => Json.Concept(a)))
        .Put("securityLabel", Json.List(Labels, Json.Coding))
        .Put("purpose", Json.List(Purposes, Json.Coding))
        .Put("class", Json.List(Classes, Json.Coding))
        .Put("code", Json.List(Codes, c => Json.Concept(c)))
        .Put("dataPeriod", Json.Period(DataPeriod))
        .Put("data", Json.List(Data, d => new JsonObject { ["meaning"] = d.Meaning, ["reference"] = new JsonObject { ["reference"] = d.Reference } }))
        .Put("provision", Json.List(Children, c => c.ToJson()));
}

/// <param name="Who">A reference (<c>Organization/a</c>) or an identifier (<c>urn:x|A</c>).</param>
public sealed record WrittenActor(string? Role, string Who)
{
    public JsonObject ToJson() => new JsonObject()
        .Put("role", Role is null ? null : Json.Concept(Role))
        .Put("reference", Who.Contains('|', StringComparison.Ordinal) ? new JsonObject { ["identifier"] = Json.Identifier(Who) } : new JsonObject { ["reference"] = Who });
}

public sealed record WrittenConsent
{
    public string Id { get; init; } = "c";
    public string Status { get; init; } = "active";
    public string? PolicyRule { get; init; }
    public IReadOnlyList<string> Scopes { get; init; } = ["patient-privacy"];
    public bool ScopeInCategory { get; init; }
    public bool IsJustice { get; init; }

    /// <summary>The hours by which the person's clock differs from UTC; null: it does not say.</summary>
    public int? Offset { get; init; }
    public WrittenProvision? Root { get; init; }

    public JsonObject ToJson()
    {
        var categories = (ScopeInCategory ? Scopes : []).Select(s => Json.Concept($"scope|{s}")).ToList();
        if (IsJustice)
            categories.Add(Json.Concept("urn:interop:consent-kind|justice-monitoring"));
        return new JsonObject { ["resourceType"] = "Consent", ["id"] = Id, ["status"] = Status, ["meta"] = new JsonObject { ["versionId"] = "7" } }
            .Put("scope", ScopeInCategory || Scopes.Count == 0 ? null : new JsonObject { ["coding"] = new JsonArray([.. Scopes.Select(s => Json.Coding($"scope|{s}"))]) })
            .Put("category", categories.Count == 0 ? null : new JsonArray([.. categories]))
            .Put("dateTime", Offset is { } o ? $"2025-12-31T08:00:00{(o < 0 ? '-' : '+')}{Math.Abs(o):00}:00" : null)
            .Put("policyRule", PolicyRule is null ? null : Json.Concept($"act|{PolicyRule}"))
            .Put("provision", Root?.ToJson());
    }
}

public sealed record WrittenResource
{
    public required string Type { get; init; }
    public required string Id { get; init; }
    public IReadOnlyList<string> Labels { get; init; } = [];
    public IReadOnlyList<string> Codes { get; init; } = [];
    public string? Date { get; init; }
    public IReadOnlyList<string> RefersTo { get; init; } = [];
    public string? Author { get; init; }

    public string Reference => $"{Type}/{Id}";

    public JsonObject ToJson() => new JsonObject { ["resourceType"] = Type, ["id"] = Id }
        .Put("meta", Labels.Count == 0 ? null : new JsonObject { ["security"] = Json.List(Labels, Json.Coding) })
        .Put("code", Codes.Count == 0 ? null : Json.Concept([.. Codes]))
        .Put("effectiveDateTime", Date)
        .Put("basedOn", Json.List(RefersTo, r => new JsonObject { ["reference"] = r }))
        .Put("performer", Author is null ? null : new JsonArray(new JsonObject { ["reference"] = Author }));
}

public sealed record WrittenQuestion
{
    public string AsOf { get; init; } = "2026-01-03T12:00:00Z";
    public IReadOnlyList<WrittenActor> Actors { get; init; } = [new(null, "Organization/a")];
    public string Purpose { get; init; } = "TREAT";
    public string? Action { get; init; }
    public IReadOnlyList<string> Classes { get; init; } = [];
    public IReadOnlyList<string> Categories { get; init; } = [];

    public JsonObject ToJson() => new JsonObject()
        .Put("actor", Json.List(Actors, a => (a.Who.Contains('|', StringComparison.Ordinal) ? Json.Identifier(a.Who) : new JsonObject { ["reference"] = a.Who }).Put("role", a.Role is null ? null : Json.Coding(a.Role))))
        .Put("purpose", Purpose.Contains('|', StringComparison.Ordinal) ? Json.Coding(Purpose) : JsonValue.Create(Purpose))
        .Put("action", Action)
        .Put("class", Json.List(Classes, Json.Coding))
        .Put("category", Json.List(Categories, Json.Coding));
}

/// <summary>One whole request to <c>POST /v1/consents/evaluation</c>.</summary>
public sealed record WrittenCase
{
    public IReadOnlyList<WrittenConsent> Consents { get; init; } = [];
    public WrittenQuestion Question { get; init; } = new();
    public IReadOnlyList<WrittenResource> Resources { get; init; } = [];

    /// <summary>What references lead to; the same for every case, so that the naive evaluator can know it by heart.</summary>
    public static JsonArray Context => new(
        new JsonObject { ["resourceType"] = "Organization", ["id"] = "a", ["identifier"] = new JsonArray(Json.Identifier("urn:x|A")) },
        new JsonObject { ["resourceType"] = "Organization", ["id"] = "b", ["identifier"] = new JsonArray(Json.Identifier("urn:x|B")) },
        Group("g", "Organization/a"), Group("h", "Group/g", "Group/h", "Practitioner/p"), Group("k", "Organization/b", "Group/missing"));

    public JsonObject ToJson() => new JsonObject
    {
        ["asOf"] = Question.AsOf,
        ["consents"] = new JsonArray([.. Consents.Select(c => c.ToJson())]),
        ["context"] = Context,
        ["request"] = Question.ToJson(),
    }.Put("resources", Json.List(Resources, r => r.ToJson()));

    static JsonObject Group(string id, params string[] members) => new()
    {
        ["resourceType"] = "Group",
        ["id"] = id,
        ["actual"] = true,
        ["member"] = new JsonArray([.. members.Select(m => new JsonObject { ["entity"] = new JsonObject { ["reference"] = m } })]),
    };
}

static class Json
{
    static readonly Dictionary<string, string> s_systems = new()
    {
        ["conf"] = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
        ["act"] = "http://terminology.hl7.org/CodeSystem/v3-ActCode",
        ["reason"] = "http://terminology.hl7.org/CodeSystem/v3-ActReason",
        ["scope"] = "http://terminology.hl7.org/CodeSystem/consentscope",
        ["type"] = "http://hl7.org/fhir/resource-types",
        ["action"] = "http://terminology.hl7.org/CodeSystem/consentaction",
        ["loinc"] = "http://loinc.org",
        ["ours"] = "urn:interop:purpose",
        ["role"] = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
    };

    public static JsonObject Put(this JsonObject json, string name, JsonNode? value)
    {
        if (value is not null)
            json[name] = value;
        return json;
    }

    public static JsonObject Coding(string code)
    {
        var (system, value) = Split(code);
        return new JsonObject().Put("system", system.Length == 0 ? null : s_systems.GetValueOrDefault(system, system)).Put("code", value);
    }

    public static JsonObject Identifier(string identifier)
    {
        var (system, value) = Split(identifier);
        return new JsonObject { ["system"] = system, ["value"] = value };
    }

    public static JsonObject Concept(params string[] codes) => new() { ["coding"] = new JsonArray([.. codes.Select(Coding)]) };

    public static JsonNode? List<T>(IReadOnlyList<T> items, Func<T, JsonObject> write) => items.Count == 0 ? null : new JsonArray([.. items.Select(write)]);

    public static JsonNode? Period((string? Start, string? End)? period) => period is var (start, end) ? new JsonObject().Put("start", start).Put("end", end) : null;

    public static (string System, string Value) Split(string code) => code.IndexOf('|', StringComparison.Ordinal) is >= 0 and var bar ? (code[..bar], code[(bar + 1)..]) : ("", code);
}
