using System.Text.Json;
using System.Text.Json.Serialization;

namespace Interop.Contracts;

/// <summary>
/// One event, in the envelope of CloudEvents 1.0 with JSON data. Read and written by <see cref="CloudEventJson"/>.
/// <para>
/// <see cref="Source"/> and <see cref="Id"/> together name the event, once and for ever: a repeated delivery has the
/// same pair, which makes it the receiver's idempotency key.
/// </para>
/// <para>Two records are equal only when they share one <see cref="Data"/> element; compare bytes instead.</para>
/// Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
/// </summary>
public sealed record CloudEvent
{
    /// <summary>Media type of the structured JSON form, for <c>Content-Type</c>.</summary>
    public const string MediaType = "application/cloudevents+json";

    /// <summary>Always <c>1.0</c>.</summary>
    [JsonPropertyName("specversion"), JsonPropertyOrder(0)]
    public string SpecVersion { get; init; } = "1.0";

    /// <summary>Not empty; unique within <see cref="Source"/>. Interop's own are UUIDv7.</summary>
    [JsonPropertyName("id"), JsonPropertyOrder(1)]
    public required string Id { get; init; }

    /// <summary>Where it comes from: a URI reference, not empty. For Interop's own, the address of the exchange.</summary>
    [JsonPropertyName("source"), JsonPropertyOrder(2)]
    public required string Source { get; init; }

    /// <summary>What happened; for Interop's own, one of <see cref="EventTypes"/>.</summary>
    [JsonPropertyName("type"), JsonPropertyOrder(3)]
    public required string Type { get; init; }

    /// <summary>Whom it concerns within the source, such as <c>referrals/{id}</c>. Absent or not empty.</summary>
    [JsonPropertyName("subject"), JsonPropertyOrder(4)]
    public string? Subject { get; init; }

    /// <summary>When it happened (not when it was sent). Travels as RFC 3339 in UTC, at most seven decimals.</summary>
    [JsonPropertyName("time"), JsonPropertyOrder(5), JsonConverter(typeof(Rfc3339.Converter))]
    public DateTimeOffset? Time { get; init; }

    /// <summary>Media type of <see cref="Data"/>; absent means <c>application/json</c>.</summary>
    [JsonPropertyName("datacontenttype"), JsonPropertyOrder(6)]
    public string? DataContentType { get; init; } = "application/json";

    /// <summary>The schema that <see cref="Data"/> adheres to: an absolute URI, if present.</summary>
    [JsonPropertyName("dataschema"), JsonPropertyOrder(7)]
    public string? DataSchema { get; init; }

    /// <summary>W3C Trace Context of the act that caused the event (CloudEvents extension "distributed tracing").</summary>
    [JsonPropertyName("traceparent"), JsonPropertyOrder(8)]
    public string? TraceParent { get; init; }

    /// <summary>The payload; null when the event carries none. Typed by <see cref="EventData.Of"/>.</summary>
    [JsonPropertyName("data"), JsonPropertyOrder(9)]
    public JsonElement? Data { get; init; }

    /// <summary>The id-only event of one of Interop's own types; the subject follows from the data.</summary>
    /// <param name="type">One of <see cref="EventTypes"/>.</param>
    /// <param name="data">The data that belongs to that type.</param>
    /// <param name="id">The event's id.</param>
    /// <param name="source">The address of the exchange.</param>
    /// <param name="time">When it happened; any offset.</param>
    /// <param name="traceParent">Trace Context of the cause, if known.</param>
    /// <exception cref="ArgumentException">The type is unknown, or is promised with other data.</exception>
    public static CloudEvent For(
        string type, EventData data, Guid id, string source, DateTimeOffset time, string? traceParent = null)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(data);
        if (EventData.KindOf(type) != data.GetType())
            throw new ArgumentException($"An event of type '{type}' does not carry {data.GetType().Name}.", nameof(data));
        return new CloudEvent
        {
            Id = id.ToString(),
            Source = source,
            Type = type,
            Subject = data.Subject,
            Time = time,
            TraceParent = traceParent,
            Data = data.ToJson(),
        };
    }
}
