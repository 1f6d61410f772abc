using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace Interop.Server;

/// <summary>
/// What proxies in front say of a call: <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c>, believed from the addresses and
/// networks of <c>Server:KnownProxies</c> (a list or separated by commas) and from nobody else. Never the host: the exchange's address
/// is <c>Identity:Issuer</c>.
/// </summary>
internal static class Proxies
{
    public const string Setting = "Server:KnownProxies";

    public static void UseKnownProxies(this WebApplication app)
    {
        var proxies = Of(app.Configuration);
        if (proxies.Count == 0)
            return;
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        options.KnownProxies.Clear(); // loopback, unless it was named
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
            options.KnownIPNetworks.Add(proxy);
        app.UseForwardedHeaders(options);
    }

    /// <exception cref="InvalidOperationException">One is neither an address nor a network.</exception>
    public static IReadOnlyList<IPNetwork> Of(IConfiguration configuration)
    {
        var section = configuration.GetSection(Setting);
        string[] texts = [.. section.GetChildren().Select(c => c.Value ?? ""), .. (section.Value ?? "").Split(',')];
        return [.. texts.Select(t => t.Trim()).Where(t => t.Length > 0).Select(Parse)];
    }

    static IPNetwork Parse(string text) =>
        IPAddress.TryParse(text, out var address) ? new(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.TryParse(text, out var network) ? network
        : throw new InvalidOperationException($"{Setting}: '{text}' is neither an address nor a network. Write 10.1.2.3 or 10.1.0.0/16.");
}
