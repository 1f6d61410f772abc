using System.Diagnostics.Metrics;
using Interop.Contracts;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery;

internal static class DeliveryMetrics
{
    public static Counter<long> Relayed { get; } = Telemetry.Counter("interop.events.relayed", "Events told to the feed and the subscriptions, by type.");

    public static Histogram<double> RelayLag { get; } = Telemetry.Way("interop.events.relay.lag", "From an event's record until it is relayed.");

    public static Counter<long> Attempts { get; } = Telemetry.Counter("interop.delivery.attempts", "Attempts, and what the gate withheld, by channel and outcome.");

    public static Histogram<double> Arrival { get; } = Telemetry.Way("interop.delivery.arrival", "From an event's record until the partner took it, by channel.");

    public static Gauge<long> Pending { get; } = Telemetry.Depth("interop.delivery.pending", "Deliveries that wait, by why: due, leased, later, suspended.");

    public static Gauge<double> DueAge { get; } = Telemetry.Age("interop.delivery.due.age", "How long the delivery that is longest due has been.");

    public static Gauge<long> Subscriptions { get; } = Telemetry.Depth("interop.subscriptions", "Subscriptions, by state: active, failing, suspended.");

    public const string Withheld = "withheld";
    public const string Delivered = "delivered";

    public static void Attempted(string channel, string outcome) =>
        Attempts.Add(1, new("channel", channel), new KeyValuePair<string, object?>("outcome", outcome));
}

/// <summary>How much waits to be sent, and why.</summary>
internal sealed class DeliveryGauge : IGauge
{
    public async Task SampleAsync(Db db, DateTimeOffset now, CancellationToken ct)
    {
        var subscriptions = await db.Subscriptions.AsNoTracking().GroupBy(s => new { s.Status, Failing = s.FailingSince != null })
            .Select(g => new { g.Key.Status, g.Key.Failing, Count = g.Count() }).ToListAsync(ct);
        foreach (var (state, isSo) in (( string, Func<string, bool, bool>)[])
            [("active", (s, f) => s == SubscriptionStatus.Active && !f), ("failing", (s, f) => s == SubscriptionStatus.Active && f), ("suspended", (s, _) => s == SubscriptionStatus.Suspended)])
            DeliveryMetrics.Subscriptions.Record(subscriptions.Where(s => isSo(s.Status, s.Failing)).Sum(s => s.Count), new KeyValuePair<string, object?>("state", state));

        var pending = db.Deliveries.AsNoTracking().Where(d => d.Status == DeliveryStatus.Pending);
        var active = db.Subscriptions.Where(s => s.Status == SubscriptionStatus.Active).Select(s => s.Id);
        var due = pending.Where(d => d.DueAt <= now && (d.LeasedUntil == null || d.LeasedUntil <= now) && (active.Contains(d.SubscriptionId) || d.Type == EventTypes.Test));
        foreach (var (state, rows) in ((string, IQueryable<EventDelivery>)[])
            [
                ("due", due),
                ("leased", pending.Where(d => d.LeasedUntil > now)),
                ("later", pending.Where(d => d.DueAt > now && active.Contains(d.SubscriptionId))),
                ("suspended", pending.Where(d => !active.Contains(d.SubscriptionId))),
            ])
            DeliveryMetrics.Pending.Record(await rows.Take(Gauges.Most).CountAsync(ct), new KeyValuePair<string, object?>("state", state));
        DeliveryMetrics.DueAge.Record(await LongestDueAsync(db, now, ct));
    }

    /// <summary>The first of each subscription, which its index has at hand: however much stands behind it.</summary>
    static async Task<double> LongestDueAsync(Db db, DateTimeOffset now, CancellationToken ct)
    {
        var waiting = db.Deliveries.AsNoTracking().Where(d => d.Status == DeliveryStatus.Pending && (d.LeasedUntil == null || d.LeasedUntil <= now));
        var firsts = await db.Subscriptions.AsNoTracking().Where(s => s.Status == SubscriptionStatus.Active)
            .Select(s => waiting.Where(d => d.SubscriptionId == s.Id).Min(d => (DateTimeOffset?)d.DueAt)).ToListAsync(ct);
        return firsts.Min() is { } oldest && oldest < now ? (now - oldest).TotalSeconds : 0;
    }
}
