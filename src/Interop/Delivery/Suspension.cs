using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Contracts;
using Interop.Platform;
using Interop.Platform.Events;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery;

/// <summary>How a subscription stops, never silently, and how it goes on where it stopped.</summary>
internal sealed class Suspension(Db db, Work work, EventLog events, Trail trail)
{
    /// <summary>The partner answered 410.</summary>
    public const string Gone = "gone";

    /// <summary>The retry schedule came to its end.</summary>
    public const string Exhausted = "exhausted";

    /// <summary>The client that subscribed was disabled. Another of the organisation takes it over by resuming it.</summary>
    public const string ClientDisabled = "client-disabled";

    /// <summary>In the transaction that disables the client: no delivery is permitted after it.</summary>
    public async Task SuspendThoseOfAsync(string client, CancellationToken ct)
    {
        foreach (var subscription in await db.Subscriptions.Where(s => s.Client == client && s.Status == SubscriptionStatus.Active).ToListAsync(ct))
            await SuspendAsync(subscription, ClientDisabled, ct);
    }

    /// <summary>Stops sending; what comes meanwhile queues. Told to the organisation by its feed and its other subscriptions.</summary>
    public async Task SuspendAsync(Subscription subscription, string reason, CancellationToken ct)
    {
        (subscription.Status, subscription.Reason, subscription.SuspendedAt) = (SubscriptionStatus.Suspended, reason, work.Now);
        subscription.UpdatedAt = work.Now;
        subscription.Version++;
        trail.Write(Caller.Exchange, new(Actions.Update, "subscription.suspend")
        {
            ResourceType = "Subscription",
            ResourceId = subscription.Id.ToString(),
            Details = new JsonObject { ["organisation"] = subscription.Organisation, ["reason"] = reason },
        });
        await events.RecordAsync(EventTypes.SubscriptionSuspended, $"subscriptions/{subscription.Id}", subscription.Version, null,
            [subscription.Organisation], null, new SubscriptionEventData(subscription.Id.Value, $"/v1/subscriptions/{subscription.Id}"), ct);
    }

    /// <summary>Everything that waits is due now, its schedule begun anew. Of a subscription that is not suspended: the same.</summary>
    /// <param name="by">The client that resumes it, and answers for it from now on.</param>
    public async Task ResumeAsync(Subscription subscription, string by, CancellationToken ct)
    {
        subscription.Client = by;
        var now = work.Now;
        await db.Deliveries.Where(d => d.SubscriptionId == subscription.Id && d.Status == DeliveryStatus.Pending)
            .ExecuteUpdateAsync(d => d.SetProperty(x => x.DueAt, now).SetProperty(x => x.Tries, 0), ct);
        work.Raise(Signal.DeliveriesDue);
        if (subscription.Status == SubscriptionStatus.Active)
            return;
        (subscription.Status, subscription.Reason, subscription.SuspendedAt) = (SubscriptionStatus.Active, null, null);
        subscription.FailingSince = null;
        subscription.UpdatedAt = now;
        subscription.Version++;
    }
}
