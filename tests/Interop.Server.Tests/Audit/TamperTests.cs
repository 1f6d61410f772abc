using Interop.Audit;
using Interop.Audit.Log;
using Interop.AuditLog;
using Interop.Platform;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Audit;

/// <summary>
/// What somebody does who owns the database: edit, drop, insert, reorder, truncate, roll back, behind the server's back and
/// with the triggers gone. Whoever kept an earlier checkpoint, or takes an export, is told what.
/// </summary>
public abstract class TamperTests(SharedExchange shared) : ExchangeTests(shared)
{
    const int Filled = 40;

    [Theory]
    [InlineData("an entry's text", "entry 17")]
    [InlineData("an entry's salt", "entry 17")]
    [InlineData("an entry dropped", "missing 17")]
    [InlineData("entries truncated", "missing 0")]
    [InlineData("numbers exchanged", "entry 17")]
    [InlineData("a number dropped", "missing 17")]
    [InlineData("an entry put in between", "entry 17")]
    [InlineData("numbers truncated", "missing 0")]
    public async Task An_entry_that_is_not_what_the_log_holds_is_named_by_the_export(string what, string expected)
    {
        var (exchange, memory) = await StartAsync();
        Assert.Empty((await exchange.VerifyExportAsync(new(memory.Keys))).Findings);
        await exchange.TamperAsync(db => what switch
        {
            "an entry's text" => Of(db, 17).ExecuteUpdateAsync(s => s.SetProperty(e => e.Canonical, e => e.Canonical.Replace("permitted", "refused"))),
            "an entry's salt" => Of(db, 17).ExecuteUpdateAsync(s => s.SetProperty(e => e.Salt, new byte[32])),
            "an entry dropped" => Of(db, 17).ExecuteDeleteAsync(),
            "entries truncated" => db.AuditEntries.ExecuteDeleteAsync(),
            "numbers exchanged" => ExchangeAsync(db, 17, 18),
            "a number dropped" => db.AuditSequence.Where(s => s.Index == 17).ExecuteDeleteAsync(),
            "an entry put in between" => PutInAsync(db, 17),
            _ => db.AuditSequence.ExecuteDeleteAsync(),
        });
        Assert.Equal([expected], (await exchange.VerifyExportAsync(new(memory.Keys))).Named());
        // The log itself has its own copy of every hash, and is as it was seen.
        Assert.Empty((await exchange.VerifyAsync(memory)).Findings);
    }

    [Theory]
    [InlineData("what the log holds", "changed 17")]
    [InlineData("what the log holds, dropped", "missing 0")]
    [InlineData("a root over a tile", "tile 0")]
    [InlineData("a root over a tile, dropped", "missing 0")]
    [InlineData("the checkpoint", "checkpoint-malformed ")]
    [InlineData("the checkpoint dropped", "rolled-back")]
    public async Task A_change_of_the_log_itself_is_named_to_whoever_saw_it_before(string what, string expected)
    {
        var overTile = what.Contains("tile", StringComparison.Ordinal);
        var (exchange, memory) = await StartAsync(overTile ? 300 : Filled);
        if (what == "the checkpoint dropped")
        {
            await exchange.FillAsync(5);
            await exchange.BuildAsync();
            memory = (await exchange.VerifyAsync(memory)).Memory!;
            expected = $"rolled-back {await exchange.LookAsync(db => db.Checkpoints.MinAsync(c => c.Size))}";
        }
        await exchange.TamperAsync(db => what switch
        {
            "what the log holds" => ChangeHeldAsync(db, 17),
            "what the log holds, dropped" => db.LoggedEntries.Where(e => e.Index <= 17).ExecuteDeleteAsync(),
            "a root over a tile" => db.LoggedHashes.ExecuteUpdateAsync(s => s.SetProperty(h => h.Hash, new byte[32])),
            "a root over a tile, dropped" => db.LoggedHashes.ExecuteDeleteAsync(),
            "the checkpoint" => ChangeNoteAsync(db),
            _ => DropLastAsync(db),
        });
        Assert.Equal([expected], (await exchange.VerifyAsync(memory)).Named());
    }

    [Fact]
    public async Task A_log_put_back_to_an_earlier_state_is_not_signed_and_says_so_until_it_is_whole_again()
    {
        var (exchange, memory) = await StartAsync();
        Assert.Null(await exchange.WrongAsync());
        await exchange.TamperAsync(db => RollBackAsync(db, 30));
        await exchange.FillAsync(3);
        await exchange.BuildAsync();
        Assert.Contains("put back to an earlier state", await exchange.WrongAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await exchange.LookAsync(db => db.Checkpoints.CountAsync()));
        await exchange.FillAsync(Filled); // now there are more than there were, and others
        await exchange.BuildAsync();
        Assert.Contains("are not those", await exchange.WrongAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await exchange.LookAsync(db => db.Checkpoints.CountAsync()));

        // Whoever puts back the keys' folder too gets a signature: and whoever saw the log before is told.
        File.Delete(exchange.LastCheckpointFile());
        await exchange.BuildAsync();
        Assert.Null(await exchange.WrongAsync());
        Assert.Equal(["changed 30"], (await exchange.VerifyAsync(memory)).Named());
    }

    [Fact]
    public async Task A_log_that_is_shorter_than_it_was_seen_is_named()
    {
        var (exchange, memory) = await StartAsync();
        await exchange.TamperAsync(db => RollBackAsync(db, 30));
        File.Delete(exchange.LastCheckpointFile());
        await exchange.BuildAsync();
        var size = await exchange.SignedAsync();
        Assert.Equal([$"rolled-back {size}"], (await exchange.VerifyAsync(memory)).Named());
    }

    [Theory]
    [InlineData("a number is missing", "was given to no entry")]
    [InlineData("an entry is gone", "is gone before it was taken")]
    [InlineData("a number of nothing", "is gone before it was taken")]
    [InlineData("numbers truncated", "do not reach so far")]
    [InlineData("what the log holds", "are not those")]
    [InlineData("what the log holds, dropped", "not whole")]
    public async Task Damage_stops_the_signing_visibly_and_its_repair_lets_it_go_on(string what, string says)
    {
        var (exchange, memory) = await StartAsync();
        await exchange.FillAsync(3);
        await exchange.BuildAsync(); // a second row of what the log holds
        memory = (await exchange.VerifyAsync(memory)).Memory!;
        await exchange.FillAsync(3);
        var last = await exchange.LookAsync(db => db.AuditSequence.MaxAsync(s => s.Index));
        (AuditEntry? Entry, List<AuditSequence> Numbers, List<LoggedEntries> Held) kept = await exchange.LookAsync(async db =>
            (await Of(db, last).AsNoTracking().SingleAsync(), await db.AuditSequence.AsNoTracking().ToListAsync(), await db.LoggedEntries.AsNoTracking().ToListAsync()));
        await exchange.TamperAsync(db => what switch
        {
            "a number is missing" => db.AuditSequence.Where(s => s.Index == last - 1).ExecuteDeleteAsync(),
            "an entry is gone" => Of(db, last).ExecuteDeleteAsync(),
            "a number of nothing" => db.AuditSequence.Where(s => s.Index == last).ExecuteUpdateAsync(s => s.SetProperty(n => n.EntryId, Guid.AllBitsSet)), // of no time that there is
            "numbers truncated" => db.AuditSequence.ExecuteDeleteAsync(),
            "what the log holds" => ChangeHeldAsync(db, 17),
            _ => db.LoggedEntries.Where(e => e.Index <= 17).ExecuteDeleteAsync(),
        });
        await exchange.BuildAsync();
        Assert.Contains(says, await exchange.WrongAsync(), StringComparison.Ordinal);
        Assert.Equal(memory.Checkpoint.Size, await exchange.SignedAsync());

        await exchange.TamperAsync(async db =>
        {
            await db.AuditSequence.ExecuteDeleteAsync();
            await db.LoggedEntries.ExecuteDeleteAsync();
            db.AddRange(kept.Numbers);
            db.AddRange(kept.Held);
            if (!await db.AuditEntries.AnyAsync(e => e.Id == kept.Entry!.Id))
                db.Add(kept.Entry!);
            await db.SaveChangesAsync();
        });
        await exchange.BuildAsync();
        Assert.Null(await exchange.WrongAsync());
        var report = await exchange.VerifyAsync(memory);
        Assert.Empty(report.Findings);
        Assert.Equal(last + 1, report.Checkpoint!.Size);
    }

    [Fact]
    public async Task A_crash_between_the_file_and_the_commit_changes_nothing()
    {
        var (exchange, memory) = await StartAsync();
        // The file says more than the database: its transaction was lost, entries and numbers were not.
        await exchange.FillAsync(300);
        await exchange.BuildAsync();
        await exchange.TamperAsync(async db =>
        {
            await db.Checkpoints.Where(c => c.Size > memory.Checkpoint.Size).ExecuteDeleteAsync();
            await db.LoggedEntries.Where(e => e.Index >= memory.Checkpoint.Size).ExecuteDeleteAsync();
            await db.LoggedHashes.ExecuteDeleteAsync();
        });
        await exchange.BuildAsync();
        Assert.Null(await exchange.WrongAsync());
        Assert.Empty((await exchange.VerifyAsync(memory)).Findings);
    }

    protected async Task<(Exchange Exchange, LogMemory Memory)> StartAsync(int filled = Filled)
    {
        var exchange = await StartAsync(new ExchangeOptions());
        await exchange.FillAsync(filled);
        await exchange.BuildAsync();
        return (exchange, (await exchange.VerifyAsync()).Memory!);
    }

    static IQueryable<AuditEntry> Of(Db db, long index)
    {
        var sequence = db.AuditSequence;
        return db.AuditEntries.Where(e => sequence.Any(s => s.Index == index && s.EntryId == e.Id));
    }

    static async Task ExchangeAsync(Db db, long one, long other)
    {
        var rows = await db.AuditSequence.AsNoTracking().Where(s => s.Index == one || s.Index == other).OrderBy(s => s.Index).ToListAsync();
        await db.AuditSequence.Where(s => s.Index == one || s.Index == other).ExecuteDeleteAsync();
        db.AddRange(new AuditSequence { Index = one, EntryId = rows[1].EntryId }, new AuditSequence { Index = other, EntryId = rows[0].EntryId });
        await db.SaveChangesAsync();
    }

    static async Task PutInAsync(Db db, long at)
    {
        var rows = await db.AuditSequence.AsNoTracking().Where(s => s.Index >= at).ToListAsync();
        var forged = await db.AuditEntries.AsNoTracking().FirstAsync();
        var id = Guid.CreateVersion7(forged.At);
        await db.AuditSequence.Where(s => s.Index >= at).ExecuteDeleteAsync();
        db.Add(new AuditEntry
        {
            Id = id, At = forged.At, Organisation = "hospital-ajeno", Client = "x", Action = "read", Operation = "referral.read", Outcome = "permitted",
            Canonical = """{"v":"1"}""", Salt = new byte[32],
        });
        db.AddRange(rows.Select(r => new AuditSequence { Index = r.Index + 1, EntryId = r.EntryId }).Append(new() { Index = at, EntryId = id }));
        await db.SaveChangesAsync();
    }

    static async Task ChangeNoteAsync(Db db)
    {
        var row = await db.Checkpoints.AsNoTracking().SingleAsync();
        var note = row.Note.Replace($"\n{row.Size}\n", $"\n{row.Size - 1}\n", StringComparison.Ordinal);
        await db.Checkpoints.ExecuteUpdateAsync(s => s.SetProperty(c => c.Note, note));
    }

    static async Task DropLastAsync(Db db)
    {
        var last = await db.Checkpoints.MaxAsync(c => c.Size);
        await db.Checkpoints.Where(c => c.Size == last).ExecuteDeleteAsync();
    }

    static async Task ChangeHeldAsync(Db db, long index)
    {
        var row = await db.LoggedEntries.AsNoTracking().Where(e => e.Index <= index).OrderByDescending(e => e.Index).FirstAsync();
        row.Entries[(index - row.Index) * 32] ^= 1;
        await db.LoggedEntries.Where(e => e.Index == row.Index).ExecuteUpdateAsync(s => s.SetProperty(e => e.Entries, row.Entries));
    }

    /// <summary>As after an old backup was put back: everything from this number on is gone.</summary>
    private protected static async Task RollBackAsync(Db db, long to)
    {
        await db.Checkpoints.ExecuteDeleteAsync();
        var sequence = db.AuditSequence;
        await db.AuditEntries.Where(e => sequence.Any(s => s.Index >= to && s.EntryId == e.Id)).ExecuteDeleteAsync();
        await db.AuditSequence.Where(s => s.Index >= to).ExecuteDeleteAsync();
        var held = await db.LoggedEntries.AsNoTracking().OrderBy(e => e.Index).ToListAsync();
        await db.LoggedEntries.ExecuteDeleteAsync();
        foreach (var row in held.Where(r => r.Index < to))
            db.Add(new LoggedEntries { Index = row.Index, Entries = row.Entries[..(int)(Math.Min(row.Entries.Length / 32, to - row.Index) * 32)] });
        await db.SaveChangesAsync();
    }
}

public sealed class TamperOnSqlite(SqliteExchange shared) : TamperTests(shared);

public sealed class TamperOnPostgreSql(PostgreSqlExchange shared) : TamperTests(shared)
{
    [Fact]
    public async Task After_a_loss_that_is_real_the_log_begins_anew_under_another_name()
    {
        var (exchange, memory) = await StartAsync();
        await exchange.TamperAsync(db => RollBackAsync(db, 30));
        await exchange.BuildAsync();
        Assert.Contains("Audit:Origin", await exchange.WrongAsync(), StringComparison.Ordinal);
        var renamed = await StartAsync(new ExchangeOptions { Beside = exchange, Settings = ["Audit:Origin=example.org/audit/log/2"] });
        await renamed.FillAsync(300);
        await renamed.BuildAsync();
        Assert.Null(await renamed.WrongAsync());
        var report = await renamed.VerifyAsync();
        Assert.Empty(report.Findings);
        Assert.Equal("example.org/audit/log/2", report.Checkpoint!.Origin);
        Assert.Contains("origin ", (await renamed.VerifyAsync(memory)).Named()); // it does not pass for the old one
    }
}
