using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery;

/// <summary>
/// What was scheduled while the clock was ahead does not wait until it is that time again. A schedule that was made in the future
/// was made by a clock that has since been set back: what it holds is due now, and a lease of it runs as long as any other from now.
/// </summary>
internal sealed class ClockSetBack(Db db, Work work) : IBatch
{
    /// <summary>Further than clocks of one exchange differ.</summary>
    static readonly TimeSpan s_slack = TimeSpan.FromMinutes(5);

    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await work.RunAsync<string>(async () =>
        {
            var (now, ahead) = (db.Time(work.Now), db.Time(work.Now + s_slack));
            var (lease, aheadOfAnyLease) = (db.Time(work.Now + Courier.Lease), db.Time(work.Now + Courier.Lease + s_slack));
            // A lane waits with its head: what stands behind it was put off with it.
            var due = await db.Database.ExecuteSqlAsync(
                $"""
                update deliveries set due_at = {now}
                where status = 'pending' and due_at > {ahead}
                  and exists (
                    select 1 from deliveries h
                    where h.subscription_id = deliveries.subscription_id and h.subject = deliveries.subject and h.status = 'pending' and h.position <= deliveries.position
                      and (h.created_at > {ahead} or exists (select 1 from delivery_attempts a where a.delivery_id = h.id and a.at > {ahead})))
                """, ct);
            await db.Database.ExecuteSqlAsync($"update deliveries set leased_until = {lease} where leased_until > {aheadOfAnyLease}", ct);
            // Made and removed until it succeeds, at least every minute; twice does no harm.
            due += await db.Database.ExecuteSqlAsync($"update queue_tasks set due_at = {now}, leased_until = null where due_at > {ahead} or leased_until > {aheadOfAnyLease}", ct);
            if (due > 0)
                work.Raise(Signal.DeliveriesDue);
            return "";
        }, ct);
        return 0;
    }
}
