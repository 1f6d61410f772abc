using System.Buffers;
using System.Text.Json;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;

namespace Interop.Fhir;

/// <summary>
/// Refusals as OperationOutcome: one issue per fault, its text in the caller's language, and nothing that tells what is not
/// there from what is not theirs. Written without the SDK, so that a refusal costs little.
/// </summary>
internal static class OutcomeFormat
{
    public static PathString Prefix { get; } = "/fhir";

    public static Task WriteAsync(HttpContext http, Refusal refusal)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, FhirJson.WriterOptions))
            Write(json, refusal, http.Text);
        http.Response.ContentType = FhirJson.ContentType;
        http.Response.ContentLength = buffer.WrittenCount;
        return http.Response.Body.WriteAsync(buffer.WrittenMemory, http.RequestAborted).AsTask();
    }

    public static void Write(Utf8JsonWriter json, Refusal refusal, Func<string, object[], string> text)
    {
        json.WriteStartObject();
        json.WriteString("resourceType", "OperationOutcome");
        json.WriteStartArray("issue");
        if (refusal.Faults.Count == 0)
            Issue(json, IssueCode(refusal), refusal.Code, text($"problem.{refusal.Code}", []), null);
        foreach (var fault in refusal.Faults)
            Issue(json, IssueCode(refusal, fault), fault.Code, text($"fault.{fault.Code}", fault.Arguments), fault.Path);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void Issue(Utf8JsonWriter json, string issue, string code, string text, string? path)
    {
        json.WriteStartObject();
        json.WriteString("severity", "error");
        json.WriteString("code", issue);
        json.WriteStartObject("details");
        json.WriteStartArray("coding");
        json.WriteStartObject();
        json.WriteString("system", Systems.Problem);
        json.WriteString("code", code);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("text", text);
        json.WriteEndObject();
        if (path is { Length: > 0 })
        {
            json.WriteStartArray("expression");
            json.WriteStringValue(path);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    /// <summary>A code of http://hl7.org/fhir/issue-type.</summary>
    public static string IssueCode(Refusal refusal, Fault? fault = null) => (refusal.Status, fault?.Code) switch
    {
        (400 or 422, "required") => "required",
        (422, { } code) when code.StartsWith("consent.no-", StringComparison.Ordinal) => "required",
        (400 or 422, "code.unknown") => "code-invalid",
        (400 or 422, "query.unknown" or "fhir.modifier") => "not-supported",
        (400 or 422, "fhir.changed" or "consent.changed") => "business-rule",
        (400 or 422, "fhir.value") => "value",
        (422, "fhir.structure") => "structure",
        (400, "json.syntax" or "fhir.unreadable" or "type.object") => "structure",
        (400, { } code) when code.StartsWith("text.", StringComparison.Ordinal) => "value",
        (400 or 422, _) => "invalid",
        (401, _) => "login",
        (403, _) => "forbidden",
        (404, _) => "not-found",
        (410, _) => "deleted",
        (405 or 406 or 415, _) => "not-supported",
        (409 or 412, _) => "conflict",
        (413, _) => "too-long",
        (428, _) => "required",
        (429, _) => "throttled",
        (503, _) => "transient",
        ( >= 500, _) => "exception",
        _ => "processing",
    };
}
