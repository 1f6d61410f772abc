using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Interop.Server.Tests.World;

/// <summary>Addresses for what must be told where to listen before it does, and again after it was killed.</summary>
internal static class Ports
{
    const int Lowest = 15_000;

    static readonly ConcurrentDictionary<int, bool> s_given = new();

    /// <summary>
    /// Below those that the system gives to connections: one of these would sooner or later take the port while nobody listens
    /// there, or be a client that asks whether somebody does, and so be connected to itself.
    /// </summary>
    static readonly int s_end = File.Exists("/proc/sys/net/ipv4/ip_local_port_range")
        ? Math.Max(Lowest + 1000, int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split()[0], CultureInfo.InvariantCulture))
        : 32_768;

    /// <summary>On loopback, free a moment ago, and given to nobody else of this run.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(Lowest, s_end);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                if (s_given.TryAdd(port, true))
                    return port;
            }
            catch (SocketException)
            {
                // Somebody's: another.
            }
        }
    }
}
