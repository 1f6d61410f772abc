using Microsoft.EntityFrameworkCore;

namespace Interop.Platform.Http;

/// <summary>
/// What was done under an idempotency key about an erased person is forgotten, and that the key was used is not: a request that is
/// sent once more must not put the person in again.
/// </summary>
internal static class EraseKeys
{
    /// <remarks>The key of the request that erases has no status yet.</remarks>
    /// <param name="ids">Of the person and of all that was erased with them.</param>
    public static async Task EraseAsync(Db db, IReadOnlyList<Guid> ids, CancellationToken ct)
    {
        var texts = ids.Select(id => id.ToString("D")).ToList();
        await db.Set<IdempotencyKey>().Where(k => k.Status != 0 && texts.Any(id => k.Path.Contains(id) || k.Subject.Contains(id) || k.Location!.Contains(id)))
            .ExecuteUpdateAsync(k => k.SetProperty(x => x.Hash, "erased").SetProperty(x => x.Subject, "").SetProperty(x => x.Location, (string?)null), ct);
    }
}
