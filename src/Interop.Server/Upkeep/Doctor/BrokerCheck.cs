using System.Net.Sockets;
using Interop.Delivery.Amqp;

namespace Interop.Server.Upkeep.Doctor;

/// <summary>Whether the message broker's port is there.</summary>
internal static class BrokerCheck
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<Finding>> OfAsync(Place place, CancellationToken ct)
    {
        if (place.Broker is null)
            return [];
        BrokerAddress broker;
        try
        {
            broker = BrokerAddress.Parse(place.Broker);
        }
        catch (InvalidOperationException e)
        {
            return [Finding.Error("broker-address", $"ConnectionStrings:Broker is no address of a broker. {e.Message}", "Write amqp://user:password@host:5672/.")];
        }
        var findings = new List<Finding>();
        foreach (var (host, port) in broker.Hosts)
            findings.Add(await ReachAsync(host, port, ct) is { } fault
                ? Finding.Error("broker-unreachable", $"The broker at {host}:{port} cannot be reached: {fault}.", "Start it, or correct ConnectionStrings__Broker. Until then deliveries by AMQP wait.")
                : Finding.Ok("broker", $"Something listens at {host}:{port}."));
        return findings;
    }

    /// <returns>Why not; null where something answers.</returns>
    static async Task<string?> ReachAsync(string host, int port, CancellationToken ct)
    {
        using var socket = new TcpClient();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(s_patience);
        try
        {
            await socket.ConnectAsync(host, port, patience.Token);
            return null;
        }
        catch (SocketException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return "no answer";
        }
    }
}
