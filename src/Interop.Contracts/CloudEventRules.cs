using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Interop.Contracts;

/// <summary>What CloudEvents 1.0.2 demands of context attributes; the same rules for what is read and what is written.</summary>
internal static class CloudEventRules
{
    // RFC 3986, appendix A: unreserved, gen-delims, sub-delims and the percent sign.
    private static readonly SearchValues<char> UriCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%");

    private static readonly SearchValues<char> SchemeCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");

    /// <summary>Each broken rule as a sentence that begins with the attribute's name; none for a good event.</summary>
    internal static List<string> Faults(CloudEvent message)
    {
        var faults = new List<string>();
        if (message.SpecVersion != "1.0") faults.Add("specversion: must be 1.0.");
        Required("id", message.Id);
        if (Required("source", message.Source) && !IsUriReference(message.Source))
            faults.Add("source: not a URI reference.");
        Required("type", message.Type);
        Optional("subject", message.Subject);
        if (Optional("datacontenttype", message.DataContentType)
            && !MediaTypeHeaderValue.TryParse(message.DataContentType, out _))
            faults.Add("datacontenttype: not a media type.");
        if (Optional("dataschema", message.DataSchema)
            && !(IsUriReference(message.DataSchema!) && HasScheme(message.DataSchema!)))
            faults.Add("dataschema: not an absolute URI.");
        Optional("traceparent", message.TraceParent);
        if (message.Data is { ValueKind: JsonValueKind.Undefined }) faults.Add("data: not a JSON value.");
        return faults;

        bool Required(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value)) return Printable(name, value);
            faults.Add($"{name}: required, and not empty.");
            return false;
        }

        bool Optional(string name, string? value)
        {
            if (value is null) return false;
            if (value.Length > 0) return Printable(name, value);
            faults.Add($"{name}: absent or not empty.");
            return false;
        }

        // CloudEvents 1.0.2, type system, String.
        bool Printable(string name, string value)
        {
            if (!value.Any(char.IsControl) && HasNoLoneSurrogate(value)) return true;
            faults.Add($"{name}: control characters and lone surrogates are not allowed.");
            return false;
        }
    }

    private static bool HasNoLoneSurrogate(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (!char.IsSurrogate(value[i])) continue;
            if (!char.IsSurrogatePair(value, i)) return false;
            i++;
        }
        return true;
    }

    // Not Uri.TryCreate: on Unix it takes a rooted path for an absolute URI.
    private static bool HasScheme(string value) =>
        value.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
        && char.IsAsciiLetter(value[0])
        && value.AsSpan(0, colon).IndexOfAnyExcept(SchemeCharacters) < 0;

    private static bool IsUriReference(string value)
    {
        if (value.AsSpan().ContainsAnyExcept(UriCharacters)) return false;
        for (var i = value.IndexOf('%'); i >= 0; i = value.IndexOf('%', i + 1))
            if (i + 2 >= value.Length || !char.IsAsciiHexDigit(value[i + 1]) || !char.IsAsciiHexDigit(value[i + 2]))
                return false;
        return true;
    }
}
