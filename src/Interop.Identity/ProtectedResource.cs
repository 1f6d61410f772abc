using Interop.Platform;
using Microsoft.AspNetCore.Http;

namespace Interop.Identity;

/// <summary>RFC 9728: what this exchange is to whoever asks for a token for it, and where to ask.</summary>
internal static class ProtectedResource
{
    internal static IResult Get(HttpContext http, IdentityOptions options)
    {
        var self = (options.IssuerBase ?? new Uri($"{http.Request.Scheme}://{http.Request.Host}/")).AbsoluteUri;
        return TypedResults.Json(new Dictionary<string, object>
        {
            ["resource"] = options.Authority is null ? self : options.ExpectedAudience,
            ["authorization_servers"] = new[] { options.Authority?.OriginalString ?? self },
            ["scopes_supported"] = Scopes.All,
            ["bearer_methods_supported"] = new[] { "header" },
        });
    }
}
