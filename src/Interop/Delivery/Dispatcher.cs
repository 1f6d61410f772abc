using System.Collections.Concurrent;
using Interop.Contracts;
using Interop.Delivery.Amqp;
using Interop.Platform;
using Interop.Platform.Engines;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Interop.Delivery;

/// <summary>
/// Sends what is due. A lane is (subscription, subject) and goes in order: a failing head holds its own lane and no other. Several
/// lanes of a subscription go at once, within its share, and nobody's work waits for anybody else's answer.
/// </summary>
internal sealed partial class Dispatcher(IServiceScopeFactory scopes, Signals signals, IEnumerable<ISender> senders, Availability availability, ILogger<Dispatcher> log) : IBatch
{
    /// <summary>Lanes of one subscription that go at once, whatever the number of processes; one while its partner fails.</summary>
    public const int PerSubscription = 8;

    static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    /// <summary>A third of a lease: two renewals may fail before another process takes over.</summary>
    static readonly TimeSpan s_renew = Courier.Lease / 3;

    /// <summary>
    /// Works until nothing is due and nothing is under way; claims more whenever one is done. Returns how many it carried.
    /// Asked to stop, it claims no more and waits for what it has begun.
    /// </summary>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var underWay = new List<(string Channel, Task Task)>();
        var held = new ConcurrentDictionary<Leased, bool>();
        using var done = new CancellationTokenSource();
        var renewing = RenewAsync(held, done.Token);
        var carried = 0;
        try
        {
            while (true)
            {
                WorkerHealth.Worked(nameof(Dispatcher)); // under load a batch has no end
                var claimed = await ClaimAsync(RoomBeside(underWay.Select(u => u.Channel)), ct);
                carried += claimed.Count;
                underWay.AddRange(claimed.Select(c => (c.Channel, CarryAsync(c, held, ct))));
                if (underWay.Count == 0)
                    return carried;
                await OneDoneOrMoreDueAsync(underWay.Select(u => u.Task), ct);
                underWay.RemoveAll(u => u.Task.IsCompleted);
            }
        }
        finally
        {
            await Task.WhenAll(underWay.Select(u => u.Task));
            await done.CancelAsync();
            await renewing;
        }
    }

    /// <summary>How many lanes more may go, by each channel that works: a channel that is slow takes no other's place.</summary>
    public Dictionary<string, int> RoomBeside(IEnumerable<string> underWay)
    {
        var room = senders.ToDictionary(s => s.Channel, s => s.Lanes);
        foreach (var channel in underWay)
            room[channel]--;
        return room;
    }

    /// <summary>Leases what is due, each subscription its share, those with least under way first. Committed when this returns.</summary>
    /// <param name="room">How many at most, by channel.</param>
    public async Task<IReadOnlyList<Leased>> ClaimAsync(IReadOnlyDictionary<string, int> room, CancellationToken ct)
    {
        var open = room.Where(r => r.Value > 0).Select(r => r.Key).ToList();
        if (open.Count == 0)
            return [];
        await using var scope = scopes.CreateAsyncScope();
        var (db, engine, work) = (scope.ServiceProvider.GetRequiredService<Db>(), scope.ServiceProvider.GetRequiredService<Engine>(), scope.ServiceProvider.GetRequiredService<Work>());
        return (await work.RunAsync<Claimed>(async () =>
        {
            var claimed = new List<Leased>();
            foreach (var (subscription, channel, share) in await SharesAsync(db, open, work.Now, ct))
                if (room[channel] - claimed.Count(c => c.Channel == channel) is > 0 and var left)
                    claimed.AddRange(await LeaseHeadsAsync(db, engine, work.Now, subscription, channel, Math.Min(share, left), ct));
            return new Claimed(claimed);
        }, ct)).Value!.Deliveries;
    }

    static async Task<IReadOnlyList<(Id<Subscription> Subscription, string Channel, int Share)>> SharesAsync(Db db, List<string> open, DateTimeOffset now, CancellationToken ct)
    {
        var (deliveries, queueTasks) = (db.Deliveries, db.QueueTasks);
        var due = await db.Subscriptions.AsNoTracking()
            .Where(s => open.Contains(s.Channel) && (s.Channel != Channels.Amqp || !queueTasks.Any(t => t.SubscriptionId == s.Id))) // its queue comes first
            .Where(s => deliveries.Any(d => d.SubscriptionId == s.Id && d.Status == DeliveryStatus.Pending && d.DueAt <= now
                && (d.LeasedUntil == null || d.LeasedUntil <= now) && (s.Status == SubscriptionStatus.Active || d.Type == EventTypes.Test)))
            .Select(s => new { s.Id, s.Channel, s.FailingSince, UnderWay = deliveries.Count(d => d.SubscriptionId == s.Id && d.LeasedUntil > now) })
            .ToListAsync(ct);
        return [.. due
            .Select(s => (s.Id, s.Channel, s.UnderWay, Share: (s.FailingSince is null ? PerSubscription : 1) - s.UnderWay))
            .Where(s => s.Share > 0)
            .OrderBy(s => s.UnderWay)
            .Select(s => (s.Id, s.Channel, s.Share))];
    }

    static async Task<IReadOnlyList<Leased>> LeaseHeadsAsync(Db db, Engine engine, DateTimeOffset now, Id<Subscription> subscription, string channel, int most, CancellationToken ct)
    {
        // A leased row is still pending, so that nothing behind it is a head.
        var sql =
            """
            select d.* from deliveries d
            where d.subscription_id = {0} and d.status = 'pending' and d.due_at <= {1} and (d.leased_until is null or d.leased_until <= {1})
              and not exists (
                select 1 from deliveries e
                where e.subscription_id = d.subscription_id and e.subject = d.subject and e.status = 'pending'
                  and (e.position < d.position or (e.position = d.position and e.id < d.id)))
              and (d.type = {2} or exists (select 1 from subscriptions s where s.id = d.subscription_id and s.status = 'active'))
            order by d.due_at, d.position, d.id
            limit {3}
            """ + engine.SkipLocked;
        var heads = await db.Deliveries.FromSqlRaw(sql, subscription.Value, db.Time(now), EventTypes.Test, most).ToListAsync(ct);
        var lease = Randomness.Version7(now);
        foreach (var head in heads)
            (head.Lease, head.LeasedUntil) = (lease, now + Courier.Lease);
        return [.. heads.Select(h => new Leased(h.Id, lease, channel))];
    }

    async Task CarryAsync(Leased leased, ConcurrentDictionary<Leased, bool> held, CancellationToken ct)
    {
        held[leased] = true;
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<Courier>().CarryAsync(leased, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopping before the gate was asked; the lease runs out and another takes it.
        }
        catch (Exception e)
        {
            if (!availability.IsLost(e))
                Log.Failed(log, e, leased.Delivery);
        }
        finally
        {
            held.TryRemove(leased, out _);
        }
    }

    /// <summary>Keeps what is under way from being taken by another while this process lives. What another has taken meanwhile stays that one's.</summary>
    async Task RenewAsync(ConcurrentDictionary<Leased, bool> held, CancellationToken done)
    {
        try
        {
            using var timer = new PeriodicTimer(s_renew);
            while (await timer.WaitForNextTickAsync(done))
                if (held.Keys is { Count: > 0 } leased)
                    await RenewAsync([.. leased], done);
        }
        catch (OperationCanceledException) when (done.IsCancellationRequested)
        {
        }
    }

    async Task RenewAsync(IReadOnlyList<Leased> held, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var (db, work) = (scope.ServiceProvider.GetRequiredService<Db>(), scope.ServiceProvider.GetRequiredService<Work>());
            var (deliveries, leases) = (held.Select(l => l.Delivery).ToList(), held.Select(l => (Guid?)l.Lease).Distinct().ToList());
            await work.RunAsync<Claimed>(async () =>
            {
                var (due, until) = (work.Now + Courier.Lease - s_renew / 2, work.Now + Courier.Lease); // those just begun are still good
                await db.Deliveries.Where(d => deliveries.Contains(d.Id) && leases.Contains(d.Lease) && d.LeasedUntil < due)
                    .ExecuteUpdateAsync(d => d.SetProperty(x => x.LeasedUntil, until), ct);
                return new Claimed([]);
            }, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.NotRenewed(log, e, held.Count);
        }
    }

    async Task OneDoneOrMoreDueAsync(IEnumerable<Task> underWay, CancellationToken ct)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var more = signals.WaitAsync(Signal.DeliveriesDue, s_look, done.Token);
        await Task.WhenAny([.. underWay, more]);
        await done.CancelAsync();
        await more.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    sealed record Claimed(IReadOnlyList<Leased> Deliveries);

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Delivery {Delivery} broke off; it goes again when its lease has run out.")]
        public static partial void Failed(ILogger logger, Exception exception, Guid delivery);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The leases of {Count} deliveries under way could not be renewed; they may go twice.")]
        public static partial void NotRenewed(ILogger logger, Exception exception, int count);
    }
}
