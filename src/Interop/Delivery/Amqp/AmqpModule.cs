using Interop.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Delivery.Amqp;

/// <summary>How the exchange makes queues.</summary>
/// <param name="MaxLength"><c>Delivery:Amqp:MaxLength</c>: how many events wait in a queue at most, 1 to 10,000,000. What comes on top is refused and waits in the exchange.</param>
internal sealed record QueueOptions(long MaxLength)
{
    /// <exception cref="InvalidOperationException">It is out of bounds.</exception>
    public static QueueOptions Of(IConfiguration configuration) => configuration.GetValue("Delivery:Amqp:MaxLength", 100_000L) is >= 1 and <= 10_000_000 and var length
        ? new(length)
        : throw new InvalidOperationException("Delivery:Amqp:MaxLength must be between 1 and 10000000.");
}

/// <summary>The channel amqp, where <c>ConnectionStrings:Broker</c> names a broker. The only part that knows MassTransit.</summary>
internal static class AmqpModule
{
    static readonly TimeSpan s_atMost = TimeSpan.FromSeconds(1);

    public static IServiceCollection AddAmqp(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<QueueTasks>();
        if (configuration.GetConnectionString("Broker") is not { Length: > 0 } broker)
            return services;
        return services
            .AddSingleton(BrokerAddress.Parse(broker)) // made now: an address that is none stops the start
            .AddSingleton(QueueOptions.Of(configuration))
            .AddSingleton<Broker>()
            .AddSingleton<ISender, AmqpSender>()
            .AddWorker<BrokerWatch>(Signal.Clock, s_atMost)
            .AddWorker<QueueKeeper>(Signal.QueuesDue, s_atMost);
    }
}
