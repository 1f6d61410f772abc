using Interop.Persons;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Compliance;

internal sealed class EraseReports(Db db) : IErasure
{
    public async Task<IReadOnlyList<Guid>> EraseAsync(Guid person, CancellationToken ct)
    {
        var id = new Id<Person>(person);
        var theirs = await db.ComplianceUpdates.Where(u => u.PersonId == id).Select(u => u.Id).ToListAsync(ct);
        await db.ComplianceTold.Where(t => theirs.Contains(t.UpdateId)).ExecuteDeleteAsync(ct);
        await db.ComplianceVersions.Where(v => theirs.Contains(v.UpdateId)).ExecuteDeleteAsync(ct);
        await db.ComplianceUpdates.Where(u => theirs.Contains(u.Id)).ExecuteDeleteAsync(ct);
        return [.. theirs.Select(u => u.Value)];
    }
}
