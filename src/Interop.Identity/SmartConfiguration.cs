using Interop.Platform;
using Microsoft.AspNetCore.Http;

namespace Interop.Identity;

/// <summary>What SMART App Launch 2.2 asks a server to publish, as far as backend services use it.</summary>
internal static class SmartConfiguration
{
    internal static IResult Get(HttpContext http, IdentityOptions options)
    {
        var issuer = options.IssuerBase ?? new Uri($"{http.Request.Scheme}://{http.Request.Host}/");
        return TypedResults.Json(new Dictionary<string, object>
        {
            ["issuer"] = issuer.AbsoluteUri,
            ["jwks_uri"] = At(IdentityPaths.Keys),
            ["token_endpoint"] = At(IdentityPaths.Token),
            ["introspection_endpoint"] = At(IdentityPaths.Introspection),
            ["revocation_endpoint"] = At(IdentityPaths.Revocation),
            ["grant_types_supported"] = new[] { "client_credentials" },
            ["token_endpoint_auth_methods_supported"] = IdentityModule.AuthenticationMethods,
            ["token_endpoint_auth_signing_alg_values_supported"] = ClientKeys.Algorithms,
            ["scopes_supported"] = Scopes.All,
            ["capabilities"] = IdentityModule.SmartCapabilities,
        });

        string At(string path) => new Uri(issuer, path).AbsoluteUri;
    }
}
