using System.Text.Json;
using System.Text.RegularExpressions;
using Interop.Platform.Http;
using Xunit;

namespace Interop.Tests;

/// <summary>Whatever is refused is said in all four languages.</summary>
public sealed partial class TextsTests
{
    public static TheoryData<string> Codes => [.. Language.Codes.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_text_has_four_languages_that_name_the_same_things(string code)
    {
        var texts = Texts[code];
        Assert.Equal(Language.All.Order(StringComparer.Ordinal), texts.Keys.Order(StringComparer.Ordinal));
        Assert.All(texts.Values, t => Assert.False(string.IsNullOrWhiteSpace(t)));
        Assert.Single(texts.Values.Select(t => string.Join(' ', Placeholder().Matches(t).Select(m => m.Value).Order(StringComparer.Ordinal))).Distinct());
    }

    [Fact]
    public void Every_code_that_the_source_refuses_with_has_its_text()
    {
        var used = Source.Files.SelectMany(f => Refused(f.Text).Select(code => (f.Path, Code: code))).ToList();

        Assert.True(used.Count > 100, $"{used.Count}");
        Assert.All(used, u => Assert.True(Texts.ContainsKey(u.Code), $"{u.Path}: {u.Code}"));
    }

    [Fact]
    public void No_text_is_left_over()
    {
        var literals = Source.Files.SelectMany(f => Literal().Matches(f.Text).Select(m => m.Groups[1].Value)).ToHashSet();

        // A problem and a fault are written by their last part, everything else whole.
        Assert.All(Texts.Keys.Where(code => code != "problem.too-many-requests" /* waits for the limits per client */), code => Assert.True(literals.Contains(code) || literals.Contains(code[(code.IndexOf('.', StringComparison.Ordinal) + 1)..]), code));
    }

    static IEnumerable<string> Refused(string source) =>
        Problem().Matches(source).Select(m => $"problem.{m.Groups[1].Value}")
            .Concat(Fault().Matches(source).SelectMany(m => m.Groups["code"].Captures.Select(c => $"fault.{c.Value}")))
            .Concat(Text().Matches(source).Select(m => m.Groups[1].Value));

    static readonly Dictionary<string, Dictionary<string, string>> Texts = Source.Root.GetDirectories("src")[0]
        .GetDirectories("Texts", SearchOption.AllDirectories).Where(d => !d.FullName.Contains("artifacts", StringComparison.Ordinal))
        .SelectMany(d => d.GetFiles("*.json"))
        .SelectMany(f => JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(File.ReadAllText(f.FullName))!)
        .ToDictionary(t => t.Key, t => t.Value);

    [GeneratedRegex(@"\{\d+\}")]
    private static partial Regex Placeholder();

    /// <summary><c>new(413, "payload-too-large")</c></summary>
    [GeneratedRegex(@"(?:Refusal|new)\((?:4|5)\d\d, ""([a-z-]+)""")]
    private static partial Regex Problem();

    /// <summary><c>Fail("at", "date.future")</c>, <c>new Fault(path, care ? "a" : "b")</c>, <c>Conflict("", "referral.state", …)</c></summary>
    [GeneratedRegex(@"(?:\bFail|\bFault|\bConflict|aults\.Add\(new)\((?:\$?""[^""]*""|[\w.]+(?:\([^()]*\))?), (?:[^"",;]*\? )?""(?<code>[a-z]+(?:[.-][a-z]+)*)""(?: : ""(?<code>[a-z]+(?:[.-][a-z]+)*)"")?")]
    private static partial Regex Fault();

    /// <summary><c>call.Text("warning.likely-duplicate", …)</c></summary>
    [GeneratedRegex(@"""((?:warning|notice)\.[a-z-]+)""")]
    private static partial Regex Text();

    [GeneratedRegex(@"""([a-z][a-z.-]*)""")]
    private static partial Regex Literal();
}
