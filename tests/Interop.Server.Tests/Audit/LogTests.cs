using System.Data.Common;
using System.Net;
using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Audit.Log;
using Interop.AuditLog;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Audit;

/// <summary>The log as anybody reads it.</summary>
public abstract class LogTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Whoever_reads_it_can_verify_all_of_it_while_it_grows()
    {
        var exchange = await StartAsync(new());
        LogMemory? memory = null;
        foreach (var count in new[] { 1, 3, 250, 10, 300, 1 })
        {
            await exchange.FillAsync(count);
            await exchange.BuildAsync();
            var report = await exchange.VerifyAsync(memory);
            Assert.Empty(report.Findings);
            Assert.Equal(await exchange.LookAsync(db => db.AuditSequence.LongCountAsync()), report.Checkpoint!.Size);
            memory = report.Memory;
        }
    }

    [Fact]
    public async Task Its_leaves_are_those_of_the_entries_in_the_order_of_their_numbers()
    {
        var exchange = await StartAsync(new());
        await exchange.FillAsync(260);
        await exchange.BuildAsync();
        var entries = await exchange.LookAsync(db => LogSearch.Number(db, db.AuditEntries).OrderBy(n => n.Index).ToListAsync());
        var range = new CompactRange();
        foreach (var entry in entries)
            range.Append(LogEntry.LeafHash(entry.Entry.Held));
        Assert.Equal(Checkpoint.Parse((await exchange.CheckpointAsync()).Text).Root, range.Root());
    }

    [Fact]
    public async Task What_waited_long_for_its_number_is_taken_in_with_what_is_new_and_whatever_lies_between_waits_for_its_own()
    {
        var exchange = await StartAsync(new());
        var now = TimeProvider.System.GetUtcNow();
        AuditEntry[] entries = [.. new[] { 60, 0.5, 0.4, 0.3 }.Select(ago => LogWriter.Entry(now.AddSeconds(-ago), "juzgado-central"))];
        foreach (var number in new[] { 0, 1, 3 }) // the third is there, and nobody gave it a number
            await exchange.WriteAsync(entries[number]);
        await exchange.LookAsync(db =>
        {
            db.AuditEntries.Add(entries[2]);
            return db.SaveChangesAsync();
        });
        await exchange.RunAsync<Sequencer>();
        await exchange.BuildAsync();
        var numbered = await exchange.LookAsync(db => LogSearch.Number(db, db.AuditEntries).OrderBy(n => n.Index).Select(n => n.Entry.Id).ToListAsync());
        Assert.Equal([entries[0].Id, entries[1].Id, entries[3].Id], numbered.Intersect(entries.Select(e => e.Id)));
        Assert.Empty((await exchange.VerifyAsync()).Findings);
        Assert.Equal(await exchange.LookAsync(db => db.AuditSequence.LongCountAsync()), await exchange.SignedAsync());
    }

    [Fact]
    public async Task An_existing_database_is_caught_up_with_in_steps()
    {
        var exchange = await StartAsync(new());
        await exchange.FillAsync(9000);
        Assert.Equal(4096, await exchange.RunAsync<LogBuilder>());
        Assert.Equal(4096, await exchange.RunAsync<LogBuilder>());
        Assert.InRange(await exchange.RunAsync<LogBuilder>(), 808, 4096);
        Assert.Equal(0, await exchange.RunAsync<LogBuilder>());
        Assert.Empty((await exchange.VerifyAsync()).Findings);
        Assert.Equal(await exchange.LookAsync(db => db.AuditSequence.LongCountAsync()), await exchange.SignedAsync());
    }

    [Fact]
    public async Task A_checkpoint_follows_within_moments_by_the_worker()
    {
        var exchange = await StartAsync(new() { Workers = true });
        var court = new Court(exchange);
        (await court.GetAsync("/v1/referrals")).Is(200);
        var entry = Assert.Single(await court.AuditedAsync());
        await Eventually.HoldsAsync("a checkpoint covers the entry", async () =>
        {
            var index = await exchange.LookAsync(db => db.AuditSequence.Where(s => s.EntryId == entry.Id).Select(s => (long?)s.Index).SingleOrDefaultAsync());
            using var answer = await exchange.Http.GetAsync("/audit/log/checkpoint");
            return answer.IsSuccessStatusCode && index < await exchange.SignedAsync();
        }, TimeSpan.FromSeconds(30));
        Assert.Empty((await exchange.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task The_checkpoint_is_not_kept_by_caches_and_tiles_are_kept_for_ever()
    {
        var exchange = await StartAsync(new());
        using (var none = await exchange.Http.GetAsync("/audit/log/checkpoint"))
            Assert.Equal(404, (int)none.StatusCode);
        await exchange.FillAsync(300);
        await exchange.BuildAsync();
        using var checkpoint = await exchange.Http.GetAsync("/audit/log/checkpoint");
        Assert.Equal("text/plain; charset=utf-8", checkpoint.Content.Headers.ContentType!.ToString());
        Assert.True(checkpoint.Headers.CacheControl!.NoStore);

        foreach (var path in new[] { "tile/0/000", "tile/entries/000", "tile/1/000.p/1", "tile/0/001.p/1", "tile/0/000.p/7" })
        {
            using var first = await exchange.Http.GetAsync($"/audit/log/{path}");
            Assert.Equal(200, (int)first.StatusCode);
            Assert.Equal("application/octet-stream", first.Content.Headers.ContentType!.ToString());
            Assert.Equal("public, max-age=31536000, immutable", string.Join(", ", first.Headers.GetValues("Cache-Control")));
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/audit/log/{path}");
            request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            using var again = await exchange.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        }
    }

    [Fact]
    public async Task What_is_not_there_or_not_signed_yet_is_not_found()
    {
        var exchange = await StartAsync(new());
        await exchange.FillAsync(300);
        await exchange.BuildAsync();
        var size = await exchange.SignedAsync();
        await exchange.FillAsync(5);
        foreach (var path in new[] { "", "x", "tile", "tile/0/002", $"tile/0/001.p/{size - 256 + 1}", "tile/0/001", "tile/2/000.p/1", "tile/2/000", "tile/1/000", "tile/entries/001", "tile/0/000.p/256", "tile/0/0", "tile/0/%2e%2e/000", "tile/63/x999/x999/x999/x999/x999/999" })
        {
            using var answer = await exchange.Http.GetAsync($"/audit/log/{path}");
            Assert.True((int)answer.StatusCode == 404, $"{path}: {answer.StatusCode}");
            Assert.True(answer.Headers.CacheControl!.NoStore); // it may be there tomorrow
        }
    }

    [Fact]
    public async Task A_key_that_comes_in_signs_beside_the_old_one_and_both_stay_published()
    {
        var exchange = await StartAsync(new());
        await exchange.FillAsync(3);
        await exchange.BuildAsync();
        var old = VerifierKey.Parse((await KeysAsync(exchange))[0]["key"]!.ToString());
        await File.WriteAllTextAsync(Path.Combine(exchange.Keys, "audit-signing-2.key"), LogWorld.NewPem());
        await exchange.FillAsync(3);
        await exchange.BuildAsync();
        var keys = await KeysAsync(exchange);
        Assert.Equal([true, true], keys.Select(k => (bool)k["signs"]!));
        var added = VerifierKey.Parse(keys[1]["key"]!.ToString());
        Assert.Equal([old, added], (await exchange.CheckpointAsync()).Verified([old, added]));
        var memory = (await exchange.VerifyAsync(trust: new(old))).Memory;
        File.Delete(Path.Combine(exchange.Keys, "audit-signing.key"));
        await exchange.FillAsync(3);
        await exchange.BuildAsync();
        Assert.Equal([false, true], (await KeysAsync(exchange)).Select(k => (bool)k["signs"]!));
        Assert.Empty((await exchange.VerifyAsync(memory, new(added))).Findings);
        Assert.Equal(["signature "], (await exchange.VerifyAsync(memory, new(old))).Named());
    }

    [Fact]
    public async Task A_key_that_is_none_is_named_and_signs_nothing()
    {
        var exchange = await StartAsync(new());
        System.IO.Directory.CreateDirectory(exchange.Keys);
        await File.WriteAllTextAsync(Path.Combine(exchange.Keys, "audit-signing.key"), "none");
        await exchange.FillAsync(3);
        await exchange.BuildAsync();
        Assert.Contains("audit-signing.key", await exchange.WrongAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await exchange.LookAsync(db => db.Checkpoints.CountAsync()));
        Assert.Empty(await KeysAsync(exchange));
        await File.WriteAllTextAsync(Path.Combine(exchange.Keys, "audit-signing.key"), LogWorld.NewPem());
        await exchange.BuildAsync();
        Assert.Null(await exchange.WrongAsync());
        Assert.Empty((await exchange.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task The_log_is_named_after_the_issuer_or_as_it_is_told()
    {
        foreach (var (setting, origin) in new[] { ("Identity:Issuer=https://interop.example.org:8443/base/", "interop.example.org:8443/base/audit/log"), ("Audit:Origin=example.org/other", "example.org/other") })
        {
            var exchange = await StartAsync(new() { Settings = [setting] });
            await exchange.FillAsync(1);
            await exchange.BuildAsync();
            Assert.Equal(origin, Checkpoint.Parse((await exchange.CheckpointAsync()).Text).Origin);
        }
    }

    [Fact]
    public async Task A_node_that_restarts_goes_on_with_the_same_log()
    {
        var exchange = await StartAsync(new());
        await exchange.FillAsync(300);
        await exchange.BuildAsync();
        var memory = (await exchange.VerifyAsync()).Memory;
        await exchange.RestartAsync();
        await exchange.FillAsync(10);
        await exchange.BuildAsync();
        var report = await exchange.VerifyAsync(memory);
        Assert.Empty(report.Findings);
        Assert.True(report.Checkpoint!.Size >= memory!.Checkpoint.Size + 10);
    }

    [Theory]
    [InlineData("update audit_log_entries set entries = entries")]
    [InlineData("delete from audit_log_entries")]
    [InlineData("update audit_log_hashes set hash = hash")]
    [InlineData("delete from audit_log_hashes")]
    [InlineData("update audit_checkpoints set note = note")]
    [InlineData("delete from audit_checkpoints")]
    [InlineData("update audit_cosignatures set line = line")]
    [InlineData("delete from audit_cosignatures")]
    [InlineData("update audit_log_keys set since_size = 1")]
    [InlineData("delete from audit_log_keys")]
    public async Task The_database_itself_refuses_a_change_of_what_was_taken_in_or_signed(string sql)
    {
        await Exchange.LookAsync(FillTablesAsync);
        var e = await Assert.ThrowsAnyAsync<DbException>(() => Exchange.LookAsync(db => db.Database.ExecuteSqlRawAsync(sql)));
        Assert.Contains("only ever appended to", e.Message, StringComparison.Ordinal);
    }

    /// <summary>A row in each table that an exchange without workers leaves empty.</summary>
    static async Task<int> FillTablesAsync(Interop.Platform.Db db)
    {
        if (await db.LoggedHashes.AnyAsync(h => h.Level == 60))
            return 0;
        db.LoggedHashes.Add(new() { Level = 60, Index = 1, Hash = new byte[32] });
        db.LoggedEntries.Add(new() { Index = 1_000_000, Entries = new byte[32] });
        db.Checkpoints.Add(new() { Origin = "elsewhere", Size = 1, Note = "", At = default });
        db.Cosignatures.Add(new() { Origin = "elsewhere", Size = 1, Witness = "w", Line = "", At = default });
        db.LogKeys.Add(new() { VerifierKey = "k", Origin = "elsewhere", SinceSize = 1, Since = default });
        return await db.SaveChangesAsync();
    }

    static async Task<List<JsonNode>> KeysAsync(Exchange exchange) =>
        [.. JsonNode.Parse(await exchange.Http.GetStringAsync("/audit/log/keys"))!["keys"]!.AsArray().Select(k => k!)];
}

public sealed class LogOnSqlite(SqliteExchange shared) : LogTests(shared)
{
    [Theory]
    [InlineData("replace into audit_log_entries select \"index\", entries from audit_log_entries")]
    [InlineData("replace into audit_log_hashes select level, \"index\", hash from audit_log_hashes")]
    [InlineData("replace into audit_checkpoints select origin, size, 'x', at from audit_checkpoints")]
    [InlineData("replace into audit_log_keys select verifier_key, origin, 9, since from audit_log_keys")]
    public async Task Nor_is_it_replaced(string sql)
    {
        var exchange = await StartAsync(new());
        await exchange.FillAsync(300);
        await exchange.BuildAsync();
        var e = await Assert.ThrowsAnyAsync<DbException>(() => exchange.LookAsync(db => db.Database.ExecuteSqlRawAsync(sql)));
        Assert.Contains("only ever appended to", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_shares_nothing_with_this_program_finds_it_sound()
    {
        var exchange = await StartAsync(new() { Settings = ["Audit:Origin=example.org/audit/log"] });
        await exchange.FillAsync(700);
        await exchange.BuildAsync();
        await Node.HoldsAsync("audit-log.mjs", exchange);
    }
}

public sealed class LogOnPostgreSql(PostgreSqlExchange shared) : LogTests(shared)
{
    [Theory]
    [InlineData("truncate audit_log_entries")]
    [InlineData("truncate audit_log_hashes")]
    [InlineData("truncate audit_checkpoints")]
    [InlineData("truncate audit_cosignatures")]
    [InlineData("truncate audit_log_keys")]
    public async Task Nor_is_it_emptied(string sql)
    {
        var e = await Assert.ThrowsAnyAsync<DbException>(() => Exchange.LookAsync(db => db.Database.ExecuteSqlRawAsync(sql)));
        Assert.Contains("only ever appended to", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_killed_at_any_moment_leaves_a_log_that_goes_on()
    {
        var exchange = await StartAsync(new());
        var random = new Random(7);
        LogMemory? memory = null;
        for (var round = 0; round < 3; round++)
        {
            var other = await ServerProcess.BesideAsync(exchange);
            var enough = (memory?.Checkpoint.Size ?? 0) + random.Next(10, 200);
            var calling = Enumerable.Range(0, 4).Select(_ => CallAsync(new(exchange) { At = other.Http })).ToList();
            await Eventually.HoldsAsync("enough is signed", async () => await exchange.LookAsync(db => db.Checkpoints.MaxAsync(c => (long?)c.Size)) >= enough, TimeSpan.FromSeconds(60));
            await other.DisposeAsync(); // kill -9, wherever it is
            await Task.WhenAll(calling);
            var report = await exchange.VerifyAsync(memory);
            Assert.Empty(report.Findings);
            memory = report.Memory;
        }
        await exchange.BuildAsync();
        var whole = await exchange.VerifyAsync(memory);
        Assert.Empty(whole.Findings);
        Assert.Equal(await exchange.LookAsync(db => db.AuditEntries.LongCountAsync()), whole.Checkpoint!.Size);
        Assert.Null(await exchange.WrongAsync());
    }

    /// <summary>Until the server is gone.</summary>
    static async Task CallAsync(Court court)
    {
        try
        {
            while (true)
                await court.GetAsync("/v1/referrals");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or ObjectDisposedException or TaskCanceledException)
        {
        }
    }

    [Fact]
    public async Task Two_servers_with_their_workers_keep_one_log_without_gap_double_or_fork()
    {
        var exchange = await StartAsync(new() { Workers = true });
        await using var other = await ServerProcess.BesideAsync(exchange);
        using var done = new CancellationTokenSource();
        var auditing = Task.Run(async () =>
        {
            LogMemory? memory = null;
            var seen = 0;
            while (!done.IsCancellationRequested)
            {
                using var there = await exchange.Http.GetAsync("/audit/log/checkpoint");
                if (!there.IsSuccessStatusCode)
                    continue;
                var report = await exchange.VerifyAsync(memory);
                Assert.Empty(report.Findings);
                (memory, seen) = (report.Memory, seen + 1);
            }
            return seen;
        });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            var court = new Court(exchange) { At = i % 2 == 0 ? null : other.Http };
            for (var n = 0; n < 40; n++)
                (await court.GetAsync("/v1/referrals")).Is(200);
        }));
        await Eventually.HoldsAsync("every entry is signed", async () =>
            await exchange.LookAsync(db => db.AuditEntries.LongCountAsync()) is var entries && entries >= 320 && entries == await exchange.SignedAsync(), TimeSpan.FromSeconds(60));
        await done.CancelAsync();
        Assert.True(await auditing > 1);

        var report = await exchange.VerifyAsync();
        Assert.Empty(report.Findings);
        var sequence = await exchange.LookAsync(db => db.AuditSequence.OrderBy(s => s.Index).ToListAsync());
        Assert.Equal(Enumerable.Range(0, sequence.Count).Select(i => (long)i), sequence.Select(s => s.Index));
        // No two checkpoints of it contradict each other, whoever signed them.
        var signed = await exchange.LookAsync(db => db.Checkpoints.OrderBy(c => c.Size).ToListAsync());
        Assert.True(signed.Count > 1);
        using var place = new Interop.Server.AuditTools.LogPlace(exchange.Log());
        var verifier = new LogVerifier(place.ReadAsync, new(await place.KeysAsync(CancellationToken.None)));
        Assert.Empty((await verifier.RunAsync(CancellationToken.None, [.. signed.Select(c => Checkpoint.Parse(SignedNote.Parse(c.Note).Text))])).Findings);
        Assert.Null(await exchange.WrongAsync());
    }
}
