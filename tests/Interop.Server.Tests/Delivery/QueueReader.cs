using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Interop.Contracts;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Delivery;

/// <summary>A message as amqplib gave it.</summary>
internal sealed record QueueMessage(string ContentType, int DeliveryMode, string MessageId, string Type, string AppId, long Timestamp, string? Traceparent, string Body)
{
    public CloudEvent Event => field ??= CloudEventJson.Parse(Encoding.UTF8.GetBytes(Body));

    public long Version => Event.Data!.Value.GetProperty("version").GetInt64();
}

/// <summary>A partner's end of a queue: <c>tests/node/queue-reader.mjs</c>.</summary>
internal sealed class QueueReader : IAsyncDisposable
{
    readonly ConcurrentQueue<QueueMessage> _received = new();
    readonly Process _node;
    readonly Task _reading;

    /// <param name="authority">A file with the certificate of who else is trusted.</param>
    public QueueReader(string broker, string queue, string? authority = null)
    {
        _node = Node.Start("queue-reader.mjs", authority is null ? [] : [("NODE_EXTRA_CA_CERTS", authority)], broker, queue);
        _reading = ReadAsync();
    }

    /// <summary>In order of arrival, duplicates included.</summary>
    public IReadOnlyList<QueueMessage> Received => [.. _received];

    /// <summary>Each event once, in order of its first arrival.</summary>
    public IReadOnlyList<QueueMessage> Distinct => [.. _received.DistinctBy(m => m.MessageId)];

    public Task HasAsync(Func<IReadOnlyList<QueueMessage>, bool> enough) =>
        Eventually.HoldsAsync("enough has arrived in the queue", () => enough(Received));

    public Task HasAsync(params IEnumerable<Guid> events)
    {
        var ids = events.Select(e => e.ToString()).ToHashSet();
        return HasAsync(received => ids.IsSubsetOf(received.Select(m => m.MessageId)));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_node.HasExited)
            _node.Kill();
        await _reading;
        _node.Dispose();
    }

    async Task ReadAsync()
    {
        while (await _node.StandardOutput.ReadLineAsync() is { } line)
            _received.Enqueue(JsonSerializer.Deserialize<QueueMessage>(line, JsonSerializerOptions.Web)!);
    }
}
