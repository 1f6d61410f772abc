using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Interop.Identity;

/// <summary>Failures under /connect as OAuth clients read them (RFC 6749 section 5.2).</summary>
internal static class OAuthFormat
{
    public static PathString Prefix { get; } = "/connect";

    public static Task WriteAsync(HttpContext http, Refusal refusal) => WriteAsync(http, ErrorOf(refusal), Language.Text("en", $"problem.{refusal.Code}"));

    public static Task WriteAsync(HttpContext http, string error, string description) =>
        http.Response.WriteAsJsonAsync(new Dictionary<string, string> { ["error"] = error, ["error_description"] = description }, http.RequestAborted);

    static string ErrorOf(Refusal refusal) => refusal.Status switch
    {
        503 => Errors.TemporarilyUnavailable,
        >= 500 => Errors.ServerError,
        _ => Errors.InvalidRequest,
    };
}
