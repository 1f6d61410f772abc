using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit;

/// <summary>
/// What each client does of a day, in its busiest hour: what "usual" is held against. Counted once when the day (UTC) is over, so
/// that a digest reads a row per client and day, and not a month of the log.
/// </summary>
internal sealed class ClientDays(Db db, Work work) : IBatch
{
    /// <summary>How many days make what is usual.</summary>
    public const int Kept = 28;

    /// <summary>What is committed later than this after its own time is not counted.</summary>
    static readonly TimeSpan s_settled = TimeSpan.FromHours(1);

    /// <summary>Counts one day that is over and was not counted yet. The worker's part.</summary>
    public async Task<int> RunOnceAsync(CancellationToken ct) => (await work.RunAsync<Counted>(async () =>
    {
        var today = DateOnly.FromDateTime((work.Now - s_settled).UtcDateTime);
        var missing = await MissingAsync(today, ct);
        if (missing.Count > 0)
            await CountAsync(missing[^1], keep: true, ct);
        return new Counted(missing.Count);
    }, ct)).Value!.Days;

    /// <summary>The busiest hours of each client on the days before this one, those that were never counted among them.</summary>
    public async Task<ILookup<string, int>> BeforeAsync(DateOnly day, CancellationToken ct)
    {
        var more = new List<AuditDay>();
        foreach (var missing in await MissingAsync(day, ct))
            more.AddRange(await CountAsync(missing, keep: InstantOf(missing.AddDays(1)) + s_settled <= work.Now, ct));
        await db.SaveChangesAsync(ct);
        var first = day.AddDays(-Kept);
        var kept = await db.AuditDays.AsNoTracking().Where(d => d.Day >= first && d.Day < day).ToListAsync(ct);
        return kept.Concat(more.Where(m => !kept.Any(k => (k.Day, k.Client) == (m.Day, m.Client)))).Where(d => d.Busiest > 0).ToLookup(d => d.Client, d => d.Busiest);
    }

    /// <summary>The hour from <paramref name="from"/> to <paramref name="to"/> in which each client did most.</summary>
    public async Task<IReadOnlyList<BusyHour>> BusiestAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        var hours = new List<BusyHour>();
        for (var hour = from; hour < to; hour = hour.AddHours(1))
        {
            var (begin, end) = (hour, hour.AddHours(1) < to ? hour.AddHours(1) : to);
            var counts = await Own(db.AuditEntries.Within(begin, end)).GroupBy(e => new { e.Organisation, e.Client })
                .Select(g => new { g.Key.Organisation, g.Key.Client, Entries = g.Count() }).ToListAsync(ct);
            hours.AddRange(counts.Select(c => new BusyHour(c.Organisation, c.Client, begin, end, c.Entries)));
        }
        return [.. hours.GroupBy(h => h.Client).Select(g => g.MaxBy(h => h.Entries)!)];
    }

    /// <summary>What a client did of its own accord: not what the exchange sends it, nor what the exchange itself does.</summary>
    public static IQueryable<AuditEntry> Own(IQueryable<AuditEntry> entries)
    {
        var exchange = Caller.Exchange.Organisation;
        return entries.Where(e => e.Organisation != exchange && e.Operation != "event.deliver");
    }

    async Task<IReadOnlyList<DateOnly>> MissingAsync(DateOnly before, CancellationToken ct)
    {
        if (await db.AuditEntries.OrderBy(e => e.Id).Select(e => (DateTimeOffset?)e.At).FirstOrDefaultAsync(ct) is not { } beginning)
            return [];
        var (first, exchange) = (before.AddDays(-Kept), Caller.Exchange.Client);
        var counted = await db.AuditDays.Where(d => d.Day >= first && d.Day < before && d.Client == exchange).Select(d => d.Day).ToListAsync(ct);
        return [.. Enumerable.Range(0, Kept).Select(first.AddDays).Where(d => InstantOf(d.AddDays(1)) > beginning).Except(counted)];
    }

    async Task<IReadOnlyList<AuditDay>> CountAsync(DateOnly day, bool keep, CancellationToken ct)
    {
        var busiest = await BusiestAsync(InstantOf(day), InstantOf(day.AddDays(1)), ct);
        var rows = busiest.Select(b => new AuditDay { Day = day, Client = b.Client, Busiest = b.Entries })
            .Append(new() { Day = day, Client = Caller.Exchange.Client, Busiest = 0 }) // that the day was counted, whoever was there
            .ToList();
        if (keep)
            db.AuditDays.AddRange(rows);
        return rows;
    }

    static DateTimeOffset InstantOf(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    sealed record Counted(int Days);
}

internal sealed record BusyHour(string Organisation, string Client, DateTimeOffset From, DateTimeOffset To, int Entries);
