using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Interop.AuditLog;

/// <summary>
/// The one text of a JSON value that is hashed: RFC 8785, JSON Canonicalization Scheme. No white space, members sorted
/// by UTF-16 code units, numbers as ECMAScript prints the nearest double, only what must be escaped in strings.
/// Numbers pass through IEEE 754 doubles, as the RFC says: an integer beyond 2^53 belongs in a string.
/// </summary>
public static class CanonicalJson
{
    /// <summary>Deepest nesting of arrays and objects that is accepted; the BCL's own default.</summary>
    public const int MaximumDepth = 64;

    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(it => (char)it), '"', '\\']);

    /// <summary>The canonical text of one JSON document.</summary>
    /// <param name="utf8">UTF-8 without a byte order mark.</param>
    /// <exception cref="FormatException">Not JSON or not I-JSON: broken UTF-8, a name twice in one object, a lone
    /// surrogate, a number beyond the range of a double (NaN and infinities are not JSON at all), too deep.</exception>
    public static string Canonicalize(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8)) throw new FormatException("The document is not UTF-8.");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8.ToArray(), new JsonDocumentOptions { MaxDepth = MaximumDepth });
        }
        catch (JsonException fault)
        {
            throw new FormatException($"The document is not JSON: {fault.Message}", fault);
        }
        using (document) return Canonicalize(document.RootElement);
    }

    /// <summary>The canonical text of a JSON value.</summary>
    /// <exception cref="FormatException">Not I-JSON, as above.</exception>
    public static string Canonicalize(JsonElement value)
    {
        var text = new StringBuilder();
        Write(text, value, 0);
        return text.ToString();
    }

    internal static void Write(StringBuilder text, JsonElement value, int depth)
    {
        // Counted as the parser counts; also keeps a hostile document from exhausting the stack.
        if (depth >= MaximumDepth && value.ValueKind is (JsonValueKind.Object or JsonValueKind.Array))
            throw new FormatException($"Nested deeper than {MaximumDepth}.");
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(text, value, depth);
                break;
            case JsonValueKind.Array:
                WriteArray(text, value, depth);
                break;
            case JsonValueKind.String:
                WriteString(text, Read(value, static it => it.GetString()!));
                break;
            case JsonValueKind.Number:
                text.Append(EcmaScriptNumber.Format(value.GetRawText()));
                break;
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            case JsonValueKind.Null:
                text.Append("null");
                break;
            default:
                throw new FormatException("There is no JSON value.");
        }
    }

    private static void WriteObject(StringBuilder text, JsonElement value, int depth)
    {
        var members = value.EnumerateObject()
            .Select(static it => (Name: Read(it, static it => it.Name), it.Value))
            .ToArray();
        // RFC 8785, 3.2.3: as arrays of UTF-16 code units, whatever the locale.
        Array.Sort(members, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        text.Append('{');
        for (var i = 0; i < members.Length; i++)
        {
            if (i > 0 && members[i].Name == members[i - 1].Name)
                throw new FormatException($"The name '{members[i].Name}' stands twice in one object.");
            if (i > 0) text.Append(',');
            WriteString(text, members[i].Name);
            text.Append(':');
            Write(text, members[i].Value, depth + 1);
        }
        text.Append('}');
    }

    private static void WriteArray(StringBuilder text, JsonElement value, int depth)
    {
        text.Append('[');
        var first = true;
        foreach (var item in value.EnumerateArray())
        {
            if (!first) text.Append(',');
            first = false;
            Write(text, item, depth + 1);
        }
        text.Append(']');
    }

    /// <summary>RFC 8785, 3.2.2.2: the two-character escapes that JSON has, lower-case \u00xx for other controls.</summary>
    internal static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        var rest = value.AsSpan();
        for (var at = rest.IndexOfAny(Escaped); at >= 0; at = rest.IndexOfAny(Escaped))
        {
            text.Append(rest[..at]);
            _ = rest[at] switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                var control => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)control:x4}"),
            };
            rest = rest[(at + 1)..];
        }
        text.Append(rest).Append('"');
    }

    /// <summary>The BCL reads strings late and answers half a surrogate pair, or broken UTF-8, with an exception for bugs.</summary>
    private static string Read<T>(T source, Func<T, string> read)
    {
        try
        {
            return read(source);
        }
        catch (InvalidOperationException fault)
        {
            throw new FormatException("A string holds half of a surrogate pair, or is not UTF-8.", fault);
        }
    }
}
