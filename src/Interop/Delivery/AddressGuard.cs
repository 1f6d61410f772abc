using System.Net;
using System.Net.Sockets;
using Interop.Platform;
using Microsoft.Extensions.Configuration;

namespace Interop.Delivery;

/// <summary>An address that a partner named stands for one that the exchange does not call.</summary>
internal sealed class AddressRefusedException(string host) : IOException($"{host} does not stand for public addresses alone.");

/// <summary>
/// The one guard for every address that a partner names: https to public addresses. A name is resolved once, every address that
/// it stands for is looked at, and one of those is connected to, so that a second resolution cannot answer otherwise.
/// <c>Delivery:AllowedNetworks</c> (CIDRs, a list or separated by commas) opens others, plain http included.
/// </summary>
internal sealed class AddressGuard
{
    public const int MaxLength = 2000;

    static readonly TimeSpan s_resolve = TimeSpan.FromSeconds(5);

    // IANA special-purpose registries (RFC 6890 and after). 168.63.129.16 is a cloud's own host under a public number.
    static readonly IPNetwork[] s_refused = Parse(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        // Of IPv6 only 2000::/3 is public at all; these parts of it are not, or carry an IPv4 address inside (Teredo, 6to4).
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

    static readonly IPNetwork s_publicIPv6 = IPNetwork.Parse("2000::/3");

    readonly IPNetwork[] _allowed;

    /// <exception cref="InvalidOperationException">A network of the configuration is none.</exception>
    public AddressGuard(IConfiguration configuration)
    {
        var section = configuration.GetSection("Delivery:AllowedNetworks");
        string[] texts = [.. section.GetChildren().Select(c => c.Value ?? ""), .. (section.Value ?? "").Split(',')];
        _allowed = [.. texts.Select(t => t.Trim()).Where(t => t.Length > 0).Select(t => IPNetwork.TryParse(t, out var network)
            ? network
            : throw new InvalidOperationException($"Delivery:AllowedNetworks: '{t}' is no network. Write CIDRs, such as 10.1.0.0/16."))];
    }

    /// <summary>Whether the exchange connects to this address.</summary>
    public bool Permits(IPAddress address, bool https)
    {
        if (address.IsIPv4MappedToIPv6)
            return IsAllowed(address) || IsAllowed(address.MapToIPv4()); // nobody has a reason to name a public address so
        return IsAllowed(address) || (https && IsPublic(address));
    }

    bool IsAllowed(IPAddress address) => _allowed.Any(n => n.Contains(address));

    static bool IsPublic(IPAddress address) =>
        (address.AddressFamily is AddressFamily.InterNetwork || s_publicIPv6.Contains(address)) && !s_refused.Any(n => n.Contains(address));

    /// <summary>What is wrong with the text of an address, before anything is resolved; null when nothing is.</summary>
    public static Fault? CheckText(string path, string url, out Uri? uri)
    {
        if (url.Length > MaxLength || url.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) || !Uri.TryCreate(url, UriKind.Absolute, out uri) || uri.IdnHost.Length == 0)
        {
            uri = null;
            return new(path, "address.malformed", MaxLength);
        }
        if (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp)
            return new(path, "address.https");
        if (uri.UserInfo.Length > 0)
            return new(path, "address.user");
        return url.Contains('#', StringComparison.Ordinal) ? new(path, "address.fragment") : null;
    }

    /// <summary>The same and where it leads, when a partner names it. Resolves; connects to nothing.</summary>
    public async Task<Fault?> CheckAsync(string path, string url, CancellationToken ct)
    {
        if (CheckText(path, url, out var uri) is { } fault)
            return fault;
        var https = uri!.Scheme == Uri.UriSchemeHttps;
        IPAddress[] addresses;
        try
        {
            addresses = await ResolveAsync(uri.IdnHost, ct);
        }
        catch (Exception e) when (e is SocketException or ArgumentException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return new(path, "address.unresolvable", uri.IdnHost);
        }
        if (addresses.All(a => Permits(a, https)))
            return null;
        return addresses.All(a => Permits(a, https: true)) ? new(path, "address.https") : new(path, "address.refused");
    }

    /// <summary>Handles every call to a partner's address. No proxy (it would resolve anew), no redirect (it would lead elsewhere).</summary>
    public SocketsHttpHandler NewHandler() => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectCallback = ConnectAsync,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        ActivityHeadersPropagator = null, // the trace that a partner sees is the event's, not this process's
    };

    async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var host = context.DnsEndPoint.Host;
        var https = context.InitialRequestMessage.RequestUri?.Scheme == Uri.UriSchemeHttps;
        var addresses = await ResolveAsync(host, ct);
        if (!addresses.All(a => Permits(a, https)))
            throw new AddressRefusedException(host);
        for (var i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(addresses[i], context.DnsEndPoint.Port), ct);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (i + 1 < addresses.Length)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(s_resolve);
        var addresses = IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, timeout.Token);
        return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.HostNotFound);
    }

    static IPNetwork[] Parse(params string[] networks) => [.. networks.Select(IPNetwork.Parse)];
}
