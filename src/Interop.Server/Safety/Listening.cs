namespace Interop.Server.Safety;

/// <summary>Where the configuration says that it listens.</summary>
internal static class Listening
{
    /// <summary>The first address that other machines can reach; null where there is none.</summary>
    public static string? OffLoopback(IConfiguration configuration) =>
        Addresses.Of(configuration).FirstOrDefault(a => a.Length > 0 && !Addresses.IsLocal(a));

    /// <exception cref="InvalidOperationException">Others can reach it, and it does not know under which name.</exception>
    public static void CheckIssuer(IConfiguration configuration)
    {
        if (OffLoopback(configuration) is { } open && string.IsNullOrEmpty(configuration["Identity:Issuer"]))
            throw new InvalidOperationException(
                $"{open} can be reached from other machines: set Identity:Issuer to the address under which they do, such as https://exchange.example. It is never taken from a request.");
    }
}
