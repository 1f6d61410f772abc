using Microsoft.AspNetCore.Http;

namespace Interop.Consent;

/// <summary>An enforcement point that names its request is answered under that name, whatever the answer is (AuthZEN 1.0, request identification).</summary>
internal static class RequestIds
{
    const string Header = "X-Request-ID";

    public static Task EchoAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Request.Path.StartsWithSegments("/access") && http.Request.Headers[Header] is [{ Length: > 0 and <= 200 } id] && id.All(c => c is >= ' ' and <= '~'))
            http.Response.OnStarting(() =>
            {
                http.Response.Headers[Header] = id;
                return Task.CompletedTask;
            });
        return next(http);
    }
}
