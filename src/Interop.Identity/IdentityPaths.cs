using Microsoft.AspNetCore.Http;

namespace Interop.Identity;

/// <summary>Where the authorization server answers, relative to its issuer.</summary>
internal static class IdentityPaths
{
    public const string Token = "connect/token";
    public const string Introspection = "connect/introspect";
    public const string Revocation = "connect/revocation";
    public const string Keys = ".well-known/jwks";
    public const string SmartConfiguration = ".well-known/smart-configuration";

    /// <summary>Answered by OpenIddict, which knows no endpoints: its documents, its keys and <c>/connect</c>.</summary>
    static readonly PathString[] s_servers = ["/connect", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/" + Keys];

    /// <summary>What a node answers only if it issues tokens.</summary>
    public static bool IsServers(PathString path) => s_servers.Any(s => path.StartsWithSegments(s));

    public static bool IsConnect(PathString path) => path.StartsWithSegments("/connect");

    public static bool IsOurs(PathString path) =>
        IsConnect(path) || path.StartsWithSegments("/.well-known") || path.StartsWithSegments("/fhir/.well-known");
}
