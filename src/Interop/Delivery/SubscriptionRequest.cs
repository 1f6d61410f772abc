using Interop.Contracts;
using Interop.Platform;
using Interop.Platform.Http;

namespace Interop.Delivery;

/// <summary>Where and of what an organisation wants to be told.</summary>
/// <param name="Channel"><c>webhook</c>, or <c>amqp</c> where the exchange has a broker.</param>
/// <param name="Url">For a webhook, and for nothing else: https, at most 2000 characters, without user information and fragment, public addresses only.</param>
/// <param name="Events">Event types, or <c>*</c> for all, those to come included.</param>
/// <param name="Payload"><c>id-only</c> (default), or for a webhook <c>full</c>: with the recipient's view, as the gate permits it at the moment of sending.</param>
public sealed record SubscriptionRequest(string Channel, string? Url, IReadOnlyList<string> Events, string? Payload)
{
    const int MostEvents = 50;

    /// <param name="address">What is wrong with where the address leads, found before the unit of work began.</param>
    /// <param name="broker">Whether this exchange has one.</param>
    internal static SubscriptionRequest Read(Fields f, Fault? address, bool broker)
    {
        var channel = f.Code("channel", Channels.All);
        if (channel == Channels.Amqp && !broker)
            f.Fail("channel", "channel.no-broker");
        var url = f.Text("url", AddressGuard.MaxLength, required: channel == Channels.Webhook);
        if (url is not null && channel == Channels.Amqp)
            f.Fail("url", "channel.no-url");
        else if (url is not null && address is not null)
            f.Fail("url", address.Code, address.Arguments);
        var payload = f.Code("payload", Payloads.All, required: false) ?? Payloads.IdOnly;
        if (payload == Payloads.Full && channel == Channels.Amqp)
            f.Fail("payload", "channel.id-only"); // a queue outlives a revocation
        return new(
            channel ?? "",
            url,
            [.. f.Codes("events", t => t == Subscription.AllEvents || EventTypes.All.Contains(t), $"*, {string.Join(", ", EventTypes.All)}", MostEvents).Distinct()],
            payload);
    }
}

/// <summary>A subscription as its own organisation sees it.</summary>
/// <param name="Version">Rises with what the organisation or a suspension changes.</param>
/// <param name="Status"><c>active</c>, or <c>suspended</c>: nothing is sent, everything is kept until it is resumed.</param>
/// <param name="Reason">Why it is suspended: <c>gone</c> (the partner answered 410), <c>exhausted</c> (three days of failures) or <c>client-disabled</c> (the client that subscribed was disabled; another one takes it over by resuming it).</param>
/// <param name="FailingSince">Since when no attempt has succeeded; absent while all is well.</param>
/// <param name="Queue">On amqp: the queue that holds its events. It is there within moments, or once the broker is.</param>
/// <param name="Secret">Signs the webhooks. Shown once: in the first answer to what made it.</param>
internal sealed record SubscriptionView(
    Id<Subscription> Id, int Version, string Status, string? Reason, DateTimeOffset? SuspendedAt, DateTimeOffset? FailingSince,
    string Channel, string? Url, string? Queue, IReadOnlyList<string> Events, string Payload, DateTimeOffset CreatedAt, string? Secret) : IVersioned
{
    public static SubscriptionView Of(Subscription s, string? secret = null) =>
        new(s.Id, s.Version, s.Status, s.Reason, s.SuspendedAt, s.FailingSince, s.Channel, s.Url, s.Queue, s.Events, s.Payload, s.CreatedAt, secret);
}

/// <summary>A test on its way. Its end is read in the subscription's deliveries.</summary>
internal sealed record TestView(Guid Id, Guid EventId, string Status);
