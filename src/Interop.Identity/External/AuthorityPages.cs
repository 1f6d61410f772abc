using System.Text.Json;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;

namespace Interop.Identity.External;

/// <summary>Where a partner that looks for a token is sent.</summary>
internal static class AuthorityPages
{
    static readonly string[] s_endpoints = ["token_endpoint", "introspection_endpoint", "revocation_endpoint", "registration_endpoint"];
    static readonly string[] s_lists = ["token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported"];

    /// <summary>The authority's own description, at the authority.</summary>
    internal static IResult Discovery(Authority authority) => TypedResults.Redirect(authority.Address.AbsoluteUri, permanent: false, preserveMethod: true);

    /// <summary>SMART App Launch 2.2, with the authority's endpoints.</summary>
    internal static async Task<IResult> Smart(Authority authority, CancellationToken ct)
    {
        if (await authority.GetAsync(null, ct) is not { } published)
            return new Refusal(503, "unavailable") { RetryAfter = TimeSpan.FromSeconds(5) }.ToResult();
        var document = new Dictionary<string, object> { ["issuer"] = published.Issuer, ["jwks_uri"] = published["jwks_uri"]! };
        foreach (var name in s_endpoints)
            if (published[name] is { } address)
                document[name] = address;
        foreach (var name in s_lists)
            if (published.Document.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array)
                document[name] = list;
        document["grant_types_supported"] = new[] { "client_credentials" };
        document["scopes_supported"] = Scopes.All;
        document["capabilities"] = new[] { "permission-v2" };
        return TypedResults.Json(document);
    }
}
