using System.Text.Json.Nodes;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Audit;

/// <summary>
/// Every refusal of a known caller is in the log before its first byte leaves. One entry whether the thing was there or not,
/// so that the size of the log tells nothing (P6).
/// </summary>
internal static class AuditedRefusals
{
    public static Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        http.Response.OnStarting(WriteAsync, http);
        return next(http);
    }

    static async Task WriteAsync(object state)
    {
        var http = (HttpContext)state;
        var status = http.Response.StatusCode;
        if (status < 400 || Doorkeeper.CallerOf(http) is not { } caller)
            return;
        var refusal = Refusals.Of(http);
        var operation = http.GetEndpoint()?.Metadata.GetMetadata<Operation>();
        await using var scope = http.RequestServices.CreateAsyncScope();
        var work = scope.ServiceProvider.GetRequiredService<Work>();
        var trail = scope.ServiceProvider.GetRequiredService<Trail>();
        await work.RunAsync<Written>(() =>
        {
            var details = new JsonObject { ["status"] = status };
            if (refusal is not null)
                details["problem"] = refusal.Code;
            if (http.GetRouteValue("id") is string { Length: <= 64 } id)
                details["asked"] = id;
            trail.Write(caller, new(operation?.Action ?? Actions.Read, operation?.Name ?? "unknown", status == 404 ? Outcomes.Denied : Outcomes.Refused)
            {
                Person = refusal?.Subject?.Person,
                ResourceType = refusal?.Subject?.Type,
                ResourceId = refusal?.Subject?.Id.ToString("D"),
                Details = details,
            });
            return Task.FromResult<Answer<Written>>(new Written());
        }, CancellationToken.None);
    }

    sealed record Written;
}
