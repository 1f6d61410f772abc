using System.Diagnostics;
using Interop.Contracts;
using Interop.Platform;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Interop.Delivery.Amqp;

/// <summary>Publishes an event to its subscription's queue: CloudEvents 1.0 in structured mode, as any AMQP client reads it.</summary>
internal sealed class AmqpSender(Broker broker, Clock clock) : ISender
{
    /// <summary>A broker answers in milliseconds, so that few lanes carry much.</summary>
    const int MostLanes = 32;

    public string Channel => Channels.Amqp;

    public int Lanes => broker.State is BrokerState.Up ? MostLanes : 0;

    public async Task<Sent> SendAsync(Outgoing message)
    {
        var (at, started) = (clock.Now, Stopwatch.GetTimestamp());
        var error = await ErrorOfAsync(message, at);
        return new(at, Stopwatch.GetElapsedTime(started), null, error, null);
    }

    async Task<string?> ErrorOfAsync(Outgoing message, DateTimeOffset at)
    {
        try
        {
            await broker.PublishAsync(message.To, PropertiesOf(message, at), message.Body);
            return null;
        }
        catch (PublishException e)
        {
            return e.IsReturn ? SendErrors.QueueMissing : SendErrors.QueueFull;
        }
        catch (Exception e) // whatever else there is between here and the broker's disks
        {
            broker.SayFailed($"An event was not put into {message.To}", e);
            return SendErrors.Broker;
        }
    }

    static BasicProperties PropertiesOf(Outgoing message, DateTimeOffset at) => new()
    {
        ContentType = CloudEvent.MediaType,
        DeliveryMode = DeliveryModes.Persistent,
        MessageId = message.EventId,
        Type = message.Type,
        Timestamp = new(at.ToUnixTimeSeconds()),
        AppId = "interop",
        Headers = message.TraceParent is { } trace ? new Dictionary<string, object?> { ["traceparent"] = trace } : null,
    };
}
