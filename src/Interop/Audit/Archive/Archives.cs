using Interop.AuditLog;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit.Archive;

/// <summary>A range of entries that were archived and dropped, as an export tells of it.</summary>
/// <param name="Archived">The range: <c>0-1234</c>.</param>
/// <param name="Month">In which they lay: <c>2025-11</c>.</param>
/// <param name="Sha256">Base64. Of the month's archive.</param>
/// <param name="ToldBy">The number of the entry that tells of it.</param>
internal sealed record ArchivedRange(string Archived, string Month, byte[] Sha256, long ToldBy);

/// <summary>What is no longer here, because it was archived: said as such wherever it is asked for.</summary>
internal sealed class Archives(Db db)
{
    /// <summary>Every range, ascending; null while what tells of one is not covered by a checkpoint of that size.</summary>
    public async Task<IReadOnlyList<ArchivedRange>?> RangesAsync(long size, CancellationToken ct)
    {
        var months = await db.ArchivedMonths.AsNoTracking().ToListAsync(ct);
        var ids = months.Select(m => m.ToldBy).ToList();
        var told = await db.AuditSequence.Where(s => ids.Contains(s.EntryId)).ToDictionaryAsync(s => s.EntryId, s => s.Index, ct);
        if (months.Any(m => !told.TryGetValue(m.ToldBy, out var index) || index >= size))
            return null;
        return
        [
            .. months.SelectMany(m => m.Ranges.Select(r => (Range: r, Month: m))).OrderBy(r => r.Range.First)
                .Select(r => new ArchivedRange(NumberRanges.Text(r.Range), Archivist.Name(r.Month.Month), r.Month.Sha256, told[r.Month.ToldBy])),
        ];
    }

    /// <summary>The month with which the entry of this number was archived; null: with none.</summary>
    public async Task<string?> MonthOfAsync(long index, CancellationToken ct) =>
        (await db.ArchivedMonths.AsNoTracking().ToListAsync(ct)).FirstOrDefault(m => m.Ranges.Any(r => r.First <= index && index <= r.Last)) is { } month ? Archivist.Name(month.Month) : null;

    /// <summary>The months that were archived of a time, the newest first.</summary>
    public async Task<IReadOnlyList<string>> BetweenAsync(DateTimeOffset? from, DateTimeOffset? to, CancellationToken ct)
    {
        var (first, last) = (Day(from) ?? DateOnly.MinValue, Day(to) ?? DateOnly.MaxValue);
        var months = await db.ArchivedMonths.AsNoTracking().Select(m => m.Month).ToListAsync(ct); // a few dozen
        return [.. months.Where(m => m.AddMonths(1) > first && m <= last).OrderDescending().Select(Archivist.Name)];
    }

    static DateOnly? Day(DateTimeOffset? at) => at is { } instant ? DateOnly.FromDateTime(instant.UtcDateTime) : null;
}
