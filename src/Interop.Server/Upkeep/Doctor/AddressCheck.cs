using System.Net;
using System.Net.Sockets;

namespace Interop.Server.Upkeep.Doctor;

/// <summary>Under which address partners reach it, what protects their way, and whom it believes about where they are.</summary>
internal static class AddressCheck
{
    public static IEnumerable<Finding> Of(IConfiguration configuration)
    {
        var addresses = Addresses.Of(configuration);
        var open = addresses.Where(a => !Addresses.IsLocal(a)).ToList();
        var issuer = Uri.TryCreate(configuration["Identity:Issuer"], UriKind.Absolute, out var uri) ? uri : null;
        var isPublic = open.Count > 0 || issuer is { IsLoopback: false };
        if (issuer is null && open.Count > 0)
            yield return Finding.Error("issuer-missing", $"It listens on {open[0]} for other machines and does not know its own address: it issues no tokens to them.", "Set Identity__Issuer to the address under which partners reach it, such as https://exchange.example.");
        else if (issuer is { IsLoopback: false } && issuer.Scheme != Uri.UriSchemeHttps)
            yield return Finding.Error("issuer-http", $"Partners reach it under {issuer}: secrets, tokens and persons' data travel in clear.", "Have TLS end at a proxy, or set Kestrel:Certificates, and set Identity__Issuer to the https address.");
        else
            yield return Finding.Ok("issuer", issuer is null ? "Reached from this machine alone; its issuer is the address asked for." : $"Partners reach it under {issuer}.");

        if (configuration.GetValue<bool>("FORWARDEDHEADERS_ENABLED"))
            yield return Finding.Error("proxies-everybody", "ASPNETCORE_FORWARDEDHEADERS_ENABLED lets every caller say where it calls from.", "Unset it, and name the proxies in Server__KnownProxies.");
        if (Known(configuration) is not { } proxies)
            yield break; // said among the settings
        if (proxies.Where(IsWide).Select(p => p.ToString()).FirstOrDefault() is { } wide)
            yield return Finding.Error("proxies-everybody", $"Server:KnownProxies believes the whole of {wide}.", "Name the proxies' own addresses or network.");
        else if (!isPublic || open.Any(IsTls))
            yield return Finding.Ok("proxies", proxies.Count == 0 ? "It believes nobody about where a call comes from." : $"It believes {string.Join(", ", proxies)} about where a call comes from.");
        else if (proxies.Count == 0)
            yield return Finding.Warning("proxies-missing", open.Count > 0
                    ? $"It listens on {open[0]} without TLS and knows no proxy in front that would end it."
                    : "Behind a proxy all calls seem to come from that: the lockout of one caller is everybody's.",
                "Set Server__KnownProxies to the addresses of the proxies that end TLS.");
        else
            yield return Finding.Ok("proxies", $"It believes {string.Join(", ", proxies)} about where a call comes from.");
    }

    static IReadOnlyList<IPNetwork>? Known(IConfiguration configuration)
    {
        try
        {
            return Proxies.Of(configuration);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    static bool IsWide(IPNetwork network) => network.PrefixLength < (network.BaseAddress.AddressFamily is AddressFamily.InterNetwork ? 8 : 16);

    static bool IsTls(string address) => address.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
}
