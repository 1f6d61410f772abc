using Interop.Delivery.Amqp;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery;

/// <summary>That an organisation wants to be told: of what, where, and how much.</summary>
internal sealed class Subscription
{
    public required Id<Subscription> Id { get; init; }
    public required int Version { get; set; }
    public required string Organisation { get; init; }

    /// <summary>What the organisation is, for the gate; an organisation never becomes another kind.</summary>
    public required OrganisationKind OrganisationKind { get; init; }

    /// <summary>The client that subscribed, or resumed it last: whom the log names as the one who received.</summary>
    public required string Client { get; set; }

    /// <summary>One of <see cref="Channels"/>.</summary>
    public required string Channel { get; init; }
    public string? Url { get; init; }

    /// <summary>On amqp: where its events are published to. Never another.</summary>
    public string? Queue => Channel == Channels.Amqp ? $"interop.{Organisation}.{Id}" : null;

    /// <summary>Event types, or <c>*</c>.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>One of <see cref="Payloads"/>.</summary>
    public required string Payload { get; init; }

    /// <summary><c>active</c> or <c>suspended</c>.</summary>
    public required string Status { get; set; }

    /// <summary>Why it was suspended: <c>gone</c>, <c>exhausted</c> or <c>client-disabled</c>.</summary>
    public string? Reason { get; set; }
    public DateTimeOffset? SuspendedAt { get; set; }

    /// <summary>Since when no attempt has succeeded. While it fails, one lane at a time tries.</summary>
    public DateTimeOffset? FailingSince { get; set; }

    /// <summary>Sealed; see <see cref="SubscriptionSecrets"/>. On amqp it signs nothing.</summary>
    public required byte[] Secret { get; set; }
    public required IReadOnlyList<EarlierSecret> EarlierSecrets { get; set; }

    /// <summary>The number of the last event that was ever attempted.</summary>
    public long LastNumber { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Who receives, in the words of the log.</summary>
    public Caller ToRecipient() => new(Organisation, OrganisationKind, Client, new HashSet<string>(), null);

    public bool Wants(string type) => Events.Contains(AllEvents) || Events.Contains(type);

    public const string AllEvents = "*";
}

/// <summary>A secret that was replaced and signs on until then.</summary>
internal sealed record EarlierSecret(byte[] Secret, DateTimeOffset Until);

internal static class Channels
{
    public const string Webhook = "webhook";
    public const string Amqp = "amqp";

    public static IReadOnlyList<string> All { get; } = [Webhook, Amqp];
}

internal static class Payloads
{
    public const string IdOnly = "id-only";
    public const string Full = "full";

    public static IReadOnlyList<string> All { get; } = [IdOnly, Full];
}

internal static class SubscriptionStatus
{
    public const string Active = "active";
    public const string Suspended = "suspended";
}

/// <summary>One event on its way to one subscription.</summary>
internal sealed class EventDelivery
{
    public required Guid Id { get; init; }
    public required Id<Subscription> SubscriptionId { get; init; }
    public required Guid EventId { get; init; }
    public required string Type { get; init; }

    /// <summary>With the subscription, the lane; within it, deliveries go in order of <see cref="Position"/>.</summary>
    public required string Subject { get; init; }
    public required long Position { get; init; }

    /// <summary>One of <see cref="DeliveryStatus"/>.</summary>
    public required string Status { get; set; }

    /// <summary>The subscription's own count of what it was sent; null until the gate first permitted it, kept from then on.</summary>
    public long? Number { get; set; }

    /// <summary>Failed attempts since it was queued or resumed: its place in the retry schedule.</summary>
    public required int Tries { get; set; }
    public required DateTimeOffset DueAt { get; set; }

    /// <summary>Who works on it, until when. An expired lease is a crash: the row is taken again.</summary>
    public Guid? Lease { get; set; }
    public DateTimeOffset? LeasedUntil { get; set; }
    public int? LastStatus { get; set; }
    public string? LastError { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>The gate does not permit it: for good, whatever is permitted later. Says why to whoever was told of it before.</summary>
    public void Withhold(DateTimeOffset now)
    {
        (Status, EndedAt, LastError) = (DeliveryStatus.Withheld, now, SendErrors.NotPermitted);
        (Lease, LeasedUntil) = (null, null);
    }
}

internal static class DeliveryStatus
{
    public const string Pending = "pending";
    public const string Delivered = "delivered";

    /// <summary>The gate did not permit it when its turn came. Nothing was sent, or nothing more.</summary>
    public const string Withheld = "withheld";

    /// <summary>A test that was given up. Anything else waits until the subscription is resumed.</summary>
    public const string Failed = "failed";

    public static IReadOnlyList<string> All { get; } = [Pending, Delivered, Withheld, Failed];
}

internal sealed class DeliveryAttempt
{
    public required Guid Id { get; init; }
    public required Guid DeliveryId { get; init; }
    public required DateTimeOffset At { get; init; }
    public required int Milliseconds { get; init; }

    /// <summary>The HTTP status; null where there was no answer, and on amqp.</summary>
    public int? Status { get; init; }

    /// <summary>One of <see cref="SendErrors"/>; null where it was delivered.</summary>
    public string? Error { get; init; }
}

/// <summary>That an event may concern an organisation, in the order in which the exchange told of events.</summary>
internal sealed class FeedEntry
{
    public required long Number { get; init; }
    public required string Organisation { get; init; }
    public required Guid EventId { get; init; }
}

internal static class DeliveryTables
{
    extension(Db db)
    {
        public DbSet<Subscription> Subscriptions => db.Set<Subscription>();
        public DbSet<EventDelivery> Deliveries => db.Set<EventDelivery>();
        public DbSet<DeliveryAttempt> DeliveryAttempts => db.Set<DeliveryAttempt>();
        public DbSet<WithdrawalDue> Withdrawals => db.Set<WithdrawalDue>();
        public DbSet<FeedEntry> EventFeed => db.Set<FeedEntry>();
    }

    public static Tables Tables { get; } = new(model =>
    {
        var subscription = model.Entity<Subscription>().ToTable("subscriptions", "delivery");
        subscription.HasKey(s => s.Id);
        subscription.Property(s => s.Version).IsConcurrencyToken();
        subscription.Property(s => s.OrganisationKind).HasConversion(kind => OrganisationKinds.CodeOf(kind), code => OrganisationKinds.Parse(code)!.Value);
        subscription.Property(s => s.Events).AsJson();
        subscription.Property(s => s.EarlierSecrets).AsJson();
        model.Entity<EventDelivery>().ToTable("deliveries", "delivery").HasKey(d => d.Id);
        model.Entity<DeliveryAttempt>().ToTable("delivery_attempts", "delivery").HasKey(a => a.Id);
        model.Entity<WithdrawalDue>().ToTable("withdrawals", "delivery").HasKey(w => w.EventId);
        model.Entity<FeedEntry>().ToTable("event_feed", "delivery").HasKey(f => f.Number);
        model.Entity<QueueTask>().ToTable("queue_tasks", "delivery").HasKey(t => t.SubscriptionId);
    }, typeof(Subscription));
}
