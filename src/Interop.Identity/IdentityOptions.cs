using Microsoft.Extensions.Configuration;

namespace Interop.Identity;

/// <summary>Configuration section <c>Identity</c>.</summary>
internal sealed class IdentityOptions
{
    /// <summary>
    /// What the tokens say issued them, and the address under which partners reach the server. Required off loopback: it is
    /// never taken from the Host header. Without it a request to a loopback host is its own issuer.
    /// </summary>
    public Uri? Issuer { get; init; }

    /// <summary>Default 10 minutes; 5 to 15. What revocation and rotation cut off, they cut off without waiting for it.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <exception cref="InvalidOperationException">A value is out of its bounds.</exception>
    public static IdentityOptions From(IConfiguration configuration)
    {
        var section = configuration.GetSection("Identity");
        var options = section.Get<IdentityOptions>() ?? new();
        if (options.Issuer is { } issuer && (!issuer.IsAbsoluteUri || issuer.Scheme is not ("http" or "https") || issuer.Query.Length + issuer.Fragment.Length > 0))
            throw new InvalidOperationException($"Identity:Issuer must be an absolute http or https address without query, not '{issuer}'.");
        if (options.TokenLifetime < TimeSpan.FromMinutes(5) || options.TokenLifetime > TimeSpan.FromMinutes(15))
            throw new InvalidOperationException($"Identity:TokenLifetime must be between 00:05:00 and 00:15:00, not {options.TokenLifetime}.");
        return options;
    }

    /// <summary>The issuer always ends in a slash, so that endpoints are relative to it.</summary>
    public Uri? IssuerBase => Issuer is null || Issuer.AbsoluteUri.EndsWith('/') ? Issuer : new(Issuer.AbsoluteUri + "/");
}
