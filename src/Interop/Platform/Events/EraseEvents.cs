using Microsoft.EntityFrameworkCore;

namespace Interop.Platform.Events;

/// <summary>
/// Of an event that tells of an erased person, the row stays, so that whoever keeps its number or id goes on from there; what it
/// said is gone, and it is told to nobody any more.
/// </summary>
internal sealed class EraseEvents(Db db, Work work) : IErasure
{
    public async Task<IReadOnlyList<Guid>> EraseAsync(Guid person, CancellationToken ct)
    {
        IReadOnlyList<string> nobody = [];
        var now = (DateTimeOffset?)work.Now;
        await db.RecordedEvents.Where(e => e.PersonId == person).ExecuteUpdateAsync(e => e
            .SetProperty(x => x.Subject, RecordedEvent.Erased)
            .SetProperty(x => x.Audience, nobody)
            .SetProperty(x => x.Facts, (string?)null)
            .SetProperty(x => x.Data, "")
            .SetProperty(x => x.TraceParent, (string?)null)
            .SetProperty(x => x.RelayedAt, x => x.RelayedAt ?? now), ct);
        return [];
    }
}
