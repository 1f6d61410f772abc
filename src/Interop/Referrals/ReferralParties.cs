using Interop.Consent;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Referrals;

internal sealed class ReferralParties(Db db) : IReferralParties
{
    public async Task<IReadOnlyList<string>> AskedByAsync(string referrer, Id<Person> person, Id<Matter> matter, CancellationToken ct)
    {
        var referrals = db.Referrals.Where(r => r.Referrer == referrer && r.PersonId == person && r.MatterId == matter);
        var before = db.ReferralEntries.Where(e => referrals.Any(r => r.Id == e.ReferralId)).Select(e => e.Provider);
        return await referrals.Select(r => r.Provider).Union(before).ToListAsync(ct);
    }
}
