using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Contracts;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Events;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery;

/// <summary>That something of a person's ended, so that what is queued is to be looked at again.</summary>
internal sealed class WithdrawalDue
{
    /// <summary>The event that told of the end.</summary>
    public required Guid EventId { get; init; }
}

/// <summary>The end of a consent or of a court order has what is queued looked at again: noted in the transaction of the end.</summary>
internal sealed class WithdrawWhatRestedOnIt(Work work) : IReaction
{
    static readonly string[] s_ends = [EventTypes.ConsentRevoked, EventTypes.ConsentExpired, EventTypes.CourtOrderEnded];

    public bool IsTo(RecordedEvent e) => s_ends.Contains(e.Type);

    public Task ReactAsync(RecordedEvent e, CancellationToken ct)
    {
        work.Insert(new WithdrawalDue { EventId = e.Id });
        work.Raise(Signal.WithdrawalsDue);
        return Task.CompletedTask;
    }
}

/// <summary>
/// What is queued and may not be told any more does not wait for its turn, which may be a day off or never come: it is withheld now,
/// and the log says so. The gate decides, as it would when its turn came; what is under way is its carrier's.
/// </summary>
internal sealed class Withdrawal(Db db, Engine engine, Work work, Admission admission) : IBatch
{
    const int Batch = 200;

    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var due = (await work.RunAsync<List<RecordedEvent>>(() => DueAsync(ct), ct)).Value!;
        var withdrawn = 0;
        foreach (var person in due.Select(e => e.PersonId!.Value).Distinct())
            for (Guid? last = Guid.Empty; last is { } after;)
            {
                var some = (await work.RunAsync<Withdrawn>(() => WithdrawAsync(person, after, ct), ct)).Value!;
                (last, withdrawn) = (some.Last, withdrawn + some.Count);
            }
        if (due.Count > 0)
            await work.RunAsync<Withdrawn>(async () =>
            {
                await DoneAsync(due, ct);
                return new Withdrawn(0, null);
            }, ct);
        return withdrawn;
    }

    /// <summary>
    /// The ends of which something may be queued. For most nothing is: that is seen without the person's lock, since once the end
    /// itself was relayed, so was whatever happened before it, and what happens after it is decided when its turn comes.
    /// </summary>
    async Task<Answer<List<RecordedEvent>>> DueAsync(CancellationToken ct)
    {
        var noted = await db.Withdrawals.OrderBy(w => w.EventId).Select(w => w.EventId).Take(Batch).ToListAsync(ct);
        if (noted.Count == 0)
            return new List<RecordedEvent>();
        var ended = await db.RecordedEvents.AsNoTracking().Where(e => noted.Contains(e.Id) && e.RelayedAt != null).OrderBy(e => e.Id).ToListAsync(ct);
        if (ended.Count == 0)
            return ended;
        var (persons, deliveries, now) = (ended.Select(e => e.PersonId).Distinct().ToList(), db.Deliveries, work.Now);
        var queued = await db.RecordedEvents
            .Where(e => persons.Contains(e.PersonId) && e.Facts != null
                && deliveries.Any(d => d.EventId == e.Id && d.Status == DeliveryStatus.Pending && (d.LeasedUntil == null || d.LeasedUntil <= now)))
            .Select(e => e.PersonId).Distinct().ToListAsync(ct);
        var due = ended.ToLookup(e => queued.Contains(e.PersonId));
        if (due[false].Any())
            await DoneAsync(due[false], ct);
        return due[true].ToList();
    }

    Task DoneAsync(IEnumerable<RecordedEvent> ended, CancellationToken ct)
    {
        var done = ended.Select(e => e.Id).ToList();
        return db.Withdrawals.Where(w => done.Contains(w.EventId)).ExecuteDeleteAsync(ct);
    }

    async Task<Answer<Withdrawn>> WithdrawAsync(Guid person, Guid after, CancellationToken ct)
    {
        await admission.OpenAsync(person, ct); // the person's lock before the deliveries' rows, as everywhere
        var sql =
            """
            select d.* from deliveries d
            where d.status = 'pending' and d.id > {0} and (d.leased_until is null or d.leased_until <= {1})
              and d.subject in (select subject from recorded_events where person_id = {2})
              and exists (select 1 from recorded_events e where e.id = d.event_id and e.person_id = {2} and e.facts is not null)
            order by d.id limit {3}
            """ + engine.ForUpdate;
        var rows = await db.Deliveries.FromSqlRaw(sql, after, db.Time(work.Now), person, Batch).ToListAsync(ct);
        if (rows.Count == 0)
            return new Withdrawn(0, null);
        var (eventIds, subscriptionIds) = (rows.Select(r => r.EventId).ToList(), rows.Select(r => r.SubscriptionId).Distinct().ToList());
        var events = await db.RecordedEvents.AsNoTracking().Where(e => eventIds.Contains(e.Id)).ToDictionaryAsync(e => e.Id, ct);
        var subscriptions = await db.Subscriptions.AsNoTracking().Where(s => subscriptionIds.Contains(s.Id)).ToDictionaryAsync(s => s.Id, ct);
        var count = 0;
        foreach (var row in rows)
        {
            var (subscription, e) = (subscriptions[row.SubscriptionId], events[row.EventId]);
            if (admission.Decide(subscription.Organisation, subscription.OrganisationKind, e) is not null)
                continue;
            row.Withhold(work.Now);
            work.Count(DeliveryMetrics.Attempts, ("channel", subscription.Channel), ("outcome", DeliveryMetrics.Withheld));
            admission.RecordRefusal(subscription.ToRecipient(), e, Outcomes.Denied, "event.withdraw", new JsonObject { ["subscription"] = row.SubscriptionId.ToString(), ["event"] = row.EventId.ToString("D"), ["type"] = row.Type });
            count++;
        }
        work.Raise(Signal.DeliveriesDue); // what stood behind them
        return new Withdrawn(count, rows[^1].Id);
    }

    sealed record Withdrawn(int Count, Guid? Last);
}
