using System.Text.Json.Nodes;
using Interop.Consent.Packs;
using Xunit;

namespace Interop.Tests.Consent;

/// <summary>The law as data.</summary>
public sealed class PackTests
{
    static readonly string s_folder = Path.Combine(Source.Root.FullName, "packs");
    static readonly string[] s_unverified = ["br", "cl", "co", "jm", "mx"];

    static long At(string instant) => DateTimeOffset.Parse(instant, null).UtcTicks;

    [Fact]
    public void The_program_brings_these_packs() =>
        Assert.Equal(["br-lgpd", "cl-21719", "co-1581", "default", "jm-dpa", "mx-2025", "us-42cfr2"], Way.Packs.All.Select(p => p.Id).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("US", null, "2026-11-24T12:00:00Z", "us-42cfr2")]
    [InlineData(null, "US", "2026-11-24T12:00:00Z", "us-42cfr2")] // where the discloser's says nothing, the matter's
    [InlineData("BR", "US", "2026-11-24T12:00:00Z", "br-lgpd")] // it is the discloser who must not disclose
    [InlineData("GT", "US", "2026-11-24T12:00:00Z", "us-42cfr2")]
    [InlineData("BR-SP", null, "2026-11-24T12:00:00Z", "br-lgpd")]
    [InlineData("br-sp", null, "2026-11-24T12:00:00Z", "br-lgpd")]
    [InlineData("GT", "GT", "2026-11-24T12:00:00Z", "default")]
    [InlineData(null, null, "2026-11-24T12:00:00Z", "default")]
    [InlineData("CL", null, "2026-12-01T02:59:59Z", "default")] // midnight in Santiago
    [InlineData("CL", null, "2026-12-01T03:00:00Z", "cl-21719")]
    [InlineData("US", null, "2024-04-16T03:59:59Z", "default")]
    [InlineData("US", null, "2024-04-16T04:00:00Z", "us-42cfr2")]
    public void Which_applies_follows_from_discloser_matter_and_date(string? discloser, string? matter, string at, string id) =>
        Assert.Equal(id, Way.Packs.For(discloser, matter, At(at)).Id);

    [Fact]
    public void What_was_not_checked_against_the_gazette_says_so_and_states_no_settings()
    {
        foreach (var name in s_unverified)
        {
            var pack = JsonNode.Parse(File.ReadAllText(Path.Combine(s_folder, $"{name}.json")))!;
            Assert.Equal("unverified", pack["status"]!.ToString());
            Assert.All(pack["settings"]!.AsObject(), s => Assert.Null(s.Value));
        }
    }

    /// <summary>What DOMAIN.md states of each law, and null for the rest: nobody invents a deadline.</summary>
    [Theory]
    [InlineData("br", "rights.access deadlines.access")]
    [InlineData("cl", "rights.access rights.accessNamesRecipients rights.rectification rights.recipientsToldOfRectification rights.erasure rights.portability rights.blocking")]
    [InlineData("mx", "rights.access rights.rectification rights.erasure deadlines.access deadlines.rectification deadlines.erasure")]
    [InlineData("co", "deadlines.query")]
    [InlineData("jm", "")]
    [InlineData("us", "deadlines.accounting retention.accountingYears")]
    public void A_pack_states_this_and_nothing_else(string name, string stated)
    {
        var pack = JsonNode.Parse(File.ReadAllText(Path.Combine(s_folder, $"{name}.json")))!;

        Assert.Equal(stated, string.Join(' ', ((string[])["rights", "deadlines", "retention"]).SelectMany(part => pack[part]!.AsObject().Where(m => m.Value is not null).Select(m => $"{part}.{m.Key}"))));
    }

    [Fact]
    public void The_numbers_are_those_of_the_law()
    {
        Deadlines Of(string id) => Way.Packs.All.Single(p => p.Id == id).Stated.Deadlines;

        Assert.Equal(new Deadline(15, "days"), Of("br-lgpd").Access);
        Assert.Equal(new Deadline(20, "days"), Of("mx-2025").Access);
        Assert.Equal(new Deadline(10, "working-days"), Of("co-1581").Query);
        Assert.Equal(new Deadline(30, "days"), Of("us-42cfr2").Accounting);
        Assert.Equal(3, Way.Packs.All.Single(p => p.Id == "us-42cfr2").Stated.Retention.AccountingYears);
    }

    [Fact]
    public void What_a_pack_leaves_open_is_as_in_the_plain_default()
    {
        var (jamaica, plain) = (Way.Packs.All.Single(p => p.Id == "jm-dpa"), Way.Packs.Default);

        Assert.Equal((plain.JusticeConsentStands, plain.Obligations.Count, plain.Separate.Length), (jamaica.JusticeConsentStands, jamaica.Obligations.Count, jamaica.Separate.Length));
    }

    [Fact]
    public void A_pack_of_the_configured_folder_replaces_the_one_of_the_same_name_and_others_are_added()
    {
        using var folder = new Folder();
        folder.Write("br.json", "br", p => p["version"] = "2");
        folder.Write("gt.json", "jm", p => (p["id"], p["jurisdiction"]) = ("gt-1", "GT"));

        var shelf = PackShelf.Load(folder.Path);

        Assert.Equal(("br-lgpd/2", "gt-1/1"), (shelf.For("BR", null, At("2026-11-24")).ToString(), shelf.For("GT", null, At("2026-11-24")).ToString()));
    }

    public static TheoryData<string, string> Wrong => new()
    {
        { """{"remove":"settings"}""", "/settings is missing" },
        { """{"set":"status","to":"checked"}""", "/status must be one of" },
        { """{"set":"deadlines.access","to":{"amount":0,"unit":"days"}}""", "/deadlines/access/amount must be at least 1" },
        { """{"set":"deadlines.access","to":{"amount":1,"unit":"weeks"}}""", "/deadlines/access/unit must be one of" },
        { """{"set":"deadlines.acess","to":null}""", "/deadlines/acess is not a member of a pack" },
        { """{"set":"settings.justiceConsentStands","to":"yes"}""", "/settings/justiceConsentStands must be boolean or null" },
        { """{"set":"settings.obligations","to":[{"system":"x"}]}""", "/settings/obligations/0/code is missing" },
        { """{"set":"effective.from","to":"2026-13-01"}""", "/effective/from must be a date" },
        { """{"set":"effective.timeZone","to":"Mars/Olympus"}""", "/effective/timeZone must be a time-zone" },
        { """{"set":"jurisdiction","to":"Brasil"}""", "/jurisdiction must match" },
        { """{"set":"jurisdiction","to":null}""", "/jurisdiction must be null in default.json, and nowhere else" },
        { """{"set":"jurisdiction","to":"CO"}""", "it is in effect together with" },
        { """{"set":"id","to":"co-1581"}""", "or has its id" },
        { """{"set":"retention","to":{"accountingYears":5,"keep":{"persons":{"amount":59,"unit":"months"}}}}""", "/retention/keep/persons: a person is kept for 59 months, and /retention/accountingYears has it told for 5 years" },
        { """{"set":"retention","to":{"accountingYears":1,"keep":{"persons":{"amount":365,"unit":"days"}}}}""", "/retention/keep/persons" }, // of a leap year a day too few
        { """{"set":"retention","to":{"accountingYears":null,"keep":{"persons":{"amount":2,"unit":"years"}}}}""", "has it told for 3 years" }, // which the plain default says
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_pack_that_is_wrong_stops_the_start_with_its_file_and_the_place(string change, string said)
    {
        using var folder = new Folder();
        var how = JsonNode.Parse(change)!;
        folder.Write("br.json", "br", p =>
        {
            var path = (how["remove"] ?? how["set"])!.ToString().Split('.');
            var parent = path[..^1].Aggregate(p, (at, step) => at[step]!).AsObject();
            if (how["remove"] is not null)
                parent.Remove(path[^1]);
            else
                parent[path[^1]] = how["to"]?.DeepClone();
        });

        var e = Assert.Throws<InvalidOperationException>(() => PackShelf.Load(folder.Path));

        Assert.Contains(said, e.Message, StringComparison.Ordinal);
        Assert.Contains("br.json", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 60, "months")]
    [InlineData(1, 366, "days")]
    [InlineData(3, 3, "years")]
    public void What_is_kept_as_long_as_it_is_accounted_for_is_taken(int years, int amount, string unit)
    {
        using var folder = new Folder();
        folder.Write("br.json", "br", p => p["retention"] = new JsonObject { ["accountingYears"] = years, ["keep"] = new JsonObject { ["persons"] = new JsonObject { ["amount"] = amount, ["unit"] = unit } } });

        Assert.Equal(amount, PackShelf.Load(folder.Path).For("BR", null, At("2026-11-24")).Keep("persons")!.Amount);
    }

    [Fact]
    public void What_is_no_JSON_is_told_by_line()
    {
        using var folder = new Folder();
        File.WriteAllText(System.IO.Path.Combine(folder.Path, "xx.json"), "{\n  \"id\": \n}");

        Assert.Contains("xx.json: line 3", Assert.Throws<InvalidOperationException>(() => PackShelf.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_default_leaves_nothing_open()
    {
        using var folder = new Folder();
        folder.Write("default.json", "default", p => p["settings"]!["obligations"] = null);

        Assert.Contains("/settings must leave nothing open", Assert.Throws<InvalidOperationException>(() => PackShelf.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_not_there_stops_the_start() => Assert.Contains("/nowhere", Assert.Throws<InvalidOperationException>(() => PackShelf.Load("/nowhere")).Message, StringComparison.Ordinal);

    sealed class Folder : IDisposable
    {
        public string Path { get; } = System.IO.Directory.CreateTempSubdirectory("interop-packs-").FullName;

        public void Write(string name, string like, Action<JsonNode> change)
        {
            var pack = JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(s_folder, $"{like}.json")))!;
            change(pack);
            File.WriteAllText(System.IO.Path.Combine(Path, name), pack.ToJsonString());
        }

        public void Dispose() => System.IO.Directory.Delete(Path, recursive: true);
    }
}
