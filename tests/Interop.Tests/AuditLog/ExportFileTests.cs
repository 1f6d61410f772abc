using System.Text;
using System.Text.Json.Nodes;
using Interop.AuditLog;
using Xunit;

namespace Interop.Tests.AuditLog;

public sealed class ExportFileTests
{
    [Fact]
    public async Task A_whole_export_holds()
    {
        var report = await VerifyAsync(Export());
        Assert.Empty(report.Findings);
        Assert.Equal(20, report.Entries);
        Assert.Equal([PaperLog.Signer.Key], ExportFile.KeysOf(Export()[0].ToJsonString()));
    }

    [Fact]
    public async Task Of_an_export_with_filters_what_it_has_holds()
    {
        var lines = Export();
        lines[0]["filters"]!["organisation"] = "juzgado-central";
        lines.RemoveRange(3, 4);
        lines[^1]["count"] = 16;
        Assert.Empty((await VerifyAsync(lines)).Findings);
    }

    [Fact]
    public async Task What_was_erased_is_proved_without_its_text_and_counted()
    {
        var lines = Export();
        Erase(lines[8]);
        Erase(lines[3]);
        var report = await VerifyAsync(lines);
        Assert.Empty(report.Findings);
        Assert.Equal((20, 2), (report.Entries, report.Erased));
    }

    [Theory]
    [InlineData("edit", "entry 7")]
    [InlineData("edit, not canonical", "entry 7")]
    [InlineData("salt", "entry 7")]
    [InlineData("proof", "entry 7")]
    [InlineData("erased, of another", "entry 7")]
    [InlineData("erased, no base64", "entry 7")]
    [InlineData("erased, no text", "export-malformed ")]
    [InlineData("drop", "missing 7")]
    [InlineData("repeat", "order 6")]
    [InlineData("reorder", "missing 7")]
    [InlineData("renumber", "missing 7")]
    [InlineData("cut", "export-incomplete ")]
    [InlineData("cut short", "missing 10")]
    [InlineData("count", "count ")]
    [InlineData("more", "export-malformed ")]
    [InlineData("no entry", "export-malformed ")]
    [InlineData("no header", "export-malformed ")]
    [InlineData("half a surrogate", "export-malformed ")]
    public async Task What_was_done_to_it_is_named(string what, string expected)
    {
        var lines = Export();
        var entry = lines[8]; // number 7
        switch (what)
        {
            case "edit":
                entry["canonical"] = entry["canonical"]!.ToString().Replace("permitted", "refused", StringComparison.Ordinal);
                break;
            case "edit, not canonical":
                entry["canonical"] = entry["canonical"]! + " ";
                break;
            case "salt":
                entry["salt"] = Convert.ToBase64String(new byte[32]);
                break;
            case "proof":
                entry["proof"]!.AsArray().RemoveAt(0);
                break;
            case "erased, of another":
                Erase(entry);
                Erase(lines[9]);
                entry["erased"] = lines[9]["erased"]!.DeepClone();
                break;
            case "erased, no base64":
                Erase(entry);
                entry["erased"] = "§";
                break;
            case "erased, no text":
                Erase(entry);
                entry["erased"] = 7;
                break;
            case "drop":
                lines.RemoveAt(8);
                break;
            case "repeat":
                lines.Insert(8, (JsonObject)lines[7].DeepClone());
                break;
            case "reorder":
                (lines[8], lines[9]) = (lines[9], lines[8]);
                break;
            case "renumber":
                entry["index"] = 8;
                break;
            case "cut":
                lines.RemoveRange(11, lines.Count - 11);
                break;
            case "cut short":
                lines.RemoveRange(11, 10);
                lines[^1]["count"] = 10;
                break;
            case "count":
                lines[^1]["count"] = 21;
                break;
            case "more":
                lines.Add(new());
                break;
            case "no entry":
                entry.Remove("salt");
                break;
            case "half a surrogate":
                Assert.Equal([expected], LogVerifierTests.Named(await VerifyAsync(string.Join('\n', lines.Select((l, i) => i == 8 ? """{"index":7,"canonical":"\ud800","salt":"","proof":[]}""" : l.ToJsonString())))));
                return;
            default:
                lines.RemoveAt(0);
                break;
        }
        Assert.Equal([expected], LogVerifierTests.Named(await VerifyAsync(lines)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]\n[]")]
    [InlineData("\u0000\n")]
    public async Task Anything_else_is_no_export(string text) => Assert.Equal(["export-malformed "], LogVerifierTests.Named(await VerifyAsync(text)));

    static List<JsonObject> Export()
    {
        var records = Enumerable.Range(0, 20).Select(i => (Canonical: $$"""{"n":"{{i}}","outcome":"permitted"}""", Salt: Enumerable.Repeat((byte)i, 32).ToArray())).ToList();
        var log = PaperLog.Of(0).Forged(entries => entries.AddRange(records.Select(r => LogEntry.Entry(r.Salt, r.Canonical))));
        var note = Encoding.UTF8.GetString(log.Files["checkpoint"]);
        return
        [
            new() { ["export"] = ExportFile.Format, ["origin"] = PaperLog.Origin, ["keys"] = new JsonArray(PaperLog.Signer.Key.ToString()), ["checkpoint"] = note, ["filters"] = new JsonObject() },
            .. records.Select((r, i) => new JsonObject
            {
                ["index"] = i, ["canonical"] = r.Canonical, ["salt"] = Convert.ToBase64String(r.Salt),
                ["proof"] = new JsonArray([.. PaperLog.Path(i, log.Entries).Select(h => (JsonNode)Convert.ToBase64String(h))]),
            }),
            new() { ["count"] = 20, ["checkpoint"] = note },
        ];
    }

    static Task<LogReport> VerifyAsync(List<JsonObject> lines) => VerifyAsync(string.Join('\n', lines.Select(l => l.ToJsonString())) + "\n");

    static Task<LogReport> VerifyAsync(string text) => new ExportFile(PaperLog.Trust).VerifyAsync(new StringReader(text), CancellationToken.None);

    private static void Erase(JsonObject line)
    {
        line["erased"] = Convert.ToBase64String(LogEntry.Entry(Convert.FromBase64String(line["salt"]!.ToString()), line["canonical"]!.ToString()));
        line.Remove("canonical");
        line.Remove("salt");
    }
}
