using Interop.Platform;
using Interop.Platform.Events;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery;

/// <summary>What was on its way about an erased person goes no further; that something was sent, when and with what result, stays.</summary>
internal sealed class EraseDeliveries(Db db, Work work) : IErasure
{
    public async Task<IReadOnlyList<Guid>> EraseAsync(Guid person, CancellationToken ct)
    {
        var events = db.RecordedEvents.Where(e => e.PersonId == person).Select(e => e.Id);
        var about = db.Deliveries.Where(d => events.Contains(d.EventId));
        var now = (DateTimeOffset?)work.Now;
        await about.Where(d => d.Status == DeliveryStatus.Pending).ExecuteUpdateAsync(d => d
            .SetProperty(x => x.Status, DeliveryStatus.Withheld)
            .SetProperty(x => x.EndedAt, now)
            .SetProperty(x => x.Lease, (Guid?)null)
            .SetProperty(x => x.LeasedUntil, (DateTimeOffset?)null), ct);
        await about.ExecuteUpdateAsync(d => d.SetProperty(x => x.Subject, RecordedEvent.Erased), ct);
        work.Raise(Signal.DeliveriesDue); // whatever stood behind them
        return [];
    }
}
