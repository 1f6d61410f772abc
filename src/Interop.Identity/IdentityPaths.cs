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

    public static bool IsConnect(PathString path) => path.StartsWithSegments("/connect");

    public static bool IsOurs(PathString path) =>
        IsConnect(path) || path.StartsWithSegments("/.well-known") || path.StartsWithSegments("/fhir/.well-known");
}
