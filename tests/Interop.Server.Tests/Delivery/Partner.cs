using System.Collections.Concurrent;
using Interop.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Interop.Server.Tests.Delivery;

/// <summary>What arrived at a partner's listener.</summary>
internal sealed record Received(string Path, Dictionary<string, string> Headers, byte[] Body)
{
    public CloudEvent Event { get; } = CloudEventJson.Parse(Body);

    public Guid Id => Guid.Parse(Event.Id);

    public WebhookVerdict Verify(string secret, DateTimeOffset now) => WebhookSignature.Verify(secret, Headers, Body, now);
}

/// <summary>A partner's end of a webhook: a real listener that answers as the test says.</summary>
internal sealed class Partner : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<Received> _received = new();

    public Partner()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            var received = new Received(http.Request.Path, http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString()), body.ToArray());
            _received.Enqueue(received);
            http.Response.StatusCode = await Answer(received, http.Response);
        });
    }

    public string Url => _app.Urls.Single();

    public Func<Received, HttpResponse, Task<int>> Answer { get; set; } = (_, _) => Task.FromResult(204);

    public IReadOnlyList<Received> Received => [.. _received];

    public void Answers(int status) => Answer = (_, _) => Task.FromResult(status);

    public Task StartAsync() => _app.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
