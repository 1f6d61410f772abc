using System.Collections.Concurrent;
using Interop.Platform;
using MassTransit;
using MassTransit.RabbitMqTransport;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using PublishException = RabbitMQ.Client.Exceptions.PublishException;

namespace Interop.Delivery.Amqp;

internal enum BrokerState
{
    /// <summary>Not reached. Nothing is sent, and everything kept.</summary>
    Down,

    /// <summary>It takes no messages for now: short of memory or disk.</summary>
    Blocked,
    Up,
}

/// <summary>
/// This process's connection to RabbitMQ, under MassTransit's supervision, and the three things that are done by it. Each use has a
/// channel to itself: a queue that does not answer holds up whoever shares its channel, and nobody else.
/// </summary>
internal sealed partial class Broker(BrokerAddress address, QueueOptions options, Signals signals, ILogger<Broker> log) : IAsyncDisposable
{
    /// <summary>What an event may take, as by webhook (P3).</summary>
    public static TimeSpan Timeout { get; } = TimeSpan.FromSeconds(10);

    const int PreconditionFailed = 406;
    static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(5);
    static readonly TimeSpan s_sayAgain = TimeSpan.FromMinutes(1);

    readonly IConnectionContextSupervisor _connections = Supervision.Of(address, s_connectTimeout, Timeout);
    readonly ConcurrentQueue<IChannel> _idle = [];
    readonly ConcurrentDictionary<string, long> _said = [];
    volatile IConnection? _connection;
    volatile bool _blocked;

    public BrokerState State => _connection is not { IsOpen: true } ? BrokerState.Down : _blocked ? BrokerState.Blocked : BrokerState.Up;

    /// <summary>False in a process that leaves sending to others: it has no connection, and needs none.</summary>
    public bool IsWatched { get; private set; }

    /// <summary>Connects where it is not connected. True when it now is and was not before.</summary>
    public async Task<bool> ConnectAsync(CancellationToken ct)
    {
        IsWatched = true;
        if (State is not BrokerState.Down)
            return false;
        try
        {
            IConnection? made = null;
            await _connections.Send(Pipe.Execute<ConnectionContext>(context => made = context.Connection), ct).WaitAsync(s_connectTimeout * address.Hosts.Count + s_connectTimeout, ct);
            if (made is not { IsOpen: true })
                return false; // the one that just broke; its successor is made when it has been put away
            Watch(made);
            return true;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Say($"The broker at {address} cannot be reached: {e.GetBaseException().Message} Events by AMQP wait.");
            return false;
        }
    }

    /// <summary>Returns when the broker has it on disk, on a majority of its nodes.</summary>
    /// <exception cref="PublishException">The queue does not take it; <see cref="PublishException.IsReturn"/>: there is none.</exception>
    public Task PublishAsync(string queue, BasicProperties properties, byte[] body) =>
        UseAsync(async (channel, ct) => await channel.BasicPublishAsync("", queue, mandatory: true, properties, body, ct));

    /// <summary>Makes the queue where there is none. One that is there stays as it is, with whatever properties it was made.</summary>
    public Task MakeQueueAsync(string queue) => UseAsync(async (channel, ct) =>
    {
        var arguments = new Dictionary<string, object?> { ["x-queue-type"] = "quorum", ["x-overflow"] = "reject-publish", ["x-max-length"] = options.MaxLength };
        try
        {
            await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: ct);
        }
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == PreconditionFailed)
        {
        }
    });

    /// <summary>Removes the queue and what is in it. None there: the same.</summary>
    public Task RemoveQueueAsync(string queue) => UseAsync(async (channel, ct) => await channel.QueueDeleteAsync(queue, ifUnused: false, ifEmpty: false, cancellationToken: ct));

    /// <summary>Tells the operator; the same again only after a minute.</summary>
    public void Say(string text, LogLevel level = LogLevel.Warning)
    {
        var now = Environment.TickCount64;
        foreach (var (old, at) in _said)
            if (now - at > s_sayAgain.TotalMilliseconds)
                _said.TryRemove(old, out _);
        if (_said.TryAdd(text, now))
            Log.Said(log, level, text);
    }

    public void SayFailed(string what, Exception e) => Say($"{what}: {(e is OperationCanceledException ? "the broker did not answer in time." : e.Message)}");

    public async ValueTask DisposeAsync() => await _connections.Stop("The exchange stops.");

    async Task UseAsync(Func<IChannel, CancellationToken, Task> use)
    {
        using var timeout = new CancellationTokenSource(Timeout);
        IChannel? channel = null;
        var sound = false;
        try
        {
            channel = await TakeChannelAsync(timeout.Token);
            await use(channel, timeout.Token).WaitAsync(timeout.Token);
            sound = true;
        }
        catch (PublishException)
        {
            sound = true;
            throw;
        }
        finally
        {
            if (sound && channel!.IsOpen)
                _idle.Enqueue(channel);
            else if (channel is not null)
                _ = GiveUpAsync(Task.FromResult(channel));
        }
    }

    async Task<IChannel> TakeChannelAsync(CancellationToken ct)
    {
        while (_idle.TryDequeue(out var channel))
        {
            if (channel.IsOpen)
                return channel;
            _ = GiveUpAsync(Task.FromResult(channel));
        }
        var connection = _connection ?? throw new RabbitMqConnectionException("Not connected.");
        var opening = connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), ct);
        try
        {
            return await opening.WaitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            _ = GiveUpAsync(opening);
            throw;
        }
    }

    /// <summary>Nobody waits for it: the broker may not answer this either.</summary>
    static async Task GiveUpAsync(Task<IChannel> opening)
    {
        try
        {
            await using var channel = await opening;
            await channel.AbortAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or TimeoutException or OperationCanceledException or RabbitMQClientException)
        {
        }
    }

    void Watch(IConnection connection)
    {
        connection.ConnectionShutdownAsync += (_, e) =>
        {
            if (e.Initiator is not ShutdownInitiator.Application)
                Say($"The connection to the broker at {address} broke off: {e.ReplyText}. Events by AMQP wait.");
            return Task.CompletedTask;
        };
        connection.ConnectionBlockedAsync += (_, e) =>
        {
            _blocked = true;
            Say($"The broker at {address} takes no messages: {e.Reason}. Events by AMQP wait.");
            return Task.CompletedTask;
        };
        connection.ConnectionUnblockedAsync += (_, _) =>
        {
            _blocked = false;
            Say($"The broker at {address} takes messages again.", LogLevel.Information);
            signals.Raise(Signal.DeliveriesDue);
            return Task.CompletedTask;
        };
        (_blocked, _connection) = (false, connection);
        Say($"Connected to the broker at {address}.", LogLevel.Information);
        signals.Raise([Signal.QueuesDue, Signal.DeliveriesDue]);
    }

    static partial class Log
    {
        [LoggerMessage(Message = "{Text}")]
        public static partial void Said(ILogger logger, LogLevel level, string text);
    }
}
