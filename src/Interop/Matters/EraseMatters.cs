using Interop.Persons;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Matters;

/// <summary>A matter that concerns nobody else goes with its person: its number says who they are.</summary>
internal sealed class EraseMatters(Db db) : IErasure
{
    public async Task<IReadOnlyList<Guid>> EraseAsync(Guid person, CancellationToken ct)
    {
        var id = new Id<Person>(person);
        var others = db.MatterPersons.Where(o => o.PersonId != id);
        var alone = await db.MatterPersons.Where(p => p.PersonId == id && !others.Any(o => o.MatterId == p.MatterId)).Select(p => p.MatterId).ToListAsync(ct);
        await db.MatterPersons.Where(p => p.PersonId == id).ExecuteDeleteAsync(ct);
        await db.MatterVersions.Where(v => alone.Contains(v.MatterId)).ExecuteDeleteAsync(ct);
        await db.Matters.Where(m => alone.Contains(m.Id)).ExecuteDeleteAsync(ct);
        return [.. alone.Select(m => m.Value)];
    }
}
