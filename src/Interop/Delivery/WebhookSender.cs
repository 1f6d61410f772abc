using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using Interop.Contracts;
using Interop.Platform;

namespace Interop.Delivery;

/// <summary>A webhook, signed and ready: nothing in it is decided any more.</summary>
/// <param name="Since">When the event was recorded.</param>
/// <param name="TraceParent">The span that recorded it: the sending is its child.</param>
internal sealed record Webhook(string Url, string EventId, DateTimeOffset Since, string? TraceParent, byte[] Body, IReadOnlyList<string> Secrets);

/// <summary>What became of an attempt.</summary>
/// <param name="Status">The HTTP status; null where there was no answer.</param>
/// <param name="Error">One of <see cref="SendErrors"/>; null where the partner took it.</param>
internal sealed record Sent(DateTimeOffset At, TimeSpan Took, int? Status, string? Error, TimeSpan? RetryAfter)
{
    public bool IsDelivered => Error is null;

    /// <summary>The partner says that nobody will ever take it there again.</summary>
    public bool IsGone => Status == (int)HttpStatusCode.Gone;
}

/// <summary>What a list of deliveries says went wrong. Nothing of the answer's body: it is not ours to show.</summary>
internal static class SendErrors
{
    public const string Status = "status";
    public const string Redirect = "redirect";
    public const string Timeout = "timeout";
    public const string Unresolvable = "unresolvable";
    public const string Refused = "address-refused";
    public const string Tls = "tls";
    public const string Connection = "connection";

    /// <summary>A fault of the exchange's own: the message could not be made.</summary>
    public const string Internal = "internal";
}

/// <summary>Sends one webhook, outside any transaction, within ten seconds from resolving the name to the answer's status.</summary>
internal sealed class WebhookSender(IHttpClientFactory clients, Clock clock)
{
    public const string Client = "partner";

    public static TimeSpan Timeout { get; } = TimeSpan.FromSeconds(10);

    static readonly ProductInfoHeaderValue s_agent = new("Interop", typeof(WebhookSender).Assembly.GetName().Version!.ToString(3));

    public async Task<Sent> SendAsync(Webhook webhook)
    {
        using var span = Telemetry.StartOf("deliver webhook", ActivityKind.Producer, webhook.TraceParent);
        var sent = await SendAsync(webhook, span?.Id ?? webhook.TraceParent);
        DeliveryMetrics.Attempted(Channels.Webhook, sent.Error ?? DeliveryMetrics.Delivered);
        if (sent.IsDelivered)
            DeliveryMetrics.Arrival.Record((sent.At + sent.Took - webhook.Since).TotalSeconds, new KeyValuePair<string, object?>("channel", Channels.Webhook));
        if (sent.Status is { } status)
            span?.SetTag("http.response.status_code", status);
        if (sent.Error is { } error)
            span?.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error);
        return sent;
    }

    async Task<Sent> SendAsync(Webhook webhook, string? traceParent)
    {
        var at = clock.Now;
        var started = Stopwatch.GetTimestamp();
        using var timeout = new CancellationTokenSource(Timeout); // not the host's stopping token: what was decided is sent and recorded
        try
        {
            using var request = NewRequest(webhook, traceParent, at);
            using var response = await clients.CreateClient(Client).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            var error = (int)response.StatusCode switch
            {
                >= 200 and < 300 => null,
                >= 300 and < 400 => SendErrors.Redirect,
                _ => SendErrors.Status,
            };
            return new(at, Stopwatch.GetElapsedTime(started), (int)response.StatusCode, error, RetryAfter(response, at));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or OperationCanceledException)
        {
            return new(at, Stopwatch.GetElapsedTime(started), null, ErrorOf(e), null);
        }
    }

    static HttpRequestMessage NewRequest(Webhook webhook, string? traceParent, DateTimeOffset at)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new ByteArrayContent(webhook.Body) };
        request.Content.Headers.ContentType = new(CloudEvent.MediaType);
        request.Headers.UserAgent.Add(s_agent);
        request.Headers.Add(WebhookSignature.IdHeader, webhook.EventId);
        request.Headers.Add(WebhookSignature.TimestampHeader, at.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Sign(webhook.Secrets, webhook.EventId, at, webhook.Body));
        if (traceParent is not null)
            request.Headers.TryAddWithoutValidation("traceparent", traceParent);
        return request;
    }

    static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - now,
        _ => null,
    };

    static string ErrorOf(Exception e)
    {
        for (var x = e; x is not null; x = x.InnerException!)
            switch (x)
            {
                case AddressRefusedException: return SendErrors.Refused;
                case OperationCanceledException: return SendErrors.Timeout;
                case AuthenticationException: return SendErrors.Tls;
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }: return SendErrors.Unresolvable;
            }
        return SendErrors.Connection;
    }
}
