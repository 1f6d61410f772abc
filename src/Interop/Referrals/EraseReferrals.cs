using Interop.Persons;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Referrals;

internal sealed class EraseReferrals(Db db) : IErasure
{
    public async Task<IReadOnlyList<Guid>> EraseAsync(Guid person, CancellationToken ct)
    {
        var id = new Id<Person>(person);
        var theirs = await db.Referrals.Where(r => r.PersonId == id).Select(r => r.Id).ToListAsync(ct);
        var appointments = await db.Appointments.Where(a => theirs.Contains(a.ReferralId)).Select(a => a.Id).ToListAsync(ct);
        await db.ReferralTimers.Where(t => theirs.Contains(t.ReferralId)).ExecuteDeleteAsync(ct);
        await db.Appointments.Where(a => theirs.Contains(a.ReferralId)).ExecuteDeleteAsync(ct);
        await db.ReferralEntries.Where(e => theirs.Contains(e.ReferralId)).ExecuteDeleteAsync(ct);
        await db.Referrals.Where(r => theirs.Contains(r.Id)).ExecuteDeleteAsync(ct);
        return [.. theirs.Select(r => r.Value), .. appointments.Select(a => a.Value)];
    }
}
