using Interop.Audit.Archive;
using Interop.Audit.Log;
using Interop.Platform;
using Interop.Platform.Engines;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit;

/// <summary>
/// Makes room for the log of this month and the three to come, where the engine keeps it by month; and looks whether a month that was
/// there is gone, without having been archived.
/// </summary>
internal sealed class Months(Db db, Engine engine, Clock clock, LogStanding standing) : IBatch
{
    /// <summary>Returns how many it made.</summary>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var made = await engine.MakeMonthsAsync(db, ct);
        await standing.MissAsync(db, await GoneAsync(ct), ct);
        return made;
    }

    /// <summary>Of each month the first and the last entry that were numbered: who drops a month drops these.</summary>
    async Task<string?> GoneAsync(CancellationToken ct)
    {
        if (await db.AuditSequence.OrderBy(s => s.EntryId).Select(s => (Guid?)s.EntryId).FirstOrDefaultAsync(ct) is not { } beginning)
            return null;
        var archived = await db.ArchivedMonths.Select(m => m.Month).ToListAsync(ct);
        for (var month = EntryIds.MonthOf(beginning); month <= EntryIds.MonthOf(EntryIds.First(clock.Now)); month = month.AddMonths(1))
        {
            if (archived.Contains(month))
                continue;
            var (first, end) = EntryIds.Bounds(month);
            var numbered = db.AuditSequence.Where(s => s.EntryId >= first && s.EntryId < end);
            foreach (var id in new[] { await FirstAsync(numbered.OrderBy(s => s.EntryId)), await FirstAsync(numbered.OrderByDescending(s => s.EntryId)) })
                if (id is not null && !await db.AuditEntries.AnyAsync(e => e.Id == id, ct))
                    return $"Entries of {Archivist.Name(month)} are gone from the database, and no entry tells that the month was archived.";
        }
        return null;

        Task<Guid?> FirstAsync(IQueryable<AuditSequence> ordered) => ordered.Select(s => (Guid?)s.EntryId).FirstOrDefaultAsync(ct);
    }
}
