using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Audit.Archive;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Audit;

/// <summary>A month of the log as files with their proofs, and gone from the database: told of, and proved as before.</summary>
public sealed class ArchiveTests(PostgreSqlExchange shared) : ExchangeTests(shared)
{
    static readonly DateTimeOffset s_april = new(2021, 4, 10, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task What_was_archived_and_dropped_is_said_to_be_archived_and_every_proof_holds()
    {
        var (exchange, it) = await PlayAsync();
        await using var installation = Installation.Of(exchange);
        var folder = Path.Combine(installation.Folder, "archive");
        var memory = (await exchange.VerifyAsync()).Memory!;
        var inApril = await exchange.LookAsync(db => db.Database.SqlQuery<int>($"select count(*)::int as \"Value\" from audit_entries_2021_04").SingleAsync());

        await IsDoneAsync(installation, "audit", "archive", "2021", folder);
        Assert.Contains("2021-04.ndjson", await IsDoneAsync(installation, "audit", "verify", folder), StringComparison.Ordinal);
        // What is about a person is in none of it to be read.
        var lines = (await File.ReadAllLinesAsync(Path.Combine(folder, "2021-04.ndjson"))).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(inApril + 2, lines.Count);
        Assert.Contains(lines, l => l["sealed"]?["person"]?.ToString() == it.Person.ToString());
        Assert.DoesNotContain(lines, l => l["canonical"]?.ToString().Contains(it.Person.ToString(), StringComparison.Ordinal) is true);
        Assert.Contains("dropped", await IsDoneAsync(installation, "audit", "drop", "2021-04", folder), StringComparison.Ordinal);

        Assert.Equal("", await exchange.LookAsync(db => db.Database.SqlQuery<string>($"select coalesce(to_regclass('audit.audit_entries_2021_04')::text, '') as \"Value\"").SingleAsync()));
        await exchange.FillAsync(3);
        await exchange.BuildAsync();
        Assert.Equal(0, await exchange.RunAsync<Months>());
        Assert.Null(await exchange.WrongAsync());
        Assert.Empty((await exchange.VerifyAsync(memory)).Findings);
        var export = await exchange.VerifyExportAsync(new(memory.Keys));
        Assert.Empty(export.Findings);
        Assert.Equal((inApril, export.Checkpoint!.Size), ((int)export.Archived, export.Archived + export.Entries));
        var oversight = new Party(exchange, "contraloria");
        (await oversight.GetAsync("/v1/audit/entries/0")).Refuses(410, " audit.archived");
        (await oversight.GetAsync("/v1/audit/entries/0/proof")).Is(200);
        Assert.Equal("2021-04", (await oversight.GetAsync($"/v1/audit/entries?person={it.Person}")).Is(200)["archived[0]"]);
        Assert.Null((await oversight.GetAsync($"/v1/audit/entries?person={it.Person}&from=2021-05-01")).Is(200)["archived"]);
        // The log tells of it, and the archive goes on to verify.
        var told = JsonNode.Parse((await exchange.EntriesAsync(all => all.Where(e => e.Operation == "audit.drop"))).Single().Canonical)!["details"]!;
        Assert.Equal(("2021-04", inApril), (told["month"]!.ToString(), (int)told["entries"]!));
        await IsDoneAsync(installation, "audit", "verify", folder);
    }

    /// <summary>They lie open in the database, and sealed in the archive.</summary>
    [Fact]
    public async Task Entries_from_before_persons_had_keys_are_archived_sealed_and_dropped()
    {
        var (exchange, it) = await PlayAsync();
        await using var installation = Installation.Of(exchange);
        var folder = Path.Combine(installation.Folder, "archive");
        var old = (await exchange.EntriesAsync(all => all.Where(e => e.Person == it.Person && e.Outcome == Outcomes.Permitted && e.At < s_april.AddDays(20)))).Take(2).ToList();
        await exchange.TamperAsync(async db =>
        {
            foreach (var e in old)
                await db.Database.ExecuteSqlAsync($"update audit_entries set canonical = {e.Canonical}, salt = {e.Salt}, hash = null where id = {e.Id}");
        });

        await IsDoneAsync(installation, "audit", "archive", "2021-04", folder);
        var month = Path.Combine(folder, "2021-04.ndjson");
        var text = await File.ReadAllTextAsync(month);
        Assert.All(old, e => Assert.Contains($"\"sealed\":{{\"id\":\"{e.Id}\"", text, StringComparison.Ordinal));
        Assert.DoesNotContain($"\"person\\\":\\\"{it.Person}", text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(month, text.Replace("\"outcome\":\"permitted\"", "\"outcome\":\"denied\"", StringComparison.Ordinal)); // of the skeleton, which no proof covers
        await IsRefusedAsync(installation, "has another entry", "audit", "drop", "2021-04", folder);
        await File.WriteAllTextAsync(month, text);
        await IsDoneAsync(installation, "audit", "drop", "2021-04", folder);
        await IsDoneAsync(installation, "audit", "verify", folder);
    }

    [Fact]
    public async Task A_month_that_is_dropped_without_an_archive_is_found()
    {
        var (exchange, _) = await PlayAsync();
        var keys = (await exchange.VerifyAsync()).Memory!.Keys;
        await exchange.TamperAsync(db => db.Database.ExecuteSqlRawAsync("drop table audit_entries_2021_04"));
        Assert.Equal(["missing 0"], (await exchange.VerifyExportAsync(new(keys))).Named());
        await exchange.RunAsync<Months>();
        Assert.Contains("2021-04", await exchange.WrongAsync(), StringComparison.Ordinal);

        // Nor does it help to call it archived: no entry of the log tells of it.
        await exchange.LookAsync(async db =>
        {
            var told = await db.AuditSequence.OrderByDescending(s => s.Index).Select(s => s.EntryId).FirstAsync();
            var entries = db.AuditEntries;
            var last = await db.AuditSequence.Where(s => !entries.Any(e => e.Id == s.EntryId)).MaxAsync(s => s.Index);
            db.ArchivedMonths.Add(new() { Month = new(2021, 4, 1), Numbers = $"0-{last}", Entries = last + 1, Sha256 = new byte[32], ToldBy = told, At = exchange.Now });
            return await db.SaveChangesAsync();
        });
        Assert.Equal(["archived 0"], (await exchange.VerifyExportAsync(new(keys))).Named());
    }

    [Fact]
    public async Task An_erasure_after_it_erases_the_archive_too()
    {
        var (exchange, it) = await PlayAsync();
        await using var installation = Installation.Of(exchange);
        var folder = Path.Combine(installation.Folder, "archive");
        await IsDoneAsync(installation, "audit", "archive", "2021-04", folder);
        var month = Path.Combine(folder, "2021-04.ndjson");
        var (before, after) = (Path.Combine(installation.Folder, "before.ndjson"), Path.Combine(installation.Folder, "after.ndjson"));
        await IsDoneAsync(installation, "audit", "open", month, before);
        Assert.Contains(it.Person.ToString(), await File.ReadAllTextAsync(before), StringComparison.Ordinal);
        Assert.DoesNotContain("Erased", await IsDoneAsync(installation, "audit", "verify", before), StringComparison.Ordinal);

        (await new Court(exchange).SendAsync(HttpMethod.Delete, $"/v1/persons/{it.Person}", null)).Is(204);

        await IsDoneAsync(installation, "audit", "open", month, after);
        Assert.DoesNotContain(it.Person.ToString(), await File.ReadAllTextAsync(after), StringComparison.Ordinal);
        Assert.Contains("Erased", await IsDoneAsync(installation, "audit", "verify", after), StringComparison.Ordinal);
        await IsDoneAsync(installation, "audit", "verify", folder);
    }

    [Fact]
    public async Task Nothing_is_dropped_that_is_not_archived_to_the_byte_or_not_over_or_still_accounted_for()
    {
        var (exchange, _) = await PlayAsync();
        await using var installation = Installation.Of(exchange);
        var folder = Path.Combine(installation.Folder, "archive");
        await IsRefusedAsync(installation, "First: interop audit archive", "audit", "drop", "2021-04", folder);
        await IsRefusedAsync(installation, "stays: for 3 years", "audit", "drop", $"{TimeProvider.System.GetUtcNow().AddMonths(-2):yyyy-MM}", folder);
        await IsRefusedAsync(installation, "is not over", "audit", "archive", $"{TimeProvider.System.GetUtcNow():yyyy-MM}", folder);
        await IsRefusedAsync(installation, "has no month 2019-01", "audit", "archive", "2019-01", folder);
        Assert.Equal(2, (await installation.RunAsync("audit", "archive", "april", folder)).Exit);
        await IsDoneAsync(installation, "audit", "archive", "2021-04", folder);
        await IsRefusedAsync(installation, "is there already", "audit", "archive", "2021-04", folder);

        var month = Path.Combine(folder, "2021-04.ndjson");
        var text = await File.ReadAllTextAsync(month);
        foreach (var (changed, says) in new[]
        {
            (System.Text.RegularExpressions.Regex.Replace(text, "\"entry\":\"....", "\"entry\":\"AAAA"), "is not the one in the log"),
            (string.Join('\n', text.Split('\n').Where((_, i) => i != 2)), "is missing"),
            (System.Text.RegularExpressions.Regex.Replace(text, "\"text\":\"....", "\"text\":\"AAAA"), "has another entry"), // what is sealed, and no proof covers
        })
        {
            await File.WriteAllTextAsync(month, changed);
            await IsRefusedAsync(installation, says, "audit", "drop", "2021-04", folder);
        }
        await File.WriteAllTextAsync(month, text);
        await IsDoneAsync(installation, "audit", "drop", "2021-04", folder);
    }

    /// <summary>A person's case in April of 2021, something in May, and today.</summary>
    async Task<(Exchange, Case)> PlayAsync()
    {
        var clock = new TestClock();
        clock.Set(s_april);
        var exchange = await StartAsync(new() { Clock = clock });
        var it = await Case.AdmitAsync(exchange);
        clock.Set(s_april.AddDays(30));
        (await new Court(exchange).ReadAsync(it.Id)).Is(200);
        await exchange.RunAsync<Months>();
        clock.Set(TimeProvider.System.GetUtcNow());
        await exchange.FillAsync(2);
        await exchange.BuildAsync();
        return (exchange, it);
    }

    static async Task<string> IsDoneAsync(Installation installation, params string[] command)
    {
        var (exit, said) = await installation.RunAsync(command);
        Assert.True(exit == 0, said);
        return said;
    }

    static async Task IsRefusedAsync(Installation installation, string says, params string[] command)
    {
        var (exit, said) = await installation.RunAsync(command);
        Assert.True(exit == 1 && said.Contains(says, StringComparison.Ordinal), $"{exit} {said}");
    }
}
