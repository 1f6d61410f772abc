using Interop.Platform;
using Interop.Platform.Events;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery;

/// <summary>What an organisation was told of in its feed. The last row of all stays: the next number follows from it.</summary>
internal sealed class KeepEvents(Db db) : IKept
{
    const int Batch = 500;

    public string Kind => "events";

    public async Task<Answer<int>> PruneAsync(string organisation, DateTimeOffset before, CancellationToken ct)
    {
        if (await db.EventFeed.MaxAsync(f => (long?)f.Number, ct) is not { } last)
            return 0;
        var over = await db.EventFeed.AsNoTracking().Where(f => f.Organisation == organisation && f.Number < last)
            .Join(db.RecordedEvents.Where(e => e.At < before), f => f.EventId, e => e.Id, (f, e) => new { f.Number, f.EventId })
            .OrderBy(f => f.Number).Take(Batch).ToListAsync(ct);
        var numbers = over.Select(f => f.Number).ToList();
        await db.EventFeed.Where(f => numbers.Contains(f.Number)).ExecuteDeleteAsync(ct);
        await DropAsync(db, [.. over.Select(f => f.EventId)], ct);
        return over.Count;
    }

    /// <summary>An event goes with the last that names it.</summary>
    public static Task DropAsync(Db db, IReadOnlyList<Guid> events, CancellationToken ct)
    {
        var (feed, deliveries) = (db.EventFeed, db.Deliveries);
        return db.RecordedEvents.Where(e => events.Contains(e.Id) && e.RelayedAt != null && !feed.Any(f => f.EventId == e.Id) && !deliveries.Any(d => d.EventId == e.Id)).ExecuteDeleteAsync(ct);
    }
}
