using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Interop.Benchmarks;

/// <summary>When the event of each referral, or of each consent, arrived.</summary>
internal sealed class Arrivals
{
    readonly ConcurrentDictionary<Guid, TaskCompletionSource<DateTimeOffset>> _known = new();
    int _count;

    public Task<DateTimeOffset> Of(Guid subject) => Source(subject).Task;

    public void Note(DateTimeOffset at, JsonNode? cloudEvent)
    {
        Interlocked.Increment(ref _count);
        var data = cloudEvent!["data"]!;
        Source((data["referralId"] ?? data["consentId"])!.GetValue<Guid>()).TrySetResult(at);
    }

    /// <summary>Events in all, further ones of the same subject among them.</summary>
    public int Count => _count;

    TaskCompletionSource<DateTimeOffset> Source(Guid subject) => _known.GetOrAdd(subject, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}

/// <summary>A partner's end of a webhook.</summary>
internal sealed class WebhookPartner(WebApplication app, string address) : IAsyncDisposable
{
    public string Address => address;

    public static async Task<WebhookPartner> StartAsync(Arrivals arrivals)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var address = Http.FreeAddress();
        app.Urls.Add(address);
        app.MapPost("/", async (HttpContext http) =>
        {
            var at = TimeProvider.System.GetUtcNow();
            arrivals.Note(at, await JsonNode.ParseAsync(http.Request.Body));
        });
        await app.StartAsync();
        return new(app, address);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}

/// <summary>A partner that consumes from its own queue.</summary>
internal sealed class QueuePartner(IConnection connection) : IAsyncDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    public static async Task<QueuePartner> StartAsync(string broker, string queue, Arrivals arrivals)
    {
        var connection = await new ConnectionFactory { Uri = new(broker) }.CreateConnectionAsync();
        using var deadline = new CancellationTokenSource(s_patience);
        while (!await IsThereAsync(connection, queue))
            await Task.Delay(50, deadline.Token); // the server makes it in its own time
        var channel = await connection.CreateChannelAsync();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, e) =>
        {
            arrivals.Note(TimeProvider.System.GetUtcNow(), JsonSerializer.Deserialize<JsonNode>(e.Body.Span));
            await channel.BasicAckAsync(e.DeliveryTag, multiple: false);
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer);
        return new(connection);
    }

    static async Task<bool> IsThereAsync(IConnection connection, string queue)
    {
        await using var channel = await connection.CreateChannelAsync();
        try
        {
            await channel.QueueDeclarePassiveAsync(queue);
            return true;
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
        {
            return false;
        }
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
