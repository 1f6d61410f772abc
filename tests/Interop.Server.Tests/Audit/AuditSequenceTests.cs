using System.Data.Common;
using Interop.Audit;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Audit;

/// <summary>Entries are numbered from 0 without gap or double, whoever writes and numbers at once; and nobody changes what is written.</summary>
public abstract class AuditSequenceTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Numbers_have_no_gap_and_no_double_while_many_write()
    {
        var exchange = await StartAsync(new());
        await WriteAsync(exchange, exchange);
        await IsNumberedAsync(exchange);
    }

    [Fact]
    public async Task Numbering_goes_on_where_it_stopped_after_a_restart()
    {
        var exchange = await StartAsync(new());
        (await new Court(exchange).GetAsync("/v1/referrals")).Is(200);
        await exchange.RunAsync<Sequencer>();
        (await new Court(exchange).GetAsync("/v1/referrals")).Is(200); // waits for its number
        await exchange.RestartAsync();
        (await new Court(exchange).GetAsync("/v1/referrals")).Is(200);
        await IsNumberedAsync(exchange);
    }

    [Fact]
    public async Task A_number_is_given_within_a_second_by_the_worker()
    {
        var exchange = await StartAsync(new() { Workers = true });
        var court = new Court(exchange);
        (await court.GetAsync("/v1/referrals")).Is(200);
        var entry = Assert.Single(await court.AuditedAsync());
        await Eventually.HoldsAsync("the entry has its number", () => exchange.LookAsync(db => db.AuditSequence.AnyAsync(s => s.EntryId == entry.Id)), TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData("update audit_entries set outcome = 'permitted'")]
    [InlineData("update audit_entries set salt = salt where 1 = 1")]
    [InlineData("delete from audit_entries")]
    [InlineData("update audit_sequence set entry_id = entry_id")]
    [InlineData("update audit_sequence set \"index\" = \"index\" + 1000")]
    [InlineData("delete from audit_sequence")]
    [InlineData("delete from audit_sequence where \"index\" = 0")]
    [InlineData("update audit_consents set version = version + 1")]
    [InlineData("delete from audit_consents")]
    public async Task The_database_itself_refuses_a_change_of_the_log(string sql)
    {
        var exchange = await StartAsync(new());
        var it = await Case.SendAsync(exchange);
        (await it.Clinic.ReadAsync(it.Id)).Is(200); // on a consent
        await exchange.RunAsync<Sequencer>();
        await RefusesAsync(exchange, sql);
    }

    protected static async Task RefusesAsync(Exchange exchange, string sql)
    {
        var before = await StateAsync(exchange);
        var e = await Assert.ThrowsAnyAsync<DbException>(() => exchange.LookAsync(db => db.Database.ExecuteSqlRawAsync(sql)));
        Assert.Contains("only ever appended to", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, await StateAsync(exchange));
    }

    static Task<string> StateAsync(Exchange exchange) => exchange.LookAsync(async db => string.Join('\n',
    [
        .. (await db.AuditEntries.AsNoTracking().ToListAsync()).OrderBy(e => e.Id).Select(e => $"{e.Id} {e.Outcome} {e.Canonical} {Convert.ToHexString(e.Salt)}"),
        .. (await db.AuditSequence.AsNoTracking().ToListAsync()).OrderBy(s => s.Index).Select(s => $"{s.Index} {s.EntryId}"),
    ]));

    /// <summary>Many callers at once on both servers, and both number meanwhile.</summary>
    protected static async Task WriteAsync(Exchange one, Exchange other)
    {
        var courts = Enumerable.Range(0, 6).Select(i => new Court(i % 2 == 0 ? one : other)).ToList();
        using var done = new CancellationTokenSource();
        var numbering = new[] { one, other }.Select(e => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
                await e.RunAsync<Sequencer>();
        })).ToList();
        await Task.WhenAll(courts.Select(async court =>
        {
            for (var i = 0; i < 12; i++)
                (await court.GetAsync("/v1/referrals")).Is(200);
        }));
        await done.CancelAsync();
        await Task.WhenAll(numbering);
    }

    protected static async Task IsNumberedAsync(Exchange exchange)
    {
        await exchange.RunAsync<Sequencer>();
        var entries = await exchange.LookAsync(db => db.AuditEntries.Select(e => e.Id).ToListAsync());
        var sequence = await exchange.LookAsync(db => db.AuditSequence.OrderBy(s => s.Index).ToListAsync());
        Assert.Equal(Enumerable.Range(0, entries.Count).Select(i => (long)i), sequence.Select(s => s.Index));
        Assert.Equal(entries.Order(), sequence.Select(s => s.EntryId).Order());
        Assert.Equal(0, await exchange.LookAsync(db => db.AuditQueue.CountAsync()));
        Assert.Equal(0, await exchange.RunAsync<Sequencer>());
    }
}

public sealed class AuditSequenceOnSqlite(SqliteExchange shared) : AuditSequenceTests(shared)
{
    [Theory]
    [InlineData("insert or replace into audit_entries select id, at, organisation, client, actor, action, operation, 'failed', person, resource_type, resource_id, ground, discloser, canonical, salt, hash from audit_entries")]
    [InlineData("replace into audit_sequence (\"index\", entry_id) select \"index\" + 1000, entry_id from audit_sequence")]
    [InlineData("replace into audit_sequence (\"index\", entry_id) select \"index\", entry_id || 'x' from audit_sequence")]
    public async Task Nor_is_an_entry_replaced(string sql)
    {
        var exchange = await StartAsync(new());
        (await new Court(exchange).GetAsync("/v1/referrals")).Is(200);
        await exchange.RunAsync<Sequencer>();
        await RefusesAsync(exchange, sql);
    }
}

public sealed class AuditSequenceOnPostgreSql(PostgreSqlExchange shared) : AuditSequenceTests(shared)
{
    [Fact]
    public async Task Two_servers_number_one_log()
    {
        var first = await StartAsync(new());
        var second = await StartAsync(new() { Beside = first });
        await WriteAsync(first, second);
        await IsNumberedAsync(second);
    }

    [Theory]
    [InlineData("truncate audit_entries")]
    [InlineData("truncate audit_sequence")]
    [InlineData("insert into audit_sequence (\"index\", entry_id) select \"index\", entry_id from audit_sequence on conflict (\"index\") do update set entry_id = excluded.entry_id")]
    public async Task Nor_is_the_log_emptied_or_overwritten(string sql)
    {
        var exchange = await StartAsync(new());
        (await new Court(exchange).GetAsync("/v1/referrals")).Is(200);
        await exchange.RunAsync<Sequencer>();
        await RefusesAsync(exchange, sql);
    }
}
