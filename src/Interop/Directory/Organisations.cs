using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Directory;

/// <summary>The door of the module: who is a tenant, and what they are.</summary>
internal sealed class Organisations(Db db)
{
    public async Task<Organisation?> FindAsync(string id, CancellationToken ct) =>
        Vocabulary.IsSlug(id) ? await db.Organisations.AsNoTracking().SingleOrDefaultAsync(o => o.Id == id, ct) : null;

    /// <summary>The services of this kind that the organisation lists.</summary>
    public async Task<IReadOnlyList<CareService>> ServicesAsync(string organisation, string service, CancellationToken ct) =>
        await db.CareServices.AsNoTracking().Where(s => s.Organisation == organisation && s.Service == service).ToListAsync(ct);

    /// <summary>The kinds of these organisations, by id.</summary>
    public async Task<IReadOnlyDictionary<string, OrganisationKind>> KindsAsync(IEnumerable<string> ids, CancellationToken ct)
    {
        var wanted = ids.Distinct().ToArray();
        return await db.Organisations.AsNoTracking().Where(o => wanted.Contains(o.Id)).ToDictionaryAsync(o => o.Id, o => o.Kind, ct);
    }
}
