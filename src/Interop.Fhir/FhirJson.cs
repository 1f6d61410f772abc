using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Hl7.Fhir.Utility;
using Interop.Platform;

namespace Interop.Fhir;

/// <summary>Resources to bytes and back.</summary>
internal static class FhirJson
{
    public const string ContentType = "application/fhir+json; fhirVersion=4.0; charset=utf-8";
    const int FaultsAtMost = 100;
    const string NotAList = "PVAL127", UnknownElement = "PVAL128", Empty = "PVAL129", UnknownType = "PVAL130";

    static readonly BaseFhirJsonSerializer s_writer = new(ModelInfo.ModelInspector);
    static readonly FhirJsonDeserializer s_strict = new(new DeserializerSettings().UsingMode(DeserializationMode.Strict));
    static readonly FhirJsonDeserializer s_kept = new(new DeserializerSettings().UsingMode(DeserializationMode.Recoverable));

    public static JsonWriterOptions WriterOptions { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static void Write(Utf8JsonWriter writer, Resource resource) => s_writer.Serialize(resource, writer);

    public static ReadOnlyMemory<byte> Write(Resource resource)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
            Write(writer, resource);
        return buffer.WrittenMemory;
    }

    /// <summary>What a partner sent: strictly, with every fault and where it stands. Its JSON is known to be well formed.</summary>
    public static (T? Resource, Refusal? Refusal) Read<T>(byte[] json) where T : Resource
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (s_strict.TryDeserializeResource(ref reader, out var resource, out var issues) && resource is T sound)
                return (sound, null);
            var faults = issues.Take(FaultsAtMost).Select(i => FaultOf(i, typeof(T).Name)).ToList();
            return (null, Refusal.Invalid(faults.Count > 0 ? faults : [new Fault("", "fhir.unreadable")]));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or OverflowException or ArgumentException or DeserializationFailedException)
        {
            return (null, Refusal.Unparsable(new Fault("", "fhir.unreadable"))); // the SDK's own way of giving up
        }
    }

    /// <summary>What was read strictly once, and kept.</summary>
    public static T ReadKept<T>(string json) where T : Resource, new()
    {
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(json));
        return s_kept.TryDeserializeResource(ref reader, out var resource, out _) && resource is T kept ? kept : new T();
    }

    static Fault FaultOf(CodedException issue, string type)
    {
        var one = new DeserializationFailedException(null, [issue]).ToOperationOutcome().Issue[0];
        var path = one.Expression.FirstOrDefault() ?? "";
        if (path.StartsWith("$this", StringComparison.Ordinal))
            path = type + path["$this".Length..]; // a mandatory element that the resource itself lacks
        if (one.Code is OperationOutcome.IssueType.Required)
            return new(path, "required");
        var value = issue.ErrorCode.StartsWith("PVAL", StringComparison.Ordinal) && issue.ErrorCode is not (UnknownElement or NotAList or Empty or UnknownType);
        return new(path, value ? "fhir.value" : "fhir.structure", issue.ErrorCode, Shortened(one.Details?.Text ?? one.Diagnostics ?? issue.Message));
    }

    static string Shortened(string text) => new([.. (text.Length > 300 ? text[..300] : text).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
}
