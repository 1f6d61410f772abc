using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Interop.Tests.Contracts;

/// <summary>
/// As much of JSON Schema 2020-12 as our schemas use; an unknown keyword is a failure, not a pass. Enough to keep the
/// committed files true to one another without a package.
/// </summary>
internal static class SmallJsonSchema
{
    internal static IEnumerable<string> Faults(JsonNode root, JsonNode schema, JsonNode? value, string at = "")
    {
        foreach (var (keyword, rule) in schema.AsObject())
            foreach (var fault in Keyword(root, schema, keyword, rule!, value, at)) yield return fault;
    }

    private static IEnumerable<string> Keyword(
        JsonNode root, JsonNode schema, string keyword, JsonNode rule, JsonNode? value, string at)
    {
        IEnumerable<string> Unless(bool holds) => holds ? [] : [$"{at}: {keyword} {rule.ToJsonString()}"];
        var text = value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
        return keyword switch
        {
            "$schema" or "$id" or "$defs" or "title" or "description" or "then" => [],
            "$ref" => Faults(root, Resolve(root, rule.GetValue<string>()), value, at),
            "type" => Unless(Kind(value) == rule.GetValue<string>() || (rule.GetValue<string>() == "number" && Kind(value) == "integer")),
            "const" => Unless(JsonNode.DeepEquals(rule, value)),
            "enum" => Unless(rule.AsArray().Any(it => JsonNode.DeepEquals(it, value))),
            "pattern" => Unless(text is null || Regex.IsMatch(text, rule.GetValue<string>(), RegexOptions.ECMAScript)),
            "minLength" => Unless(text is null || text.Length >= rule.GetValue<int>()),
            "minimum" => Unless(Kind(value) != "integer" || value!.GetValue<long>() >= rule.GetValue<long>()),
            "format" => Unless(text is null || HasFormat(rule.GetValue<string>(), text)),
            "required" => value is JsonObject it
                ? rule.AsArray().Where(name => !it.ContainsKey(name!.GetValue<string>())).Select(name => $"{at}/{name}: required") : [],
            "properties" => value is JsonObject it
                ? rule.AsObject().Where(p => it.ContainsKey(p.Key)).SelectMany(p => Faults(root, p.Value!, it[p.Key], $"{at}/{p.Key}")) : [],
            "allOf" => rule.AsArray().SelectMany(part => Faults(root, part!, value, at)),
            "if" => Faults(root, rule, value, at).Any() ? [] : Faults(root, schema["then"]!, value, at),
            _ => [$"{at}: the keyword {keyword} is not implemented here"],
        };
    }

    private static JsonNode Resolve(JsonNode root, string pointer) =>
        pointer.Split('/').Skip(1).Aggregate(root, (node, step) => node[step] ?? throw new InvalidOperationException($"{pointer} leads nowhere."));

    private static string Kind(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.AsValue().TryGetValue<long>(out _) ? "integer" : "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => "null",
    };

    private static bool HasFormat(string format, string text) => format switch
    {
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "date-time" => DateTimeOffset.TryParse(text, out _),
        "uri-reference" or "uri" => Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out _),
        _ => false,
    };
}
