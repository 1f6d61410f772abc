using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Interop.Delivery.Amqp;

namespace Interop.Server.Upkeep.Doctor;

/// <summary>Whether the message broker's port is there, and by amqps whether it is the broker's.</summary>
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
            findings.Add(await ReachAsync(host, port, broker.Tls, ct));
        return findings;
    }

    static async Task<Finding> ReachAsync(string host, int port, bool tls, CancellationToken ct)
    {
        using var socket = new TcpClient();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(s_patience);
        try
        {
            await socket.ConnectAsync(host, port, patience.Token);
            if (tls)
                await GreetAsync(socket, host, patience.Token);
            return Finding.Ok("broker", $"Something listens at {host}:{port}{(tls ? ", and its certificate is trusted" : "")}.");
        }
        catch (AuthenticationException e)
        {
            return Finding.Error("broker-certificate", $"The broker at {host}:{port} does not prove itself: {e.GetBaseException().Message}",
                "Name it as its certificate does, and let this machine trust who signed that: SSL_CERT_FILE, or the system's store. Until then deliveries by AMQP wait.");
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return Unreachable(e.Message);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Unreachable("no answer");
        }

        Finding Unreachable(string fault) =>
            Finding.Error("broker-unreachable", $"The broker at {host}:{port} cannot be reached: {fault}.", "Start it, or correct ConnectionStrings__Broker. Until then deliveries by AMQP wait.");
    }

    static async Task GreetAsync(TcpClient socket, string host, CancellationToken ct)
    {
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = (_, _, chain, errors) => BrokerCertificate.IsSound(host, chain, errors) }, ct);
    }
}
