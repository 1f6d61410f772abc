using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Contracts;
using Interop.Platform.Http;

namespace Interop.Server.AsyncApi;

/// <summary>
/// The events described: <c>/asyncapi/v1.json</c>, AsyncAPI 3.0, drawn from the list of event types and from the schema and examples
/// of contracts/events. Committed under contracts/asyncapi; a test holds the two together.
/// </summary>
internal static class EventDescription
{
    public const string Version = "v1";

    const string Introduction = """
        What the exchange between courts and clinics tells its partners: one CloudEvents 1.0 event for each thing that happened,
        as the person's consent permits at the moment of sending. An organisation subscribes at `POST /v1/subscriptions`, by webhook
        or, where the exchange has a broker, by a queue of its own. Each event comes at least once, those of one referral in order;
        its id is the same every time. Pass over types and members that you do not know.
        """;

    static readonly JsonSerializerOptions s_options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void MapEventDescription(this WebApplication app)
    {
        var document = new Lazy<byte[]>(() => JsonSerializer.SerializeToUtf8Bytes(Make(), s_options));
        app.MapGet($"/asyncapi/{Version}.json", () => TypedResults.Bytes(document.Value, "application/json; charset=utf-8")).IsPublic().ExcludeFromDescription();
    }

    static JsonObject Make()
    {
        var schema = Read("event.schema")!.AsObject();
        return new()
        {
            ["asyncapi"] = "3.0.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Interop events",
                ["version"] = "1",
                ["description"] = Introduction,
                ["license"] = new JsonObject { ["name"] = "Apache-2.0", ["url"] = "https://www.apache.org/licenses/LICENSE-2.0" },
            },
            ["defaultContentType"] = CloudEvent.MediaType,
            ["servers"] = new JsonObject
            {
                ["broker"] = new JsonObject { ["host"] = "broker.example:5671", ["protocol"] = "amqps", ["protocolVersion"] = "0.9.1", ["description"] = "The exchange's RabbitMQ. Its operator gives the address, a user and a password." },
            },
            ["channels"] = new JsonObject { ["webhook"] = Webhook(), ["queue"] = Queue() },
            ["operations"] = new JsonObject
            {
                ["sendByWebhook"] = Sends("webhook", "Each event is a POST to the subscription's address, signed by Standard Webhooks 1.0. Any 2xx within ten seconds takes it.",
                    "http", new() { ["method"] = "POST", ["bindingVersion"] = "0.3.0" }),
                ["sendByQueue"] = Sends("queue", "Each event is published to the subscription's queue, persistent and confirmed. The queue's reader acknowledges what it has stored.",
                    "amqp", new() { ["deliveryMode"] = 2, ["mandatory"] = true, ["timestamp"] = true, ["ack"] = true, ["bindingVersion"] = "0.3.0" }),
            },
            ["components"] = new JsonObject
            {
                ["messages"] = new JsonObject(EventTypes.All.Select(t => KeyValuePair.Create(t, (JsonNode?)Message(t, schema)))),
                ["schemas"] = Schemas(schema),
            },
        };
    }

    static JsonObject Webhook() => new()
    {
        ["address"] = null,
        ["title"] = "Webhook",
        ["description"] = "The `url` of a subscription by webhook. How to verify what comes: contracts/webhooks.",
        ["messages"] = Messages(),
    };

    static JsonObject Queue() => new()
    {
        ["address"] = "interop.{organisation}.{subscription}",
        ["title"] = "Queue",
        ["description"] = "The `queue` of a subscription by amqp: durable, replicated, of bounded length; full, it refuses and the exchange keeps what comes. Always id-only. How to read it: contracts/amqp.",
        ["servers"] = new JsonArray(Reference("servers", "broker")),
        ["parameters"] = new JsonObject
        {
            ["organisation"] = new JsonObject { ["description"] = "The id of the organisation that subscribed.", ["examples"] = new JsonArray("centro-esperanza") },
            ["subscription"] = new JsonObject { ["description"] = "The id of the subscription.", ["examples"] = new JsonArray("01980a63-1a2b-7c3d-8e4f-5a6b7c8d9e0f") },
        },
        ["messages"] = Messages(),
        ["bindings"] = new JsonObject
        {
            ["amqp"] = new JsonObject
            {
                ["is"] = "queue",
                ["queue"] = new JsonObject { ["durable"] = true, ["exclusive"] = false, ["autoDelete"] = false },
                ["bindingVersion"] = "0.3.0",
            },
        },
    };

    static JsonObject Messages() => new(EventTypes.All.Select(t => KeyValuePair.Create(t, (JsonNode?)Reference("components", "messages", t))));

    static JsonObject Sends(string channel, string description, string protocol, JsonObject binding) => new()
    {
        ["action"] = "send",
        ["channel"] = Reference("channels", channel),
        ["description"] = description,
        ["bindings"] = new JsonObject { [protocol] = binding },
    };

    static JsonObject Message(string type, JsonObject schema) => new()
    {
        ["name"] = type,
        ["title"] = string.Join(' ', type.Split('.')[2..^1].Append(type == EventTypes.Test ? "test" : "").Where(w => w.Length > 0)),
        ["contentType"] = CloudEvent.MediaType,
        ["headers"] = Headers(),
        ["payload"] = new JsonObject
        {
            ["allOf"] = new JsonArray(
                Reference("components", "schemas", "event"),
                new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject { ["type"] = new JsonObject { ["const"] = type }, ["data"] = Reference("components", "schemas", DataOf(type, schema)) },
                }),
        },
        ["examples"] = new JsonArray(new JsonObject { ["name"] = "example", ["payload"] = Read(type) }),
    };

    static JsonObject Headers()
    {
        static JsonObject Header(string description) => new() { ["type"] = "string", ["description"] = description };
        return new()
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["traceparent"] = Header("Of the event's trace: this sending, where the event's own is its recording."),
                [WebhookSignature.IdHeader] = Header("By webhook: the event's id. By amqp it is the property message-id."),
                [WebhookSignature.TimestampHeader] = Header("By webhook: when this attempt was made, in seconds since 1970."),
                [WebhookSignature.SignatureHeader] = Header("By webhook: one or more signatures."),
            },
        };
    }

    /// <summary>The event's own schema and those of its data, under one roof.</summary>
    static JsonObject Schemas(JsonObject schema)
    {
        var envelope = schema.DeepClone().AsObject();
        foreach (var elsewhere in (string[])["$schema", "$defs", "allOf"])
            envelope.Remove(elsewhere);
        var schemas = new JsonObject { ["event"] = envelope };
        foreach (var (name, definition) in schema["$defs"]!.AsObject())
            schemas[name] = JsonNode.Parse(definition!.ToJsonString().Replace("\"#/$defs/", "\"#/components/schemas/", StringComparison.Ordinal));
        return schemas;
    }

    /// <summary>The schema of what an event of this type carries. A type that the schema does not know stops here.</summary>
    static string DataOf(string type, JsonObject schema) => schema["allOf"]!.AsArray()
        .Single(rule => rule!["if"]!["properties"]!["type"]!["enum"]!.AsArray().Any(t => t!.ToString() == type))!["then"]!["properties"]!["data"]!["$ref"]!.ToString().Split('/')[^1];

    static JsonObject Reference(params string[] path) => new() { ["$ref"] = $"#/{string.Join('/', path)}" };

    static JsonNode? Read(string name)
    {
        using var stream = typeof(EventDescription).Assembly.GetManifestResourceStream($"events/{name}.json")!;
        return JsonNode.Parse(stream);
    }
}
