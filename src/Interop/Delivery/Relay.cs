using System.Diagnostics;
using Interop.Consent;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Events;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery;

/// <summary>
/// Tells the feed and the subscriptions of each recorded event, once: whom it may concern, in one place and order. It sends
/// nothing and decides nothing; the gate does, when a row's turn comes.
/// </summary>
internal sealed class Relay(Db db, Engine engine, Work work, Gate gate) : IBatch
{
    const int Batch = 200;

    public async Task<int> RunOnceAsync(CancellationToken ct) =>
        (await work.RunAsync<Relayed>(async () =>
        {
            if (!await engine.TryLeaseAsync(db, Lease.Relay, ct))
                return new Relayed(0);
            // Statements of their own after the lease: they see all that earlier holders committed.
            var events = await UnrelayedAsync(ct);
            if (events.Count == 0)
                return new Relayed(0);
            using var span = Telemetry.Source.StartActivity("relay", ActivityKind.Consumer, default(ActivityContext), links: LinksTo(events));
            await RelayAsync(events, ct);
            return new Relayed(events.Count);
        }, ct)).Value!.Events;

    async Task<IReadOnlyList<RecordedEvent>> UnrelayedAsync(CancellationToken ct)
    {
        var oldest = await db.RecordedEvents.AsNoTracking().Where(e => e.RelayedAt == null).OrderBy(e => e.At).ThenBy(e => e.Id).Take(Batch).ToListAsync(ct);
        if (oldest.Count < Batch)
            return RelayOrder.Of(oldest);
        // An event of one of these subjects may stand after the batch by time, and before its sibling by position.
        var subjects = oldest.Select(e => e.Subject).Distinct().ToList();
        var siblings = await db.RecordedEvents.AsNoTracking().Where(e => e.RelayedAt == null && subjects.Contains(e.Subject)).ToListAsync(ct);
        return RelayOrder.Of(oldest.UnionBy(siblings, e => e.Id));
    }

    async Task RelayAsync(IReadOnlyList<RecordedEvent> events, CancellationToken ct)
    {
        var number = await db.EventFeed.MaxAsync(f => (long?)f.Number, ct) ?? 0;
        var audiences = await AudiencesAsync(events, ct);
        var concerned = audiences.Values.SelectMany(a => a).Distinct().ToList();
        var subscriptions = (await db.Subscriptions.AsNoTracking().Where(s => concerned.Contains(s.Organisation)).ToListAsync(ct)).ToLookup(s => s.Organisation);
        var held = await HeldLanesAsync(events, ct);
        foreach (var e in events)
        {
            foreach (var organisation in audiences[e.Id])
            {
                work.Insert(new FeedEntry { Number = ++number, Organisation = organisation, EventId = e.Id });
                foreach (var subscription in subscriptions[organisation].Where(s => s.Wants(e.Type)))
                    work.Insert(New(e, subscription.Id, work.Now, held.GetValueOrDefault((subscription.Id, e.Subject))));
            }
            work.Count(DeliveryMetrics.Relayed, ("type", e.Type));
            DeliveryMetrics.RelayLag.Record((work.Now - e.At).TotalSeconds);
        }
        var (relayed, now) = (events.Select(e => e.Id).ToList(), work.Now);
        await db.RecordedEvents.Where(e => relayed.Contains(e.Id)).ExecuteUpdateAsync(e => e.SetProperty(x => x.RelayedAt, now), ct);
        work.Raise(Signal.DeliveriesDue);
    }

    /// <summary>A delivery that is due now, or when the lane that it joins is.</summary>
    public static EventDelivery New(RecordedEvent e, Id<Subscription> subscription, DateTimeOffset now, DateTimeOffset laneDueAt) => new()
    {
        Id = Randomness.Version7(now),
        SubscriptionId = subscription,
        EventId = e.Id,
        Type = e.Type,
        Subject = e.Subject,
        Position = e.Position,
        Status = DeliveryStatus.Pending,
        Tries = 0,
        DueAt = laneDueAt > now ? laneDueAt : now,
        CreatedAt = now,
    };

    /// <summary>When lanes that wait for a retry are due again: spares the dispatcher looking at what stands behind a failing head.</summary>
    async Task<Dictionary<(Id<Subscription>, string), DateTimeOffset>> HeldLanesAsync(IReadOnlyList<RecordedEvent> events, CancellationToken ct)
    {
        var subjects = events.Select(e => e.Subject).Distinct().ToList();
        var lanes = await db.Deliveries.Where(d => d.Status == DeliveryStatus.Pending && subjects.Contains(d.Subject))
            .GroupBy(d => new { d.SubscriptionId, d.Subject })
            .Select(g => new { g.Key.SubscriptionId, g.Key.Subject, DueAt = g.Max(d => d.DueAt) })
            .ToListAsync(ct);
        return lanes.ToDictionary(l => (l.SubscriptionId, l.Subject), l => l.DueAt);
    }

    /// <summary>Whom each event may concern: its audience, and whoever a consent of the person names for the matter.</summary>
    async Task<Dictionary<Guid, IReadOnlyList<string>>> AudiencesAsync(IReadOnlyList<RecordedEvent> events, CancellationToken ct)
    {
        var named = new Dictionary<(Guid, Guid), IReadOnlyList<string>>();
        var audiences = new Dictionary<Guid, IReadOnlyList<string>>();
        foreach (var e in events)
        {
            var organisations = e.Audience;
            if (e.Facts is not null)
            {
                var referral = Gate.Read(e.Facts).Referral;
                var key = (referral.Person, referral.Matter);
                if (!named.TryGetValue(key, out var others))
                    named[key] = others = await gate.NamedAsync(referral.Person, referral.Matter, ct);
                organisations = [.. organisations.Union(others)];
            }
            audiences[e.Id] = [.. organisations.Order(StringComparer.Ordinal)];
        }
        return audiences;
    }

    /// <summary>One batch tells of events that many requests recorded: it is a child of none of them.</summary>
    static IEnumerable<ActivityLink> LinksTo(IReadOnlyList<RecordedEvent> events)
    {
        foreach (var e in events)
            if (ActivityContext.TryParse(e.TraceParent, null, isRemote: true, out var context))
                yield return new(context);
    }

    sealed record Relayed(int Events);
}
