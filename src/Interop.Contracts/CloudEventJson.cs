using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Interop.Contracts;

/// <summary>
/// The JSON event format of CloudEvents 1.0, structured mode: one UTF-8 object with the attributes and <c>data</c>.
/// Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
/// </summary>
public static class CloudEventJson
{
    // Attribute text goes into a JSON document, never into a page: only what JSON itself demands is escaped.
    private static readonly ContractsJson Wire = new(new JsonSerializerOptions(ContractsJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The event as compact UTF-8 JSON, attributes in a fixed order, absent ones left out.</summary>
    /// <exception cref="ArgumentException">The event breaks a rule of CloudEvents 1.0; the message names each.</exception>
    public static byte[] Serialize(CloudEvent message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var faults = CloudEventRules.Faults(message);
        if (faults.Count > 0) throw new ArgumentException(string.Join(" ", faults), nameof(message));
        return JsonSerializer.SerializeToUtf8Bytes(message, Wire.CloudEvent);
    }

    /// <summary>
    /// Reads an event. Attributes that this library does not know are passed over; a null attribute counts as absent.
    /// Any type is read, not only <see cref="EventTypes"/>; binary data (<c>data_base64</c>) is not, for this contract
    /// speaks JSON only.
    /// </summary>
    /// <param name="utf8">One JSON object in UTF-8 without a byte order mark.</param>
    /// <exception cref="FormatException">It is not JSON, or not a CloudEvent 1.0; the message names each fault.</exception>
    public static CloudEvent Parse(ReadOnlySpan<byte> utf8) =>
        TryParse(utf8, out var message, out var error) ? message : throw new FormatException(error);

    /// <summary>As <see cref="Parse"/>, with the faults as a sentence instead of an exception.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out CloudEvent? message, [NotNullWhen(false)] out string? error)
    {
        var faults = new List<string>();
        message = Read(utf8, faults);
        if (message is not null && faults.Count == 0) faults = CloudEventRules.Faults(message);
        error = faults.Count == 0 ? null : string.Join(" ", faults);
        if (error is not null) message = null;
        return message is not null;
    }

    private static CloudEvent? Read(ReadOnlySpan<byte> utf8, List<string> faults)
    {
        // The parser leaves the inside of strings unread, so broken UTF-8 would surface at the reader's.
        if (!Utf8.IsValid(utf8))
        {
            faults.Add("The message is not UTF-8.");
            return null;
        }
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(utf8.ToArray(), Strict);
            root = document.RootElement.Clone();
            ReadStrings(root);
        }
        catch (JsonException fault)
        {
            faults.Add($"The message is not JSON: {fault.Message}");
            return null;
        }
        catch (InvalidOperationException)
        {
            faults.Add("The message holds half of a surrogate pair.");
            return null;
        }
        if (root.ValueKind != JsonValueKind.Object)
        {
            faults.Add("The message is not a JSON object.");
            return null;
        }
        if (root.TryGetProperty("data_base64", out var binary) && binary.ValueKind != JsonValueKind.Null)
            faults.Add("data_base64: binary data is not part of this contract.");
        return new CloudEvent
        {
            SpecVersion = Text(root, "specversion", faults) ?? "",
            Id = Text(root, "id", faults) ?? "",
            Source = Text(root, "source", faults) ?? "",
            Type = Text(root, "type", faults) ?? "",
            Subject = Text(root, "subject", faults),
            Time = Time(root, faults),
            DataContentType = Text(root, "datacontenttype", faults),
            DataSchema = Text(root, "dataschema", faults),
            TraceParent = Text(root, "traceparent", faults),
            Data = root.TryGetProperty("data", out var data) ? data : null,
        };
    }

    /// <summary>Throws now what the BCL would throw at whoever reads a string with half a surrogate pair later.</summary>
    private static void ReadStrings(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) _ = value.GetString();
        if (value.ValueKind == JsonValueKind.Array)
            foreach (var item in value.EnumerateArray()) ReadStrings(item);
        if (value.ValueKind != JsonValueKind.Object) return;
        foreach (var member in value.EnumerateObject())
        {
            _ = member.Name;
            ReadStrings(member.Value);
        }
    }

    private static string? Text(JsonElement root, string name, List<string> faults)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        faults.Add($"{name}: must be a string.");
        return null;
    }

    private static DateTimeOffset? Time(JsonElement root, List<string> faults)
    {
        if (Text(root, "time", faults) is not { } text) return null;
        if (Rfc3339.TryParse(text, out var time)) return time;
        faults.Add("time: not an RFC 3339 date-time.");
        return null;
    }
}
