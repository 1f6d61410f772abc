using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Interop.Platform.Http;

/// <summary>An answer whose unit of work has committed: the only way in which a view reaches the wire.</summary>
internal sealed class Shown<T>(int status, T view, string? location) : IResult, IStatusCodeHttpResult where T : class
{
    public int? StatusCode => status;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        await BeforeAnswer.DoAsync(httpContext);
        if (location is not null)
            response.Headers.Location = location;
        if (view is IVersioned { Version: var version })
            response.Headers.ETag = $"\"{version.ToString(CultureInfo.InvariantCulture)}\"";
        if (view is INoticed { HasNotice: true })
            response.Headers[Notice] = "42-CFR-2.32; redisclosure-prohibited";
        response.Headers.CacheControl = "no-store";
        if (status == 204)
            return;
        response.ContentType = "application/json; charset=utf-8";
        var body = JsonSerializer.SerializeToUtf8Bytes(view, Json.Options);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }

    internal const string Notice = "Interop-Notice";
}
