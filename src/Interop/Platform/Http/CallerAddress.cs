using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Interop.Platform.Http;

/// <summary>The address of a caller, as limits count it.</summary>
internal static class CallerAddress
{
    /// <summary>Of IPv6 the network: whoever has one address of it has them all.</summary>
    public static IPAddress? Of(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress;
        if (address is { IsIPv4MappedToIPv6: true })
            return address.MapToIPv4();
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6 })
            return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new(bytes);
    }
}
