using System.Text.Json;

namespace Interop.Audit;

/// <summary>What an entry says beyond its columns, from the text that the log proves. Nothing where that was erased.</summary>
internal sealed record EntryFacts(IReadOnlyList<ReliedConsent> Consents, string? Token, string? Address, JsonElement Details)
{
    public static EntryFacts Of(AuditEntry entry)
    {
        if (entry.Body is not { } body)
            return new([], null, null, default);
        var facts = JsonElement.Parse(body.Canonical);
        return new(
            facts.TryGetProperty("consents", out var consents) ? [.. consents.EnumerateArray().Select(c => new ReliedConsent(c.GetProperty("id").GetGuid(), c.GetProperty("version").GetInt32()))] : [],
            Text(facts, "token"), Text(facts, "address"),
            facts.TryGetProperty("details", out var details) ? details : default);
    }

    /// <summary>A further fact that is text.</summary>
    public string? Detail(string name) => Details.ValueKind is JsonValueKind.Object ? Text(Details, name) : null;

    static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
