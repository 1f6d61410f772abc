using Interop.Platform;
using Interop.Platform.Engines;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit;

/// <summary>
/// Gives entries their numbers, from 0, without gap or double. In one place at a time: numbers taken at insert would become
/// visible out of order.
/// </summary>
internal sealed class Sequencer(Db db, Engine engine, Work work) : IBatch
{
    /// <summary>Numbers what was committed by now. Returns how many entries it numbered.</summary>
    public async Task<int> RunOnceAsync(CancellationToken ct) =>
        (await work.RunAsync<Count>(async () =>
        {
            await engine.LeaseAsync(db, Lease.AuditSequence, ct);
            // Statements of their own after the lease: they see everything that earlier holders committed. The ids of entries are
            // in the order of their times (version 7), so that nothing of the log needs to be looked at.
            var last = await db.AuditSequence.MaxAsync(s => (long?)s.Index, ct) ?? -1;
            return new Count(await engine.NumberAsync(db, last, ct));
        }, ct)).Value!.Numbered;

    sealed record Count(int Numbered);
}
