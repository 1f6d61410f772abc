using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Directory;

/// <summary>The directory's door for other modules: who the organisations are.</summary>
internal sealed class Organisations(Db db)
{
    public async Task<Organisation?> FindAsync(string id, CancellationToken ct) =>
        Vocabulary.IsSlug(id) ? await db.Organisations.AsNoTracking().SingleOrDefaultAsync(o => o.Id == id, ct) : null;

    public async Task<bool> ExistsAsync(string id, CancellationToken ct) =>
        Vocabulary.IsSlug(id) && await db.Organisations.AnyAsync(o => o.Id == id, ct);

    /// <summary>The kinds of these organisations, by id.</summary>
    public async Task<IReadOnlyDictionary<string, OrganisationKind>> KindsAsync(IEnumerable<string> ids, CancellationToken ct)
    {
        var wanted = ids.Distinct().ToArray();
        return await db.Organisations.AsNoTracking().Where(o => wanted.Contains(o.Id)).ToDictionaryAsync(o => o.Id, o => o.Kind, ct);
    }
}
