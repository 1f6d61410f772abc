using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Persons;

/// <summary>Who the person is. What refers to them by key in this module goes first.</summary>
internal sealed class ErasePerson(Db db) : IErasure
{
    public async Task<IReadOnlyList<Guid>> EraseAsync(Guid person, CancellationToken ct)
    {
        var id = new Id<Person>(person);
        var requests = await db.DisclosureRequests.Where(r => r.PersonId == id).Select(r => r.Id).ToListAsync(ct);
        await db.DisclosureRequests.Where(r => r.PersonId == id).ExecuteDeleteAsync(ct);
        await db.PersonIdentifiers.Where(i => i.PersonId == id).ExecuteDeleteAsync(ct);
        await db.PersonParties.Where(p => p.PersonId == id).ExecuteDeleteAsync(ct);
        await db.PersonLinks.Where(l => l.PersonId == id).ExecuteDeleteAsync(ct);
        await db.Persons.Where(p => p.Id == id).ExecuteDeleteAsync(ct);
        return [person, .. requests.Select(r => r.Value)];
    }
}
