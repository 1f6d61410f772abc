using Interop.Platform;
using Interop.Platform.Engines;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery.Amqp;

/// <summary>Makes and removes queues as asked: leases, does it with no transaction open, records. Until it succeeds.</summary>
internal sealed class QueueKeeper(Db db, Engine engine, Work work, Broker broker) : IBatch
{
    const int Batch = 32;
    static readonly TimeSpan s_lease = TimeSpan.FromSeconds(30);
    static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        if (broker.State is BrokerState.Down)
            return 0;
        var claimed = await ClaimAsync(ct);
        if (claimed.Count > 0)
            await RecordAsync(await Task.WhenAll(claimed.Select(DoAsync)), CancellationToken.None);
        return claimed.Count;
    }

    async Task<IReadOnlyList<QueueTask>> ClaimAsync(CancellationToken ct) => (await work.RunAsync<Claimed>(async () =>
    {
        // Later than anything is ever put off: that was by a clock which has since been set back.
        var sql =
            """
            select * from queue_tasks
            where (due_at <= {0} or due_at > {1}) and (leased_until is null or leased_until <= {0} or leased_until > {1})
            order by due_at, subscription_id limit {2}
            """ + engine.SkipLocked;
        var tasks = await db.QueueTasks.FromSqlRaw(sql, db.Time(work.Now), db.Time(work.Now + 2 * s_longest), Batch).ToListAsync(ct);
        foreach (var task in tasks)
            task.LeasedUntil = work.Now + s_lease;
        return new Claimed(tasks);
    }, ct)).Value!.Tasks;

    async Task<(QueueTask Task, bool Done)> DoAsync(QueueTask task)
    {
        try
        {
            await (task.Task == QueueTask.Make ? broker.MakeQueueAsync(task.Queue) : broker.RemoveQueueAsync(task.Queue));
            return (task, true);
        }
        catch (Exception e)
        {
            broker.SayFailed($"Could not {task.Task} the queue {task.Queue}", e);
            return (task, false);
        }
    }

    Task RecordAsync(IEnumerable<(QueueTask Task, bool Done)> results, CancellationToken ct) => work.RunAsync<Claimed>(async () =>
    {
        foreach (var (task, done) in results.OrderBy(r => r.Task.SubscriptionId.Value))
        {
            var rows = await engine.TakeAsync(db.QueueTasks, "select * from queue_tasks where subscription_id = {0}", task.SubscriptionId.Value, ct);
            if (rows.SingleOrDefault(t => t.LeasedUntil == task.LeasedUntil) is { } row) // else its lease ran out and another has it
                End(row, task.Revision, done);
        }
        return new Claimed([]);
    }, ct);

    /// <summary>Unless something else was asked for meanwhile: that is due when it was asked for.</summary>
    void End(QueueTask row, int revision, bool done)
    {
        row.LeasedUntil = null;
        if (row.Revision != revision)
        {
            work.Raise(Signal.QueuesDue);
        }
        else if (done)
        {
            db.QueueTasks.Remove(row);
            work.Raise(Signal.DeliveriesDue);
        }
        else
        {
            row.Tries++;
            row.DueAt = work.Now + TimeSpan.FromSeconds(Math.Min(s_longest.TotalSeconds, Math.Pow(2, Math.Min(row.Tries, 10) - 1)));
        }
    }

    sealed record Claimed(IReadOnlyList<QueueTask> Tasks);
}
