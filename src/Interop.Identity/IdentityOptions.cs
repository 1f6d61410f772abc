using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.Tokens;

namespace Interop.Identity;

/// <summary>Configuration section <c>Identity</c>.</summary>
internal sealed class IdentityOptions
{
    /// <summary>Signatures that an authority may use: asymmetric ones, since it shares no secret with us.</summary>
    static readonly string[] s_algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    /// <summary>
    /// The address under which partners reach the server and, unless there is an authority, what its tokens say issued them.
    /// Required off loopback: it is never taken from the Host header. Without it a request to a loopback host is its own issuer.
    /// </summary>
    public Uri? Issuer { get; init; }

    /// <summary>Default 10 minutes; 5 to 15. What revocation and rotation cut off, they cut off without waiting for it.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Failures within a minute, from one address for whichever clients, after which it must wait. 100; 10 to 1,000,000.</summary>
    public int FailuresPerAddress { get; init; } = 100;

    /// <summary>
    /// An issuer elsewhere (Keycloak, Duende IdentityServer …), by its address. Its tokens are taken instead of our own, and the
    /// embedded server is off. https; on loopback http too.
    /// </summary>
    public Uri? Authority { get; init; }

    /// <summary>What its tokens must name as their audience: this exchange. Default: <see cref="Issuer"/>.</summary>
    public string? Audience { get; init; }

    /// <summary>The claims that may name the client, separated by commas; the first that is there counts.</summary>
    public string ClientClaim { get; init; } = "client_id,azp";

    /// <summary>
    /// The claim that names the organisation, where the authority knows it. Absent, or absent from a token: the organisation for
    /// which the client is registered here.
    /// </summary>
    public string? OrganisationClaim { get; init; }

    public string ScopeClaim { get; init; } = "scope";

    /// <summary>The signatures that are taken, separated by commas. Default: every RS, PS and ES.</summary>
    public string? Algorithms { get; init; }

    public IReadOnlyList<string> ClientClaims => List(ClientClaim);

    public IReadOnlyList<string> ValidAlgorithms => Algorithms is null ? s_algorithms : List(Algorithms);

    /// <summary>Who says that a token is for us.</summary>
    public string ExpectedAudience => Audience ?? Issuer!.OriginalString;

    /// <exception cref="InvalidOperationException">A value is out of its bounds.</exception>
    public static IdentityOptions From(IConfiguration configuration)
    {
        var section = configuration.GetSection("Identity");
        var options = section.Get<IdentityOptions>() ?? new();
        if (options.Issuer is { } issuer && (!issuer.IsAbsoluteUri || issuer.Scheme is not ("http" or "https") || issuer.Query.Length + issuer.Fragment.Length > 0))
            throw new InvalidOperationException($"Identity:Issuer must be an absolute http or https address without query, not '{issuer}'.");
        if (options.TokenLifetime < TimeSpan.FromMinutes(5) || options.TokenLifetime > TimeSpan.FromMinutes(15))
            throw new InvalidOperationException($"Identity:TokenLifetime must be between 00:05:00 and 00:15:00, not {options.TokenLifetime}.");
        if (options.FailuresPerAddress is < Lockout.Failures or > 1_000_000)
            throw new InvalidOperationException($"Identity:FailuresPerAddress must be between {Lockout.Failures} and 1000000, not {options.FailuresPerAddress}.");
        if (options.Authority is null)
            return options;
        if (!options.Authority.IsAbsoluteUri || options.Authority.Query.Length + options.Authority.Fragment.Length > 0
            || !(options.Authority.Scheme == "https" || (options.Authority.Scheme == "http" && ConnectDoor.IsLoopback(options.Authority.Host))))
            throw new InvalidOperationException($"Identity:Authority must be an https address without query (http on loopback alone), not '{options.Authority}'.");
        if (options.Audience is null && options.Issuer is null)
            throw new InvalidOperationException("Identity:Audience is required with Identity:Authority: what its tokens name as their audience when they are for this exchange.");
        if (options.ValidAlgorithms.FirstOrDefault(a => !s_algorithms.Contains(a)) is { } unfit)
            throw new InvalidOperationException($"Identity:Algorithms: {unfit} is none of {string.Join(", ", s_algorithms)}.");
        return options;
    }

    /// <summary>The issuer always ends in a slash, so that endpoints are relative to it.</summary>
    public Uri? IssuerBase => Slashed(Issuer);

    public Uri? AuthorityBase => Slashed(Authority);

    static Uri? Slashed(Uri? address) => address is null || address.AbsoluteUri.EndsWith('/') ? address : new(address.AbsoluteUri + "/");

    static string[] List(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
