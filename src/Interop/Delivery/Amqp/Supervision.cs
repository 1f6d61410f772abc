using MassTransit;
using MassTransit.RabbitMqTransport;
using MassTransit.RabbitMqTransport.Configuration;
using RabbitMQ.Client;

namespace Interop.Delivery.Amqp;

/// <summary>MassTransit's keeping of one connection, without the bus that it otherwise keeps it for.</summary>
internal static class Supervision
{
    static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(5);

    /// <param name="connect">How long a host may take to be connected to.</param>
    /// <param name="answer">How long the broker may take to answer anything.</param>
    public static IConnectionContextSupervisor Of(BrokerAddress address, TimeSpan connect, TimeSpan answer)
    {
        var (first, port) = address.Hosts[0];
        var host = new RabbitMqHostConfigurator(first, address.VirtualHost, (ushort)port, "interop")
        {
            // MassTransit knows one name for all hosts' certificates, and by default trusts whoever signed them.
            OnRefreshConnectionFactory = factory =>
            {
                factory.EndpointResolverFactory = _ => new DefaultEndpointResolver(address.Hosts.Select(h => new AmqpTcpEndpoint(h.Host, h.Port, address.Tls ? BrokerCertificate.Asked(h.Host) : new SslOption())));
                return Task.CompletedTask;
            },
        };
        host.Username(address.User);
        host.Password(address.Password);
        host.RequestedConnectionTimeout(connect);
        host.ContinuationTimeout(answer);
        host.Heartbeat(s_heartbeat);
        var bus = new RabbitMqBusConfiguration(new RabbitMqTopologyConfiguration(RabbitMqBusFactory.CreateMessageTopology()));
        bus.HostConfiguration.Settings = host.Settings;
        return bus.HostConfiguration.ConnectionContextSupervisor;
    }
}
