using System.Net;
using Interop.Identity;
using Interop.Platform;
using Interop.Platform.Http;

namespace Interop.Server.Monitoring;

/// <summary>
/// Who may read <c>/metrics</c> where the API is served: a token with the scope <c>admin</c>; without one this machine itself, as
/// long as nothing else is served. Once <c>Identity:Issuer</c> makes the server known to others, a proxy on this machine would
/// pass strangers for it. For Prometheus there is an address of its own: <c>Metrics:Urls</c>.
/// </summary>
internal sealed class MetricsDoor(IdentityOptions identity)
{
    public const string Path = "/metrics";

    public Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (identity.Issuer is null && http.Connection.RemoteIpAddress is { } from && IPAddress.IsLoopback(from) && ConnectDoor.IsLoopback(http.Request.Host.Host))
            return next(http);
        if (Doorkeeper.CallerOf(http) is not { } caller)
            return Refusals.WriteAsync(http, Refusal.Unauthenticated);
        return caller.Scopes.Contains(Scopes.Admin)
            ? next(http)
            : Refusals.WriteAsync(http, new(403, "insufficient-scope", new Fault("", "scope.missing", Scopes.Admin)));
    }
}
