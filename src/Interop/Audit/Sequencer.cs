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
            return new Count(await NumberAsync(db, ct));
        }, ct)).Value!.Numbered;

    /// <summary>The same inside somebody's transaction that already holds the lease.</summary>
    static async Task<int> NumberAsync(Db db, CancellationToken ct)
    {
        // Statements of their own after the lease: they see everything that earlier holders committed. The ids of entries are
        // in the order of their times (version 7), so that nothing of the log needs to be looked at.
        var last = await db.AuditSequence.MaxAsync(s => (long?)s.Index, ct) ?? -1;
        var numbered = await db.Database.ExecuteSqlAsync(
            $"""
            insert into audit_sequence ("index", entry_id)
            select {last} + row_number() over (order by entry_id), entry_id from audit_queue
            """, ct);
        if (numbered > 0)
            await db.Database.ExecuteSqlAsync($"""delete from audit_queue where entry_id in (select entry_id from audit_sequence where "index" > {last})""", ct);
        return numbered;
    }

    sealed record Count(int Numbered);
}
