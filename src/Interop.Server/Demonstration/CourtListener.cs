using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Interop.Contracts;
using Interop.Server.Monitoring;

namespace Interop.Server.Demonstration;

/// <summary>The court's end of its webhook: a listener on this machine that believes nothing it cannot verify.</summary>
internal sealed class CourtListener : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly Channel<CloudEvent> _arrived = Channel.CreateUnbounded<CloudEvent>();
    readonly ConcurrentBag<WebhookVerdict> _refused = [];

    readonly TimeProvider _time;

    CourtListener(WebApplication app, TimeProvider time) => (_app, _time) = (app, time);

    public string Address => _app.Urls.Single() + "/interop";

    /// <summary>Shown once, in the answer that made the subscription.</summary>
    public string? Secret { get; set; }

    /// <summary>Messages that it turned away, and why.</summary>
    public IEnumerable<WebhookVerdict> Refused => _refused;

    public static async Task<CourtListener> StartAsync(TimeProvider time, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IMeterFactory, MetersAside>();
        var app = builder.Build();
        var listener = new CourtListener(app, time);
        app.MapPost("/interop", listener.ReceiveAsync);
        await app.StartAsync(ct);
        return listener;
    }

    /// <summary>What arrived, up to and including the first event of this type, or until <paramref name="patience"/> is over.</summary>
    public async Task<IReadOnlyList<CloudEvent>> UntilAsync(string type, TimeSpan patience, CancellationToken ct)
    {
        var arrived = new List<CloudEvent>();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(patience);
        try
        {
            do
                arrived.Add(await _arrived.Reader.ReadAsync(limit.Token));
            while (arrived[^1].Type != type);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
        }
        return arrived;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var verdict = WebhookSignature.Verify(Secret!, name => request.Headers[name], body.ToArray(), _time.GetUtcNow());
        if (verdict != WebhookVerdict.Valid)
        {
            _refused.Add(verdict);
            return Results.Unauthorized();
        }
        _arrived.Writer.TryWrite(CloudEventJson.Parse(body.ToArray()));
        return Results.NoContent();
    }
}
