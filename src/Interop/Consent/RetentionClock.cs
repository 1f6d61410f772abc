using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Consent.Packs;
using Interop.Directory;
using Interop.Platform;
using Interop.Platform.Engines;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent;

/// <summary>
/// Deletes what no law keeps any longer, organisation by organisation, by the pack of each one's jurisdiction. In batches, each with
/// its entry in the log in one transaction, and by one process at a time: whatever stops it, the next round goes on from there.
/// </summary>
internal sealed class RetentionClock(Db db, Engine engine, Work work, Clock clock, PackShelf packs, IEnumerable<IKept> kinds, Trail trail) : IBatch
{
    /// <summary>One batch of each kind of each organisation. Returns how many records went.</summary>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var gone = 0;
        foreach (var organisation in await db.Organisations.AsNoTracking().OrderBy(o => o.Id).ToListAsync(ct))
        {
            var pack = packs.For(organisation.Jurisdiction, null, clock.Now.UtcTicks);
            foreach (var kind in kinds)
                if (pack.Keep(kind.Kind) is { } period)
                    gone += await PruneAsync(organisation, kind, pack, period, ct);
        }
        if (gone > 0)
            await engine.ScrubAsync(db, ct);
        return gone;
    }

    async Task<int> PruneAsync(Organisation organisation, IKept kind, Pack pack, Period period, CancellationToken ct) =>
        (await work.RunAsync<Pruned>(async () =>
        {
            if (!await engine.TryLeaseAsync(db, Lease.Retention, ct))
                return new Pruned(0);
            var before = period.Before(work.Now);
            var pruned = await kind.PruneAsync(organisation.Id, before, ct);
            if (pruned.Refusal is { } refusal)
                return refusal; // and of this batch nothing is done
            var count = pruned.Value;
            if (count > 0)
                trail.Write(Caller.Exchange, new(Actions.Delete, "retention.prune")
                {
                    Details = new JsonObject
                    {
                        ["kind"] = kind.Kind,
                        ["of"] = organisation.Id,
                        ["pack"] = pack.ToString(),
                        ["before"] = before.UtcDateTime.ToString("O", null),
                        ["records"] = count,
                    },
                });
            return new Pruned(count);
        }, ct)).Value?.Records ?? 0;

    sealed record Pruned(int Records);
}
