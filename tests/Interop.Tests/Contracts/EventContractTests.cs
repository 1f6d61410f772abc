using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Contracts;
using Xunit;

namespace Interop.Tests.Contracts;

public sealed class EventContractTests
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true };

    public static TheoryData<string> Types => [.. EventTypes.All];

    [Theory, MemberData(nameof(Types))]
    public void Typed_data_serialises_to_the_golden_file(string type)
    {
        var bytes = CloudEventJson.Serialize(EventExamples.All[type]);

        Assert.Equal(Rewrite(Golden(type), Compact), Encoding.UTF8.GetString(bytes));
    }

    [Theory, MemberData(nameof(Types))]
    public void The_golden_file_parses_to_typed_data(string type)
    {
        var message = CloudEventJson.Parse(Encoding.UTF8.GetBytes(Golden(type)));

        Assert.Equal(type, message.Type);
        Assert.Equal(EventData.Of(EventExamples.All[type]), EventData.Of(message));
        Assert.Equal(EventExamples.All[type].Time, message.Time);
        Assert.Equal(EventExamples.All[type].Subject, message.Subject);
    }

    [Fact]
    public void Every_event_type_has_an_example_and_every_example_an_event_type()
    {
        var files = System.IO.Directory.GetFiles(Path.Combine(ContractFiles.Root, "events"), "org.interop.*.json")
            .Select(it => Path.GetFileNameWithoutExtension(it)!);

        Assert.Equal(EventTypes.All.Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_constant_is_listed_once()
    {
        var constants = typeof(EventTypes).GetFields().Where(it => it.IsLiteral && it.Name != nameof(EventTypes.Prefix))
            .Select(it => (string)it.GetRawConstantValue()!);

        Assert.Equal(constants, EventTypes.All);
        Assert.Equal(29, EventTypes.All.Distinct().Count());
    }

    [Theory, MemberData(nameof(Types))]
    public void The_golden_file_satisfies_the_schema(string type) =>
        Assert.Empty(SmallJsonSchema.Faults(Schema, Schema, JsonNode.Parse(Golden(type))));

    [Theory, MemberData(nameof(Types))]
    public void The_schema_requires_each_member_of_the_data(string type)
    {
        foreach (var member in JsonNode.Parse(Golden(type))!["data"]!.AsObject().Select(it => it.Key))
        {
            var message = JsonNode.Parse(Golden(type))!;
            message["data"]!.AsObject().Remove(member);

            Assert.NotEmpty(SmallJsonSchema.Faults(Schema, Schema, message));
            Assert.Throws<FormatException>(() => EventData.Of(CloudEventJson.Parse(Encoding.UTF8.GetBytes(message.ToJsonString()))));
        }
    }

    [Theory]
    [InlineData("id"), InlineData("source"), InlineData("type"), InlineData("specversion"), InlineData("data")]
    public void The_schema_requires_the_envelope(string attribute)
    {
        var message = JsonNode.Parse(Golden(EventTypes.ReferralSent))!;
        message.AsObject().Remove(attribute);

        Assert.NotEmpty(SmallJsonSchema.Faults(Schema, Schema, message));
    }

    private static JsonNode Schema => JsonNode.Parse(ContractFiles.Read("events/event.schema.json"))!;

    private static string Golden(string type) => ContractFiles.Guarded(
        $"events/{type}.json", Rewrite(Encoding.UTF8.GetString(CloudEventJson.Serialize(EventExamples.All[type])), Indented));

    private static string Rewrite(string json, JsonSerializerOptions options)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement, options);
    }
}
