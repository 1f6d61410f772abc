using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery.Amqp;

/// <summary>
/// Connects to the broker, and again whenever the connection broke. A broker that was away may have come back empty, so each
/// subscription's queue is seen to.
/// </summary>
internal sealed class BrokerWatch(Broker broker, Db db, QueueTasks queues, Work work) : IBatch
{
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        if (!await broker.ConnectAsync(ct))
            return 0;
        await work.RunAsync<BrokerWatch>(async () =>
        {
            var tasks = db.QueueTasks;
            foreach (var subscription in await db.Subscriptions.AsNoTracking().Where(s => s.Channel == Channels.Amqp && !tasks.Any(t => t.SubscriptionId == s.Id)).ToListAsync(ct))
                await queues.AskAsync(QueueTask.Make, subscription, ct);
            return this;
        }, ct);
        return 1;
    }
}
