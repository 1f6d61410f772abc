using System.Net.Sockets;

namespace Interop.Server.Upkeep.Doctor;

/// <summary>Whether the message broker's port is there.</summary>
internal static class BrokerCheck
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<Finding>> OfAsync(Place place, CancellationToken ct)
    {
        if (place.Broker is null)
            return [];
        if (!Uri.TryCreate(place.Broker, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps"))
            return [Finding.Error("broker-address", "ConnectionStrings:Broker is no address of a broker.", "Write amqp://user:password@host:5672/.")];
        var port = uri.Port > 0 ? uri.Port : uri.Scheme == "amqps" ? 5671 : 5672;
        using var socket = new TcpClient();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(s_patience);
        try
        {
            await socket.ConnectAsync(uri.Host, port, patience.Token);
            return [Finding.Ok("broker", $"Something listens at {uri.Host}:{port}.")];
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return [Finding.Error("broker-unreachable", $"The broker at {uri.Host}:{port} cannot be reached: {(e is SocketException ? e.Message : "no answer")}.", "Start it, or correct ConnectionStrings__Broker. Until then deliveries by AMQP wait.")];
        }
    }
}
