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
        // A statement of its own after the lease: it sees everything that earlier holders committed.
        var numbered = await db.Database.ExecuteSqlAsync(
            $"""
            insert into audit_sequence ("index", entry_id)
            select coalesce((select max("index") from audit_sequence), -1) + row_number() over (order by e.at, e.id), e.id
            from audit_queue q join audit_entries e on e.id = q.entry_id
            """, ct);
        if (numbered > 0)
            await db.Database.ExecuteSqlAsync($"delete from audit_queue where exists (select 1 from audit_sequence s where s.entry_id = audit_queue.entry_id)", ct);
        return numbered;
    }

    sealed record Count(int Numbered);
}
