using System.Diagnostics.Metrics;
using Interop.Platform;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Interop.Identity;

internal static class TokenMetrics
{
    public static Counter<long> Issued { get; } = Telemetry.Counter("interop.tokens.issued", "Access tokens issued.");

    public static Counter<long> Refused { get; } = Telemetry.Counter("interop.tokens.refused", "Requests at /connect that were refused, by error.");

    public static Counter<long> LockedOut { get; } = Telemetry.Counter("interop.tokens.lockedout", "Attempts at /connect that were not looked at: too many had failed.");

    static readonly HashSet<string> s_errors =
        [Errors.InvalidClient, Errors.InvalidRequest, Errors.InvalidScope, Errors.UnsupportedGrantType, Errors.UnauthorizedClient, Errors.InvalidGrant, Errors.InvalidToken, Errors.ServerError];

    /// <summary>A tag takes words of a closed list.</summary>
    public static string Known(string error) => s_errors.Contains(error) ? error : "other";
}
