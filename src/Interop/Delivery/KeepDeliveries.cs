using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery;

/// <summary>What became of what was sent to an organisation. What waits is kept however long.</summary>
internal sealed class KeepDeliveries(Db db) : IKept
{
    const int Batch = 500;

    public string Kind => "deliveries";

    public async Task<Answer<int>> PruneAsync(string organisation, DateTimeOffset before, CancellationToken ct)
    {
        var own = db.Subscriptions.Where(s => s.Organisation == organisation).Select(s => s.Id);
        var over = await db.Deliveries.AsNoTracking().Where(d => own.Contains(d.SubscriptionId) && d.EndedAt < before).OrderBy(d => d.Id).Take(Batch)
            .Select(d => new { d.Id, d.EventId }).ToListAsync(ct);
        var ids = over.Select(d => d.Id).ToList();
        await db.Deliveries.Where(d => ids.Contains(d.Id)).ExecuteDeleteAsync(ct); // their attempts with them
        await KeepEvents.DropAsync(db, [.. over.Select(d => d.EventId).Distinct()], ct);
        return over.Count;
    }
}
