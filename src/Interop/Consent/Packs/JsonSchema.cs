using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Interop.Consent.Packs;

/// <summary>As much of JSON Schema 2020-12 as the packs' schema uses. A keyword that it does not know is an error of the schema.</summary>
internal sealed class JsonSchema(JsonElement root)
{
    public IEnumerable<(string Place, string Fault)> Faults(JsonElement value) => Faults(root, value, "");

    IEnumerable<(string Place, string Fault)> Faults(JsonElement schema, JsonElement value, string place) =>
        schema.EnumerateObject().SelectMany(rule => Faults(schema, rule.Name, rule.Value, value, place));

    IEnumerable<(string Place, string Fault)> Faults(JsonElement schema, string keyword, JsonElement rule, JsonElement value, string place) => keyword switch
    {
        "$schema" or "$id" or "$defs" or "title" or "description" => [],
        "$ref" => Faults(Resolve(rule.GetString()!), value, place),
        "type" => Unless(Words(rule).Contains(TypeOf(value)), place, $"must be {string.Join(" or ", Words(rule))}"),
        "enum" => Unless(rule.EnumerateArray().Any(e => JsonElement.DeepEquals(e, value)), place, $"must be one of {rule.GetRawText()}"),
        "pattern" => Unless(!IsText(value, out var text) || Regex.IsMatch(text, rule.GetString()!, RegexOptions.ECMAScript), place, $"must match {rule.GetString()}"),
        "minLength" => Unless(!IsText(value, out var text) || text.Length >= rule.GetInt32(), place, "must not be empty"),
        "minimum" => Unless(value.ValueKind is not JsonValueKind.Number || value.GetDouble() >= rule.GetDouble(), place, $"must be at least {rule.GetRawText()}"),
        "format" => Unless(!IsText(value, out var text) || HasFormat(rule.GetString()!, text), place, $"must be a {rule.GetString()}"),
        "items" => value.ValueKind is JsonValueKind.Array ? value.EnumerateArray().Index().SelectMany(i => Faults(rule, i.Item, $"{place}/{i.Index}")) : [],
        "anyOf" => rule.EnumerateArray().Any(one => !Faults(one, value, place).Any()) ? [] : Faults(rule.EnumerateArray().Last(), value, place),
        "required" => value.ValueKind is JsonValueKind.Object
            ? rule.EnumerateArray().Select(n => n.GetString()!).Where(n => !value.TryGetProperty(n, out _)).Select(n => ($"{place}/{n}", "is missing")) : [],
        "properties" => value.ValueKind is JsonValueKind.Object
            ? rule.EnumerateObject().Where(p => value.TryGetProperty(p.Name, out _)).SelectMany(p => Faults(p.Value, value.GetProperty(p.Name), $"{place}/{p.Name}")) : [],
        "additionalProperties" => value.ValueKind is JsonValueKind.Object
            ? value.EnumerateObject().Where(m => !schema.GetProperty("properties").TryGetProperty(m.Name, out _)).Select(m => ($"{place}/{m.Name}", "is not a member of a pack")) : [],
        _ => throw new InvalidOperationException($"The packs' schema uses {keyword}, which is not implemented here."),
    };

    JsonElement Resolve(string pointer) => pointer.Split('/').Skip(1).Aggregate(root, (at, step) => at.GetProperty(step));

    static IEnumerable<(string, string)> Unless(bool holds, string place, string fault) => holds ? [] : [(place, fault)];

    static IReadOnlyList<string> Words(JsonElement rule) => rule.ValueKind is JsonValueKind.Array ? [.. rule.EnumerateArray().Select(w => w.GetString()!)] : [rule.GetString()!];

    static bool IsText(JsonElement value, out string text)
    {
        text = value.ValueKind is JsonValueKind.String ? value.GetString()! : "";
        return value.ValueKind is JsonValueKind.String;
    }

    static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => "null",
    };

    static bool HasFormat(string format, string text) => format switch
    {
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "time-zone" => TimeZoneInfo.TryFindSystemTimeZoneById(text, out _) || TimeZoneInfo.GetSystemTimeZones().Count <= 1, // a machine without time zone data
        _ => throw new InvalidOperationException($"The packs' schema uses the format {format}, which is not implemented here."),
    };
}
