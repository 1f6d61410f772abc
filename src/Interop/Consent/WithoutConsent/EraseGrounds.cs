using Interop.Persons;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent.WithoutConsent;

/// <summary>That somebody looked without consent, and on which ground, stays in the log; what was written about it goes with the person.</summary>
internal sealed class EraseGrounds(Db db) : IErasure
{
    public async Task<IReadOnlyList<Guid>> EraseAsync(Guid person, CancellationToken ct)
    {
        var id = new Id<Person>(person);
        var accesses = await db.EmergencyAccesses.Where(a => a.PersonId == id).Select(a => a.Id).ToListAsync(ct);
        var orders = await db.CourtOrders.Where(o => o.PersonId == id).Select(o => o.Id).ToListAsync(ct);
        await db.LawfulGrounds.Where(g => g.PersonId == id).ExecuteDeleteAsync(ct);
        await db.EmergencyAccesses.Where(a => a.PersonId == id).ExecuteDeleteAsync(ct);
        await db.CourtOrders.Where(o => o.PersonId == id).ExecuteDeleteAsync(ct);
        return [.. accesses.Select(a => a.Value), .. orders.Select(o => o.Value)];
    }
}
