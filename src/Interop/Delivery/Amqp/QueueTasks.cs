using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery.Amqp;

/// <summary>
/// What is to be done to a queue of the broker: at most one thing for each, the latest that was asked for. The row outlives its
/// subscription; it goes when the broker has done it. While it is there nothing is published to the queue.
/// </summary>
internal sealed class QueueTask
{
    public const string Make = "make";
    public const string Remove = "remove";

    public required Id<Subscription> SubscriptionId { get; init; }
    public required string Queue { get; init; }

    /// <summary><c>make</c> or <c>remove</c>.</summary>
    public required string Task { get; init; }

    /// <summary>Rises with what is asked for: what was done for an earlier asking does not end a later one.</summary>
    public required int Revision { get; init; }

    /// <summary>Failed tries in a row.</summary>
    public required int Tries { get; set; }
    public required DateTimeOffset DueAt { get; set; }
    public DateTimeOffset? LeasedUntil { get; set; }
}

/// <summary>Asks for it, in the transaction of what calls for it (P1): made with its subscription, removed after it.</summary>
internal sealed class QueueTasks(Db db, Work work)
{
    /// <summary>
    /// What a broker needs to tell a removed queue's readers that it is gone, and more. Where one of the same name is there before
    /// they heard, RabbitMQ gives them what comes into it, but they never see it.
    /// </summary>
    static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(1);

    public Task AskAsync(string task, Subscription subscription, CancellationToken ct) => AskAsync(task, subscription, work.Now, ct);

    /// <summary>The queue that was there is gone: one is made in its place once its readers know.</summary>
    public Task AskAnewAsync(Subscription subscription, CancellationToken ct) => AskAsync(QueueTask.Make, subscription, work.Now + s_farewell, ct);

    async Task AskAsync(string task, Subscription subscription, DateTimeOffset due, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into queue_tasks (subscription_id, queue, task, revision, tries, due_at)
            values ({subscription.Id.Value}, {subscription.Queue}, {task}, 1, 0, {db.Time(due)})
            on conflict (subscription_id) do update set task = excluded.task, revision = queue_tasks.revision + 1, tries = 0, due_at = excluded.due_at
            """, ct);
        work.Raise(Signal.QueuesDue);
    }
}

internal static class QueueTables
{
    extension(Db db)
    {
        public DbSet<QueueTask> QueueTasks => db.Set<QueueTask>();
    }
}
