using System.Net;

namespace Interop.Delivery;

/// <summary>An event on its way out, its audit entry durable: nothing in it is decided any more.</summary>
/// <param name="To">A webhook's address, or the name of a queue.</param>
/// <param name="Since">When the event was recorded.</param>
/// <param name="TraceParent">The span that recorded it: the sending is its child.</param>
/// <param name="Secrets">Sign a webhook, the newest first; none on a queue.</param>
internal sealed record Outgoing(string Channel, string To, string EventId, string Type, DateTimeOffset Since, string? TraceParent, byte[] Body, IReadOnlyList<string> Secrets);

/// <summary>A way to partners: the only thing in which one channel differs from another.</summary>
internal interface ISender
{
    /// <summary>One of <see cref="Channels"/>.</summary>
    string Channel { get; }

    /// <summary>How many lanes this process sends at once by it; none while it is known not to work, and what is due waits.</summary>
    int Lanes { get; }

    /// <summary>Sends outside any transaction, within ten seconds. Throws nothing that is the network's or the partner's.</summary>
    Task<Sent> SendAsync(Outgoing message);
}

/// <summary>What became of an attempt.</summary>
/// <param name="Status">The HTTP status; null where there was no answer, and on a queue.</param>
/// <param name="Error">One of <see cref="SendErrors"/>; null where the partner took it.</param>
internal sealed record Sent(DateTimeOffset At, TimeSpan Took, int? Status, string? Error, TimeSpan? RetryAfter)
{
    public bool IsDelivered => Error is null;

    /// <summary>The partner says that nobody will ever take it there again.</summary>
    public bool IsGone => Status == (int)HttpStatusCode.Gone;

    /// <summary>Not the partner's doing: it counts towards no schedule.</summary>
    public bool IsNoFaultOfPartner => Error is SendErrors.Broker or SendErrors.QueueMissing;
}

/// <summary>What a list of deliveries says went wrong. Nothing of the answer's body: it is not ours to show.</summary>
internal static class SendErrors
{
    public const string Status = "status";

    /// <summary>No attempt: the consent or other ground on which it would have been told has ended.</summary>
    public const string NotPermitted = "not-permitted";
    public const string Redirect = "redirect";
    public const string Timeout = "timeout";
    public const string Unresolvable = "unresolvable";
    public const string Refused = "address-refused";
    public const string Tls = "tls";
    public const string Connection = "connection";

    /// <summary>The broker did not take it: unreachable, or no answer in time.</summary>
    public const string Broker = "broker-unavailable";

    /// <summary>The queue has its full length: nobody reads it, or too slowly.</summary>
    public const string QueueFull = "queue-full";

    /// <summary>Somebody removed the queue; it is made anew.</summary>
    public const string QueueMissing = "queue-missing";

    /// <summary>A fault of the exchange's own: the message could not be made.</summary>
    public const string Internal = "internal";
}
