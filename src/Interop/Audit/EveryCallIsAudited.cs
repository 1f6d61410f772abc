using System.Text.Json.Nodes;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Audit;

/// <summary>
/// Every call of a known caller is in the log before its first byte leaves. What a handler did it has written in its own
/// transaction; this adds what was refused, and reads of nobody's data. A refusal is one entry whether the thing was there or
/// not, so that the size of the log tells nothing (P6).
/// </summary>
internal static class EveryCallIsAudited
{
    public static Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        BeforeAnswer.Set(http, WriteAsync);
        http.Response.OnStarting(() => BeforeAnswer.DoAsync(http)); // for whatever answers without asking
        return next(http);
    }

    static async Task WriteAsync(HttpContext http)
    {
        var status = http.Response.StatusCode;
        if (Doorkeeper.CallerOf(http) is not { } caller || http.GetEndpoint()?.Metadata.GetMetadata<Public>() is not null)
            return;
        if (status == 503)
            return; // there is nowhere to write to, and nothing was done
        if (status < 400 && http.RequestServices.GetRequiredService<Trail>().HasWritten)
            return;
        var refusal = Refusals.Of(http);
        var operation = http.GetEndpoint()?.Metadata.GetMetadata<Operation>();
        var details = new JsonObject { ["status"] = status };
        if (refusal is not null)
            details["problem"] = refusal.Code;
        if (refusal?.Subject?.Pack is { } pack)
            details["pack"] = pack;
        if (http.GetRouteValue("id") is string { Length: <= 64 } id)
            details["asked"] = id;
        var outcome = status switch { < 400 => Outcomes.Permitted, 404 => Outcomes.Denied, _ => Outcomes.Refused };
        // Repeated under its key, an act is not done again: what was done before is looked at.
        var action = http.RequestServices.GetRequiredService<Call>().IsRepeat ? Actions.Read : operation?.Action ?? Actions.Read;
        await http.RequestServices.GetRequiredService<Together<JointEntries, Entry, Written>>().AskAsync(new(caller, new(action, operation?.Name ?? "unknown", outcome)
        {
            Person = refusal?.Subject?.Person,
            ResourceType = refusal?.Subject?.Type,
            ResourceId = refusal?.Subject?.Id.ToString("D"),
            Details = details,
        }), about: default, CancellationToken.None);
    }
}

/// <summary>What the log is to say of a call that wrote nothing itself.</summary>
internal sealed record Entry(Caller Caller, Record Record);

internal sealed record Written;

/// <summary>The unit of work of entries that are written at the same time.</summary>
internal sealed class JointEntries(Work work, Trail trail) : IJoint<Entry, Written>
{
    public async Task<IReadOnlyList<Answer<Written>?>> DecideAsync(IReadOnlyList<Entry> asked, bool wait, CancellationToken ct) =>
        (await work.RunAsync<List<Answer<Written>?>>(() =>
        {
            foreach (var (caller, record) in asked)
                trail.Write(caller, record);
            return Task.FromResult<Answer<List<Answer<Written>?>>>(asked.Select(_ => (Answer<Written>?)new Written()).ToList());
        }, ct)).Value!;
}
