namespace Interop.Server.Safety;

/// <summary>
/// Configuration section <c>RateLimits</c>. Each limit is a bucket: <c>Burst</c> requests at once, refilled by <c>PerSecond</c>.
/// They are counted per node: behind three nodes a client has three buckets.
/// </summary>
internal sealed class RateLimitOptions
{
    public const string Section = "RateLimits";

    /// <summary>Of one client with a valid token. 200 a second, 1,000 at once.</summary>
    public int ClientPerSecond { get; init; } = 200;
    public int ClientBurst { get; init; } = 1000;

    /// <summary>Of one address without a valid token, public pages and the log's tiles included. 50 a second, 1,000 at once.</summary>
    public int AddressPerSecond { get; init; } = 50;
    public int AddressBurst { get; init; } = 1000;

    /// <summary>Of one address at the token endpoint and its siblings, where secrets are guessed. 20 a second, 200 at once.</summary>
    public int TokenPerSecond { get; init; } = 20;
    public int TokenBurst { get; init; } = 200;

    /// <exception cref="InvalidOperationException">A value is out of its bounds.</exception>
    public static RateLimitOptions From(IConfiguration configuration)
    {
        var o = configuration.GetSection(Section).Get<RateLimitOptions>() ?? new();
        foreach (var (name, perSecond, burst) in ((string, int, int)[])[("Client", o.ClientPerSecond, o.ClientBurst), ("Address", o.AddressPerSecond, o.AddressBurst), ("Token", o.TokenPerSecond, o.TokenBurst)])
            if (perSecond is < 1 or > 1_000_000 || burst < 1 || burst > 10_000_000)
                throw new InvalidOperationException($"{Section}:{name}PerSecond must be between 1 and 1000000 and {Section}:{name}Burst between 1 and 10000000, not {perSecond} and {burst}.");
        return o;
    }

    /// <summary>The demonstration world is for trying and measuring: what is not set is set so high that nobody meets it.</summary>
    public static void BeGenerous(IConfiguration configuration)
    {
        foreach (var name in (string[])["Client", "Address", "Token"])
        {
            configuration[$"{Section}:{name}PerSecond"] ??= "1000000";
            configuration[$"{Section}:{name}Burst"] ??= "10000000";
        }
    }
}
