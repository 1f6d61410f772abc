using System.Diagnostics;
using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Contracts;
using Interop.Delivery.Amqp;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Events;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Interop.Delivery;

/// <summary>A delivery that one dispatcher may work on until its lease runs out.</summary>
internal sealed record Leased(Guid Delivery, Guid Lease, string Channel);

/// <summary>
/// Carries one leased delivery: asks the gate and commits the answer, sends with no transaction open, records what became of it.
/// A crash anywhere leaves the row pending; when the lease has run out it is carried again under the same id.
/// </summary>
internal sealed partial class Courier(
    Db db, Engine engine, Work work, Admission admission, SubscriptionSecrets secrets, IEnumerable<ISender> senders, QueueTasks queues, Suspension suspension, ILogger<Courier> log)
{
    /// <summary>
    /// How long a row waits for a process of which nothing is heard: so long does its death hold up what it carried. The
    /// dispatcher renews it while it lives, however long the partner takes.
    /// </summary>
    public static TimeSpan Lease { get; } = TimeSpan.FromSeconds(6);

    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    public async Task CarryAsync(Leased leased, CancellationToken ct)
    {
        Outgoing? message;
        try
        {
            message = await AdmitAsync(leased, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException && !engine.IsUnavailable(e) && !engine.IsConflict(e))
        {
            Log.NotMade(log, e, leased.Delivery);
            await RecordAsync(leased, new(work.Now, TimeSpan.Zero, null, SendErrors.Internal, null), CancellationToken.None);
            return;
        }
        if (message is not null)
            await RecordInTimeAsync(leased, await SendAsync(message), ct);
    }

    /// <summary>Tries as long as the lease lasts: what the partner has taken is not sent again because the database was away for a moment.</summary>
    async Task RecordInTimeAsync(Leased leased, Sent sent, CancellationToken ct)
    {
        for (var since = Stopwatch.GetTimestamp(); ;)
            try
            {
                await RecordAsync(leased, sent, CancellationToken.None);
                return;
            }
            catch (Exception e) when (engine.IsUnavailable(e) && Stopwatch.GetElapsedTime(since) < Lease - 2 * WebhookSender.Timeout)
            {
                await Task.Delay(s_pause, ct);
            }
    }

    async Task<Sent> SendAsync(Outgoing message)
    {
        using var span = Telemetry.StartOf($"deliver {message.Channel}", ActivityKind.Producer, message.TraceParent);
        var sent = await senders.Single(s => s.Channel == message.Channel).SendAsync(message with { TraceParent = span?.Id ?? message.TraceParent });
        DeliveryMetrics.Attempted(message.Channel, sent.Error ?? DeliveryMetrics.Delivered);
        if (sent.IsDelivered)
            DeliveryMetrics.Arrival.Record((sent.At + sent.Took - message.Since).TotalSeconds, new KeyValuePair<string, object?>("channel", message.Channel));
        if (sent.Status is { } status)
            span?.SetTag("http.response.status_code", status);
        if (sent.Error is { } error)
            span?.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error);
        return sent;
    }

    /// <summary>
    /// Decides on the state as it is now. Permitted: the audit entry is durable when this returns what to send. Not permitted:
    /// the delivery is withheld and the lane goes on.
    /// </summary>
    public async Task<Outgoing?> AdmitAsync(Leased leased, CancellationToken ct) =>
        (await work.RunAsync<Made>(async () =>
        {
            var told = db.Deliveries.Where(d => d.Id == leased.Delivery).Join(db.RecordedEvents, d => d.EventId, e => e.Id, (_, e) => e);
            if (await told.AsNoTracking().SingleOrDefaultAsync(ct) is not { } e)
                return new Made(null);
            var row = Row(leased);
            await admission.OpenAsync([e], ct, also: [row.Delivery, row.Subscription]); // the person's lock before the delivery's row, as whoever changes a consent takes them
            if (row.Delivery.Rows is not [var delivery])
                return new Made(null);
            work.Update(delivery);
            var subscription = row.Subscription.Rows.Single();
            if (subscription.Status != SubscriptionStatus.Active && delivery.Type != EventTypes.Test)
            {
                End(delivery, DeliveryStatus.Pending); // suspended meanwhile: it waits to be resumed
                return new Made(null);
            }
            var recipient = subscription.ToRecipient();
            var admitted = admission.Decide(subscription.Organisation, subscription.OrganisationKind, e);
            var view = admitted is null ? null : await admission.ViewAsync(admitted, subscription.Payload == Payloads.Full, ct);
            if (view is null)
            {
                delivery.Withhold(work.Now);
                work.Count(DeliveryMetrics.Attempts, ("channel", subscription.Channel), ("outcome", DeliveryMetrics.Withheld));
                admission.RecordRefusal(recipient, e, Outcomes.Denied, "event.deliver", Details(delivery));
                work.Raise(Signal.DeliveriesDue);
                return new Made(null);
            }
            delivery.Number ??= await NextNumberAsync(subscription.Id, ct);
            delivery.LeasedUntil = work.Now + Lease;
            admission.Record(recipient, admitted!, Actions.Deliver, "event.deliver", Details(delivery));
            return new Made(new(subscription.Channel, subscription.Url ?? subscription.Queue!, view.Id, view.Type, e.At, view.TraceParent, CloudEventJson.Serialize(view), secrets.Signing(subscription, work.Now)));
        }, ct)).Value!.Message;

    /// <summary>Records an attempt and what follows from it.</summary>
    public Task RecordAsync(Leased leased, Sent sent, CancellationToken ct) => work.RunAsync<Made>(async () =>
    {
        var row = Row(leased);
        await engine.SelectAsync(db, [row.Delivery, row.Subscription], ct);
        if (row.Delivery.Rows is not [var delivery])
            return new Made(null); // deleted, or taken over by another: that one's attempt counts
        work.Update(delivery);
        var subscription = db.Attach(row.Subscription.Rows.Single()).Entity; // of which only what is changed is written: others count its numbers
        work.Insert(new DeliveryAttempt
        {
            Id = Randomness.Version7(work.Now),
            DeliveryId = delivery.Id,
            At = sent.At,
            Milliseconds = (int)sent.Took.TotalMilliseconds,
            Status = sent.Status,
            Error = sent.Error,
        });
        (delivery.LastStatus, delivery.LastError) = (sent.Status, sent.Error);
        if (sent.IsDelivered)
            Succeed(delivery, subscription);
        else if (sent.IsNoFaultOfPartner)
            await WaitAsync(delivery, subscription, sent, ct);
        else
            await FailAsync(delivery, subscription, sent, ct);
        return new Made(null);
    }, ct);

    void Succeed(EventDelivery delivery, Subscription subscription)
    {
        End(delivery, DeliveryStatus.Delivered);
        subscription.FailingSince = null;
        work.Raise(Signal.DeliveriesDue); // the next of its lane
    }

    /// <summary>What is no fault of the partner's uses up none of its schedule; one lane tries until it works again.</summary>
    async Task WaitAsync(EventDelivery delivery, Subscription subscription, Sent sent, CancellationToken ct)
    {
        await RecordFailureAsync(delivery, subscription, sent, ct);
        if (sent.Error == SendErrors.QueueMissing)
            await queues.AskAnewAsync(subscription, ct);
        End(delivery, DeliveryStatus.Pending);
        await HoldLaneAsync(delivery, work.Now + PauseAfter(work.Now - subscription.FailingSince!.Value), ct);
    }

    /// <summary>Soon, and not so often when it lasts. While a broker is known to be down nothing tries at all.</summary>
    static TimeSpan PauseAfter(TimeSpan failing) => TimeSpan.FromSeconds(Math.Clamp(failing.TotalSeconds / 4, 1, 15));

    async Task FailAsync(EventDelivery delivery, Subscription subscription, Sent sent, CancellationToken ct)
    {
        await RecordFailureAsync(delivery, subscription, sent, ct);
        delivery.Tries++;
        var delay = sent.IsGone ? null : RetrySchedule.After(delivery.Tries, sent.RetryAfter);
        var active = subscription.Status == SubscriptionStatus.Active;
        // A test answers a question of now: nobody waits for it when the subscription is resumed.
        End(delivery, delivery.Type == EventTypes.Test && (delay is null || !active) ? DeliveryStatus.Failed : DeliveryStatus.Pending);
        if (delay is null && active)
            await suspension.SuspendAsync(subscription, sent.IsGone ? Suspension.Gone : Suspension.Exhausted, ct);
        if (delivery.Status == DeliveryStatus.Pending)
            await HoldLaneAsync(delivery, work.Now + (delay ?? TimeSpan.Zero), ct);
    }

    async Task RecordFailureAsync(EventDelivery delivery, Subscription subscription, Sent sent, CancellationToken ct)
    {
        var e = await db.RecordedEvents.AsNoTracking().SingleAsync(x => x.Id == delivery.EventId, ct);
        var details = Details(delivery);
        details["error"] = sent.Error;
        admission.RecordRefusal(subscription.ToRecipient(), e, Outcomes.Failed, "event.deliver", details);
        subscription.FailingSince ??= work.Now;
    }

    async Task HoldLaneAsync(EventDelivery delivery, DateTimeOffset due, CancellationToken ct)
    {
        delivery.DueAt = due;
        // What stands behind it is due no sooner. Only the head's turn decides; this spares looking at the rest until then.
        await db.Deliveries.Where(d => d.SubscriptionId == delivery.SubscriptionId && d.Subject == delivery.Subject
                && d.Status == DeliveryStatus.Pending && d.Id != delivery.Id && d.DueAt < due)
            .ExecuteUpdateAsync(d => d.SetProperty(x => x.DueAt, due), ct);
    }

    void End(EventDelivery delivery, string status)
    {
        delivery.Status = status;
        delivery.EndedAt = status == DeliveryStatus.Pending ? null : work.Now;
        (delivery.Lease, delivery.LeasedUntil) = (null, null);
    }

    /// <summary>The row, held until the transaction ends, if the lease is still this one's; and whose it is.</summary>
    (Select<EventDelivery> Delivery, Select<Subscription> Subscription) Row(Leased leased) =>
        (new($"id = $1 and lease = $2 and status = 'pending'{engine.ForUpdate}", leased.Delivery, leased.Lease), new("id = (select subscription_id from deliveries where id = $1)", leased.Delivery));

    /// <summary>Taken when the gate first permits, so that what is withheld from the start leaves no gap to be noticed (P6).</summary>
    async Task<long> NextNumberAsync(Id<Subscription> id, CancellationToken ct) =>
        (await db.Database.SqlQuery<long>($"update subscriptions set last_number = last_number + 1 where id = {id.Value} returning last_number as \"Value\"").ToListAsync(ct)).Single();

    static JsonObject Details(EventDelivery d) => new()
    {
        ["subscription"] = d.SubscriptionId.ToString(),
        ["event"] = d.EventId.ToString("D"),
        ["type"] = d.Type,
    };

    sealed record Made(Outgoing? Message);

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Delivery {Delivery} could not be made; it counts as an attempt.")]
        public static partial void NotMade(ILogger logger, Exception exception, Guid delivery);
    }
}
