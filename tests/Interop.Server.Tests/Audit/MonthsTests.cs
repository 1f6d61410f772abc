using System.Data.Common;
using Interop.Audit;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Audit;

/// <summary>On PostgreSQL the log lies by month, so that a month can be archived and dropped.</summary>
public sealed class MonthsTests(PostgreSqlExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task What_is_written_lies_in_its_month_and_months_to_come_are_there_before_they_come()
    {
        var exchange = await StartAsync(new());
        (await new Court(exchange).GetAsync("/v1/referrals")).Is(200);
        await exchange.RunAsync<Months>();
        Assert.Equal(0, await CountAsync(exchange, "audit_entries_default"));
        var now = await exchange.LookAsync(db => db.Database.SqlQuery<DateTime>($"select now() at time zone 'UTC' as \"Value\"").SingleAsync());
        Assert.True(await CountAsync(exchange, Name(now)) > 0);
        foreach (var ahead in Enumerable.Range(1, 3))
            Assert.Equal(0, await CountAsync(exchange, Name(new DateTime(now.Year, now.Month, 1).AddMonths(ahead))));
        Assert.Equal(0, await exchange.RunAsync<Months>());
    }

    [Fact]
    public async Task What_came_before_its_month_was_made_moves_into_it_and_is_what_it_was()
    {
        var exchange = await StartAsync(new());
        var (spring, summer) = (new DateTimeOffset(2021, 4, 30, 23, 59, 59, 999, TimeSpan.Zero), new DateTimeOffset(2021, 5, 1, 0, 0, 0, TimeSpan.Zero));
        await exchange.WriteAsync(LogWriter.Entry(spring, "libertad-vigilada"), LogWriter.Entry(summer, "libertad-vigilada"), LogWriter.Entry(summer.AddDays(3), "libertad-vigilada"));
        await exchange.BuildAsync();
        Assert.Equal(3, await CountAsync(exchange, "audit_entries_default"));
        var memory = (await exchange.VerifyAsync()).Memory!;
        var before = await ListAsync(exchange);

        Assert.Equal(2, await exchange.RunAsync<Months>());

        Assert.Equal((0, 1, 2), (await CountAsync(exchange, "audit_entries_default"), await CountAsync(exchange, "audit_entries_2021_04"), await CountAsync(exchange, "audit_entries_2021_05")));
        Assert.Equal(before, await ListAsync(exchange));
        Assert.Empty((await exchange.VerifyExportAsync(new(memory.Keys))).Findings);
        await IsGuardedAsync(exchange, "audit_entries_2021_04");
        await IsGuardedAsync(exchange, "audit_entries_default");
    }

    [Fact]
    public async Task Every_month_refuses_change_by_itself()
    {
        var exchange = await StartAsync(new());
        await exchange.RunAsync<Months>();
        var months = await exchange.LookAsync(db => db.Database.SqlQuery<string>($"select inhrelid::regclass::text as \"Value\" from pg_inherits where inhparent = 'audit_entries'::regclass").ToListAsync());
        Assert.True(months.Count >= 5, string.Join(' ', months));
        foreach (var month in months)
            await IsGuardedAsync(exchange, month);
    }

    static async Task IsGuardedAsync(Exchange exchange, string month)
    {
        foreach (var sql in (string[])[$"update {month} set outcome = 'permitted'", $"delete from {month}", $"truncate {month}"])
        {
#pragma warning disable EF1002 // names from the schema
            var e = await Assert.ThrowsAnyAsync<DbException>(() => exchange.LookAsync(db => db.Database.ExecuteSqlRawAsync(sql)));
#pragma warning restore EF1002
            Assert.Contains("only ever appended to", e.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>What the log's searches give of one organisation, newest first.</summary>
    static async Task<IReadOnlyList<string>> ListAsync(Exchange exchange) =>
        [.. (await new Party(exchange, "contraloria").GetAsync("/v1/audit/entries?organisation=libertad-vigilada")).Is(200).Items.Select(e => e.ToJsonString())];

#pragma warning disable EF1002 // names from the schema
    static Task<int> CountAsync(Exchange exchange, string table) => exchange.LookAsync(db => db.Database.SqlQueryRaw<int>($"select count(*)::int as \"Value\" from {table}").SingleAsync());
#pragma warning restore EF1002

    static string Name(DateTime month) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"audit_entries_{month:yyyy_MM}");
}
