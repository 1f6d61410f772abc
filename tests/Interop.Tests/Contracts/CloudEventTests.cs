using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Interop.Contracts;
using Xunit;

namespace Interop.Tests.Contracts;

public sealed class CloudEventTests
{
    private const string Minimal = """{"specversion":"1.0","id":"1","source":"/courts/a","type":"x.y"}""";

    [Fact]
    public void The_smallest_event_has_four_attributes()
    {
        var message = Parse(Minimal);

        Assert.Equal(("1.0", "1", "/courts/a", "x.y"), (message.SpecVersion, message.Id, message.Source, message.Type));
        Assert.Null(message.Data);
        Assert.Null(message.DataContentType);
        Assert.Equal(Minimal, Encoding.UTF8.GetString(CloudEventJson.Serialize(message)));
    }

    [Theory]
    [InlineData("""{"id":"1","source":"/a","type":"x"}""", "specversion")]
    [InlineData("""{"specversion":"0.3","id":"1","source":"/a","type":"x"}""", "specversion")]
    [InlineData("""{"specversion":"1.0","source":"/a","type":"x"}""", "id")]
    [InlineData("""{"specversion":"1.0","id":"","source":"/a","type":"x"}""", "id")]
    [InlineData("""{"specversion":"1.0","id":7,"source":"/a","type":"x"}""", "id")]
    [InlineData("""{"specversion":"1.0","id":"a\nb","source":"/a","type":"x"}""", "id")]
    [InlineData("""{"specversion":"1.0","id":null,"source":"/a","type":"x"}""", "id")]
    [InlineData("""{"specversion":"1.0","id":"1","type":"x"}""", "source")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"a b","type":"x"}""", "source")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/%zz","type":"x"}""", "source")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/a"}""", "type")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/a","type":"x","subject":""}""", "subject")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/a","type":"x","dataschema":"schema.json"}""", "dataschema")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/a","type":"x","dataschema":"/schema.json"}""", "dataschema")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/a","type":"x","datacontenttype":"json"}""", "datacontenttype")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/a","type":"x","data_base64":"AA=="}""", "data_base64")]
    public void A_broken_rule_is_named_with_its_attribute(string json, string attribute)
    {
        Assert.False(CloudEventJson.TryParse(Encoding.UTF8.GetBytes(json), out var message, out var error));
        Assert.Null(message);
        Assert.StartsWith(attribute + ":", error);
    }

    [Theory]
    [InlineData(""), InlineData("[]"), InlineData("{"), InlineData("null"), InlineData("\uFEFF{}")]
    [InlineData("""{"specversion":"1.0","id":"1","id":"2","source":"/a","type":"x"}""")]
    public void What_is_no_json_object_is_refused(string json) => Assert.Throws<FormatException>(() => Parse(json));

    [Fact]
    public void Broken_utf8_is_refused() =>
        Assert.Throws<FormatException>(() => CloudEventJson.Parse([.. "{\"id\":\""u8, 0xFF, .. "\"}"u8]));

    [Theory]
    [InlineData("""{"specversion":"1.0","id":"\ud800","source":"/a","type":"x"}""")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/a","type":"x","data":{"deep":["\udc00"]}}""")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/a","type":"x","data":{"\ud800":1}}""")]
    [InlineData("""{"\ud800":1,"\ud800":2}""")]
    public void Half_a_surrogate_pair_is_refused_wherever_it_stands(string json) => Assert.Throws<FormatException>(() => Parse(json));

    [Fact]
    public void Data_that_is_no_json_value_is_not_written() =>
        Assert.Throws<ArgumentException>(() => CloudEventJson.Serialize(Parse(Minimal) with { Data = default(JsonElement) }));

    [Fact]
    public void Hostile_bytes_are_answered_never_suffered() =>
        Prop.ForAll<byte[]>(bytes => !CloudEventJson.TryParse(bytes, out _, out var error) && error.Length > 0)
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("2026-03-02T09:30:00-05:00", "2026-03-02T14:30:00Z")]
    [InlineData("2026-03-02t14:30:00.1234567899z", "2026-03-02T14:30:00.1234567Z")]
    [InlineData("2026-03-02T14:30:00.250Z", "2026-03-02T14:30:00.25Z")]
    public void Times_travel_in_utc(string read, string written)
    {
        var bytes = CloudEventJson.Serialize(Parse(WithTime(read)));

        Assert.Equal(written, JsonDocument.Parse(bytes).RootElement.GetProperty("time").GetString());
    }

    [Theory]
    [InlineData("2026-03-02"), InlineData("2026-03-02T14:30:00"), InlineData("2026-02-30T14:30:00Z")]
    [InlineData("2026-03-02 14:30:00Z"), InlineData("2026-03-02T14:30Z"), InlineData("2026-03-02T24:00:00Z")]
    [InlineData("0001-01-01T00:00:00+14:00"), InlineData("٢٠٢٦-03-02T14:30:00Z"), InlineData("")]
    public void A_time_that_is_not_rfc3339_is_refused(string time) =>
        Assert.Contains("time:", Assert.Throws<FormatException>(() => Parse(WithTime(time))).Message);

    [Fact]
    public void Null_attributes_are_absent_and_unknown_ones_are_passed_over()
    {
        var message = Parse(Minimal[..^1] + ""","subject":null,"time":null,"partnerkey":"p","data":null}""");

        Assert.Null(message.Subject);
        Assert.Null(message.Time);
        Assert.Equal(JsonValueKind.Null, message.Data!.Value.ValueKind);
    }

    [Fact]
    public void An_event_that_breaks_a_rule_is_not_written() =>
        Assert.Throws<ArgumentException>(() => CloudEventJson.Serialize(new() { Id = "", Source = "/a", Type = "x" }));

    [Fact]
    public void A_type_goes_with_its_own_data_only() =>
        Assert.Throws<ArgumentException>(() => CloudEvent.For(
            EventTypes.MatterDisposed, new TestEventData("?"), Guid.Empty, "/a", DateTimeOffset.UnixEpoch));

    [Fact]
    public void A_type_that_is_not_ours_has_no_typed_data() => Assert.Null(EventData.Of(Parse(Minimal)));

    [Theory]
    [InlineData("""null"""), InlineData("""{}""")]
    [InlineData("""{"referralId":"x","updateId":"0195f0d1-3e80-7c44-9a51-0b7d1e2f3a02","change":"reported","link":"/"}""")]
    [InlineData("""{"referralId":"0195f0d1-3e80-7c44-9a51-0b7d1e2f3a02","updateId":"0195f0d1-3e80-7c44-9a51-0b7d1e2f3a02","change":1,"link":"/"}""")]
    [InlineData("""{"referralId":"0195f0d1-3e80-7c44-9a51-0b7d1e2f3a02","updateId":"0195f0d1-3e80-7c44-9a51-0b7d1e2f3a02","change":"reported","link":null}""")]
    public void Data_that_lacks_what_its_type_promises_is_refused(string data)
    {
        var message = Parse(Minimal.Replace("x.y", EventTypes.ComplianceReported)[..^1] + $",\"data\":{data}}}");

        Assert.Throws<FormatException>(() => EventData.Of(message));
    }

    private static CloudEvent Parse(string json) => CloudEventJson.Parse(Encoding.UTF8.GetBytes(json));

    private static string WithTime(string time) => Minimal[..^1] + $",\"time\":\"{time}\"}}";
}
