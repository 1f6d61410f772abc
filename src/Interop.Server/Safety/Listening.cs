using System.Net;

namespace Interop.Server.Safety;

/// <summary>Where the configuration says that it listens.</summary>
internal static class Listening
{
    /// <summary>The first address that other machines can reach; null where there is none.</summary>
    public static string? OffLoopback(IConfiguration configuration) =>
        configuration["urls"]!.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Concat(configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(e => e["Url"] ?? ""))
            .FirstOrDefault(a => a.Length > 0 && !IsLocal(a));

    /// <exception cref="InvalidOperationException">Others can reach it, and it does not know under which name.</exception>
    public static void CheckIssuer(IConfiguration configuration)
    {
        if (OffLoopback(configuration) is { } open && string.IsNullOrEmpty(configuration["Identity:Issuer"]))
            throw new InvalidOperationException(
                $"{open} can be reached from other machines: set Identity:Issuer to the address under which they do, such as https://exchange.example. It is never taken from a request.");
    }

    static bool IsLocal(string address)
    {
        var host = BindingAddress.Parse(address).Host.Trim('[', ']');
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip));
    }
}
