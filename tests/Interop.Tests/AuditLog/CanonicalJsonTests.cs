using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Interop.AuditLog;
using Xunit;

namespace Interop.Tests.AuditLog;

public sealed class CanonicalJsonTests
{
    // RFC 8785, appendix B.
    [Theory]
    [InlineData("0000000000000000", "0")]
    [InlineData("8000000000000000", "0")]
    [InlineData("0000000000000001", "5e-324")]
    [InlineData("8000000000000001", "-5e-324")]
    [InlineData("7fefffffffffffff", "1.7976931348623157e+308")]
    [InlineData("ffefffffffffffff", "-1.7976931348623157e+308")]
    [InlineData("4340000000000000", "9007199254740992")]
    [InlineData("c340000000000000", "-9007199254740992")]
    [InlineData("4430000000000000", "295147905179352830000")]
    [InlineData("44b52d02c7e14af5", "9.999999999999997e+22")]
    [InlineData("44b52d02c7e14af6", "1e+23")]
    [InlineData("44b52d02c7e14af7", "1.0000000000000001e+23")]
    [InlineData("444b1ae4d6e2ef4e", "999999999999999700000")]
    [InlineData("444b1ae4d6e2ef4f", "999999999999999900000")]
    [InlineData("444b1ae4d6e2ef50", "1e+21")]
    [InlineData("3eb0c6f7a0b5ed8c", "9.999999999999997e-7")]
    [InlineData("3eb0c6f7a0b5ed8d", "0.000001")]
    [InlineData("41b3de4355555553", "333333333.3333332")]
    [InlineData("41b3de4355555554", "333333333.33333325")]
    [InlineData("41b3de4355555555", "333333333.3333333")]
    [InlineData("41b3de4355555556", "333333333.3333334")]
    [InlineData("41b3de4355555557", "333333333.33333343")]
    [InlineData("becbf647612f3696", "-0.0000033333333333333333")]
    [InlineData("43143ff3c1cb0959", "1424953923781206.2")]
    public void A_number_is_printed_as_ecmascript_prints_it(string ieee754, string expected) =>
        Assert.Equal(expected, Canonicalize(Text(BitConverter.Int64BitsToDouble(Convert.ToInt64(ieee754, 16)))));

    [Theory]
    [InlineData("1E400"), InlineData("-1e400"), InlineData("NaN"), InlineData("Infinity"), InlineData("01"), InlineData("+1")]
    public void What_is_no_finite_number_is_refused(string json) => Refused(json);

    [Theory]
    [InlineData("1e-400", "0"), InlineData("-0.0", "0"), InlineData("100", "100"), InlineData("1.50", "1.5"), InlineData("-1E2", "-100")]
    [InlineData("0.1", "0.1"), InlineData("9007199254740993", "9007199254740992"), InlineData("123456789.125e3", "123456789125")]
    public void Spellings_of_one_number_have_one_form(string json, string expected) => Assert.Equal(expected, Canonicalize(json));

    // RFC 8785, 3.2.2 and 3.2.4.
    [Fact]
    public void The_example_of_the_rfc_comes_out_as_published()
    {
        const string input = """
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """;
        const string expected = """
            {"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}
            """;

        Assert.Equal(expected, Canonicalize(input));
    }

    // RFC 8785, 3.2.3: by code point the emoji would come last, by UTF-16 code unit it comes before U+FB33.
    [Fact]
    public void Members_are_sorted_by_utf16_code_units()
    {
        const string input = """
            {
              "\u20ac": "Euro Sign",
              "\r": "Carriage Return",
              "\ufb33": "Hebrew Letter Dalet With Dagesh",
              "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face",
              "\u0080": "Control",
              "\u00f6": "Latin Small Letter O With Diaeresis"
            }
            """;

        var canonical = Canonicalize(input);

        Assert.Equal(
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"\u00f6\":\"Latin Small Letter O With Diaeresis\","
            + "\"\u20ac\":\"Euro Sign\",\"\ud83d\ude00\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
            canonical);
    }

    [Fact]
    public void Only_what_must_be_escaped_is_escaped() => Assert.Equal(
        "\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\\\"\\\\/<>&'+\u007f\u2028é\"",
        Canonicalize("\"\\u0000\\u0008\\u0009\\u000A\\u000B\\u000C\\u000D\\u001F\\u0022\\u005C\\/\\u003c>&'+\\u007F\\u2028\\u00E9\""));

    [Fact]
    public void Composed_and_decomposed_letters_stay_as_they_are() =>
        Assert.NotEqual(Canonicalize("\"\\u00e9\""), Canonicalize("\"e\\u0301\""));

    [Theory]
    [InlineData("""{"a":1,"a":1}"""), InlineData("""{"a":1,"\u0061":2}"""), InlineData("""[{"b":{"":1,"":2}}]""")]
    [InlineData("\"\\ud800\""), InlineData("\"\\udc00\\ud800\""), InlineData("""{"\ud83d":1}""")]
    [InlineData(""), InlineData("{} {}"), InlineData("[1,]"), InlineData("// no\n1"), InlineData("\uFEFF1")]
    public void What_is_not_ijson_is_refused(string json) => Refused(json);

    [Fact]
    public void Broken_utf8_is_refused() => Assert.Throws<FormatException>(() => CanonicalJson.Canonicalize([0x22, 0xC3, 0x28, 0x22]));

    [Fact]
    public void Elements_read_elsewhere_are_held_to_the_same_rules()
    {
        using var brokenUtf8 = JsonDocument.Parse(new byte[] { 0x22, 0xC3, 0x28, 0x22 });
        using var deep = JsonDocument.Parse(Nested(65), new JsonDocumentOptions { MaxDepth = 1000 });

        Assert.Throws<FormatException>(() => CanonicalJson.Canonicalize(brokenUtf8.RootElement));
        Assert.Throws<FormatException>(() => CanonicalJson.Canonicalize(deep.RootElement));
        Assert.Throws<FormatException>(() => CanonicalJson.Canonicalize(default(JsonElement)));
    }

    [Fact]
    public void Nesting_is_accepted_to_64()
    {
        using var deep = JsonDocument.Parse(Nested(64), new JsonDocumentOptions { MaxDepth = 1000 });

        Assert.Equal(Nested(64), Canonicalize(Nested(64)));
        Assert.Equal(Nested(64), CanonicalJson.Canonicalize(deep.RootElement));
        Refused(Nested(65));
    }

    [Fact]
    public void A_node_is_written_as_the_text_that_it_would_become()
    {
        var node = new JsonObject
        {
            ["z"] = 1, ["a"] = new JsonArray(null, true, 1.50m, 9007199254740993L, Guid.Empty, "\ud83d\ude00"),
            ["{"] = "{", ["half \ud800"] = "\udc00 and \"", ["when"] = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), [""] = new JsonObject(),
        };

        Assert.Equal(Canonicalize(Member(node.ToJsonString())), Written(node));
        Assert.Equal("{}", Written(null));
        Assert.Equal(Member(Nested(63)), Written(JsonNode.Parse(Nested(63))));
        Assert.Throws<FormatException>(() => Written(JsonNode.Parse(Nested(64))));
    }

    [Fact]
    public void An_object_is_written_in_the_order_of_its_names()
    {
        var written = new CanonicalObject().Add("a", "\"\u0001 \ud800").Add("b", (string?)null).Add("ba", JsonNode.Parse("[7, -2147483648, 2147483648, 1.0]"));

        Assert.Throws<ArgumentException>(() => written.Add("ba", "twice"));
        Assert.Throws<ArgumentException>(() => written.Add("B", "before"));
        var beside = new CanonicalObject();
        Assert.Equal("{\"a\":\"\\\"\\u0001 \uFFFD\",\"ba\":[7,-2147483648,2147483648,1]}", written.Finish());
        Assert.Throws<InvalidOperationException>(() => written.Add("c", "late"));
        Assert.Throws<InvalidOperationException>(written.Finish);
        Assert.Equal("{}", new CanonicalObject().Finish());
        Assert.Equal("{}", beside.Finish());
        var id = Guid.Parse("0198F3A1-0000-7000-8000-00000000000A");
        Assert.Equal("{\"a\":[{\"id\":\"0198f3a1-0000-7000-8000-00000000000a\",\"n\":-1},{\"id\":\"0198f3a1-0000-7000-8000-00000000000a\",\"n\":2}],\"c\":\"d\"}",
            new CanonicalObject().Add("a", [-1, 2], (it, n) => it.Add("id", id).Add("n", n)).Add("b", Array.Empty<int>(), (it, n) => it.Add("n", n)).Add("c", "d").Finish());
        Assert.Throws<ArgumentException>(() => new CanonicalObject().Add("b", [1], (it, n) => it.Add("n", n).Add("m", n)));
        Assert.Throws<ArgumentException>(() => new CanonicalObject().Add("b", [1], (it, n) => it.Add("n", n)).Add("a", "before"));
    }

    [Fact]
    public void Canonicalization_is_idempotent_and_blind_to_order_and_spacing() =>
        Prop.ForAll<int>(seed =>
        {
            var canonical = Canonicalize(RandomJson(new Random(seed), 0));
            return Canonicalize(canonical) == canonical
                && Canonicalize(Reversed(JsonDocument.Parse(canonical).RootElement)) == canonical
                && Written(JsonNode.Parse(canonical)) == (canonical == "null" ? "{}" : Member(canonical));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_number_changes_its_value() =>
        Prop.ForAll<long>(bits =>
        {
            // Every bit pattern, spread by a multiplier: small generated numbers would only try subnormals.
            var number = BitConverter.Int64BitsToDouble(unchecked(bits * -7046029254386353131L));
            if (!double.IsFinite(number)) return true;
            var canonical = Canonicalize(Text(number));
            return double.Parse(canonical, CultureInfo.InvariantCulture) == number && Canonicalize(canonical) == canonical;
        }).QuickCheckThrowOnFailure();

    private static string Member(string value) => $"{{\"it\":{value}}}";

    private static string Written(JsonNode? value) => new CanonicalObject().Add("it", value).Finish();

    private static string RandomJson(Random random, int depth) => random.Next(depth > 4 ? 4 : 6) switch
    {
        0 => random.Next(2) == 0 ? "true" : "null",
        1 => random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
        2 => Text((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-300, 300))),
        3 => RandomString(random),
        4 => $"[ {string.Join(" ,\n", Enumerable.Range(0, random.Next(4)).Select(_ => RandomJson(random, depth + 1)))} ]",
        _ => $"{{ {string.Join(" ,\t", Enumerable.Range(0, random.Next(5)).Select(_ => RandomString(random)).DistinctBy(it => JsonSerializer.Deserialize<string>(it)).Select(it => $"{it} : {RandomJson(random, depth + 1)}"))} }}",
    };

    /// <summary>Of the characters where orders and escapes differ, escaped or not at random.</summary>
    private static string RandomString(Random random)
    {
        string[] alphabet = ["a", "Z", "\\n", "\\u0000", "\\u001f", "\\\"", "\\\\", "\\/", "é", "\\u00e9", "€", "\uFB33", "😀", "\\ud83d\\ude00", "\u2028"];
        return $"\"{string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => alphabet[random.Next(alphabet.Length)]))}\"";
    }

    private static string Reversed(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(", ", value.EnumerateObject().Reverse().Select(it => $"{JsonSerializer.Serialize(it.Name)} : {Reversed(it.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(", ", value.EnumerateArray().Select(Reversed))}]",
        _ => value.GetRawText(),
    };

    private static string Nested(int depth) => new string('[', depth) + new string(']', depth);

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static string Canonicalize(string json) => CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(json));

    private static void Refused(string json) => Assert.Throws<FormatException>(() => Canonicalize(json));
}
