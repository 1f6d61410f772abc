using Interop.Persons;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent;

internal sealed class EraseConsents(Db db) : IErasure
{
    public async Task<IReadOnlyList<Guid>> EraseAsync(Guid person, CancellationToken ct)
    {
        var id = new Id<Person>(person);
        var theirs = await db.Consents.Where(c => c.PersonId == id).Select(c => c.Id).ToListAsync(ct);
        await db.ConsentVersions.Where(v => theirs.Contains(v.ConsentId)).ExecuteDeleteAsync(ct);
        await db.Consents.Where(c => theirs.Contains(c.Id)).ExecuteDeleteAsync(ct);
        return [.. theirs.Select(c => c.Value)];
    }
}
