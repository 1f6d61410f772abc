using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Interop.Server.Tests.World;

/// <summary>Addresses for what must be told where to listen before it does.</summary>
internal static class Ports
{
    static readonly ConcurrentDictionary<int, bool> s_given = new();

    /// <summary>On loopback, free a moment ago, and given to nobody else of this run.</summary>
    public static int Free()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            if (s_given.TryAdd(port, true))
                return port;
        }
    }
}
