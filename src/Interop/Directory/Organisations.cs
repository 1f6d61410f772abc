using Interop.Platform;
using Interop.Platform.Engines;
using Microsoft.EntityFrameworkCore;

namespace Interop.Directory;

/// <summary>The door of the module: who is a tenant, and what they are.</summary>
internal sealed class Organisations(WhenAsked<Db> db, RememberedOrganisations remembered)
{
    public async Task<Organisation?> FindAsync(string id, CancellationToken ct) =>
        Vocabulary.IsSlug(id) ? await db.Value.Organisations.AsNoTracking().SingleOrDefaultAsync(o => o.Id == id, ct) : null;

    /// <summary>The kind of an organisation; null where there is none of this id.</summary>
    public async Task<OrganisationKind?> KindAsync(string id, CancellationToken ct) => (await RecallAsync(id, ct))?.Kind;

    /// <summary>What of an organisation never changes; null where there is none of this id.</summary>
    public async Task<RememberedOrganisation?> RecallAsync(string id, CancellationToken ct)
    {
        if (remembered.Find(id) is { } known)
            return known;
        if (await FindAsync(id, ct) is not { } found)
            return null;
        var organisation = new RememberedOrganisation(found.Id, found.Name, found.Kind, found.Jurisdiction, found.Zone);
        remembered.Add(id, organisation);
        return organisation;
    }

    /// <summary>Asks for the services of this kind that the organisation lists.</summary>
    public static Select<CareService> Services(string organisation, string service) => new("organisation = $1 and service = $2", organisation, service);

    /// <summary>The kinds of these organisations, by id.</summary>
    public async Task<IReadOnlyDictionary<string, OrganisationKind>> KindsAsync(IEnumerable<string> ids, CancellationToken ct)
    {
        var wanted = ids.Distinct().ToArray();
        return await db.Value.Organisations.AsNoTracking().Where(o => wanted.Contains(o.Id)).ToDictionaryAsync(o => o.Id, o => o.Kind, ct);
    }

    /// <summary>The names of these organisations, by id.</summary>
    public async Task<IReadOnlyDictionary<string, string>> NamesAsync(IEnumerable<string> ids, CancellationToken ct)
    {
        var names = new Dictionary<string, string>();
        foreach (var id in ids)
            if (!names.ContainsKey(id) && await RecallAsync(id, ct) is { } organisation)
                names.Add(id, organisation.Name);
        return names;
    }
}

/// <summary>What of an organisation never changes.</summary>
internal sealed record RememberedOrganisation(string Id, string Name, OrganisationKind Kind, string? Jurisdiction, TimeZoneInfo Zone);

/// <summary>Organisations that were read before: what is remembered of one stays true.</summary>
internal sealed class RememberedOrganisations() : Recent<string, RememberedOrganisation>(10_000);
