using Interop.Consent;
using Interop.Persons;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Referrals;

/// <summary>A person of whom nothing is going on, and nothing has changed for that long, is erased as at their own word.</summary>
internal sealed class KeepPersons(Db db, Work work, Erasure erasure) : IKept
{
    const int Batch = 20;

    public string Kind => "persons";

    public async Task<Answer<int>> PruneAsync(string organisation, DateTimeOffset before, CancellationToken ct)
    {
        var over = await Over(organisation, before).OrderBy(p => p.UpdatedAt).Take(Batch).Select(p => p.Id).ToListAsync(ct);
        if (over.Count == 0)
            return 0;
        await work.LockAsync([.. over.Select(p => p.Value)], exclusive: true, ct);
        var still = await Over(organisation, before).Where(p => over.Contains(p.Id)).ToListAsync(ct); // nobody changes it now
        foreach (var person in still)
            if (await erasure.EraseAsync(person, Caller.Exchange, new(person.Id.Value, organisation, work.Now), ct) is { } unlisted)
                return unlisted;
        return still.Count;
    }

    IQueryable<Person> Over(string organisation, DateTimeOffset before)
    {
        var (open, referrals, consents) = (Statuses.Open, db.Referrals, db.Consents);
        return db.Persons.AsNoTracking().Where(p => p.KeptBy == organisation && p.UpdatedAt < before
            && !referrals.Any(r => r.PersonId == p.Id && (r.UpdatedAt >= before || open.Contains(r.Status)))
            && !consents.Any(c => c.PersonId == p.Id && (c.CreatedAt >= before || c.EndedAt >= before)));
    }
}
