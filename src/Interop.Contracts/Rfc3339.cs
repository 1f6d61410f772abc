using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Interop.Contracts;

/// <summary>
/// RFC 3339 date-time, strictly: the BCL's readers also take a bare date, or a time without an offset, which they
/// believe to be local. A leap second (:60) is refused; decimals beyond the seventh are cut off.
/// </summary>
internal static partial class Rfc3339
{
    internal static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        var match = Form().Match(text);
        if (!match.Success) return false;
        var fraction = match.Groups["fraction"].Value.PadRight(7, '0')[..7];
        var normal = $"{match.Groups["date"].Value}T{match.Groups["clock"].Value}.{fraction}{match.Groups["offset"].Value}";
        if (!DateTimeOffset.TryParseExact(normal.ToUpperInvariant(), "yyyy-MM-dd'T'HH:mm:ss.fffffffK",
            CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed)) return false;
        time = parsed.ToUniversalTime();
        return true;
    }

    [GeneratedRegex(@"\A(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?<clock>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?<fraction>[0-9]+))?(?<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})\z")]
    private static partial Regex Form();

    /// <summary>Writes UTC with <c>Z</c> whatever the offset was.</summary>
    internal sealed class Converter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out var time)
                ? time
                : throw new JsonException("not an RFC 3339 date-time");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime);
    }
}
