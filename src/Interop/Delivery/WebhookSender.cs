using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using Interop.Contracts;
using Interop.Platform;

namespace Interop.Delivery;

/// <summary>Sends one webhook, within ten seconds from resolving the name to the answer's status.</summary>
internal sealed class WebhookSender(IHttpClientFactory clients, Clock clock) : ISender
{
    public const string Client = "partner";

    public static TimeSpan Timeout { get; } = TimeSpan.FromSeconds(10);

    static readonly ProductInfoHeaderValue s_agent = new("Interop", typeof(WebhookSender).Assembly.GetName().Version!.ToString(3));

    public string Channel => Channels.Webhook;

    public int Lanes => 128;

    public async Task<Sent> SendAsync(Outgoing message)
    {
        var at = clock.Now;
        var started = Stopwatch.GetTimestamp();
        using var timeout = new CancellationTokenSource(Timeout); // not the host's stopping token: what was decided is sent and recorded
        try
        {
            using var request = NewRequest(message, at);
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

    static HttpRequestMessage NewRequest(Outgoing webhook, DateTimeOffset at)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, webhook.To) { Content = new ByteArrayContent(webhook.Body) };
        request.Content.Headers.ContentType = new(CloudEvent.MediaType);
        request.Headers.UserAgent.Add(s_agent);
        request.Headers.Add(WebhookSignature.IdHeader, webhook.EventId);
        request.Headers.Add(WebhookSignature.TimestampHeader, at.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Sign(webhook.Secrets, webhook.EventId, at, webhook.Body));
        if (webhook.TraceParent is not null)
            request.Headers.TryAddWithoutValidation("traceparent", webhook.TraceParent);
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
