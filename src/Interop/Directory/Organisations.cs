using System.Collections.Concurrent;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Directory;

/// <summary>The door of the module: who is a tenant, and what they are.</summary>
internal sealed class Organisations(Db db, RememberedOrganisations remembered)
{
    public async Task<Organisation?> FindAsync(string id, CancellationToken ct)
    {
        if (!Vocabulary.IsSlug(id))
            return null;
        if (!remembered.ById.TryGetValue(id, out var organisation) && (organisation = await db.Organisations.AsNoTracking().SingleOrDefaultAsync(o => o.Id == id, ct)) is not null)
            remembered.ById.TryAdd(id, organisation);
        return organisation;
    }

    /// <summary>The services of this kind that the organisation lists.</summary>
    public async Task<IReadOnlyList<CareService>> ServicesAsync(string organisation, string service, CancellationToken ct) =>
        await db.CareServices.AsNoTracking().Where(s => s.Organisation == organisation && s.Service == service).ToListAsync(ct);

    /// <summary>The kinds of these organisations, by id.</summary>
    public async Task<IReadOnlyDictionary<string, OrganisationKind>> KindsAsync(IEnumerable<string> ids, CancellationToken ct)
    {
        var wanted = ids.Distinct().ToArray();
        return await db.Organisations.AsNoTracking().Where(o => wanted.Contains(o.Id)).ToDictionaryAsync(o => o.Id, o => o.Kind, ct);
    }

    /// <summary>The names of these organisations, by id.</summary>
    public async Task<IReadOnlyDictionary<string, string>> NamesAsync(IEnumerable<string> ids, CancellationToken ct)
    {
        var names = new Dictionary<string, string>();
        foreach (var id in ids)
            if (!names.ContainsKey(id) && await FindAsync(id, ct) is { } organisation)
                names.Add(id, organisation.Name);
        return names;
    }
}

/// <summary>Organisations that were read before. One never changes once it is registered, nor does it go: what is remembered stays true.</summary>
internal sealed class RememberedOrganisations
{
    public ConcurrentDictionary<string, Organisation> ById { get; } = new();
}
