using System.Globalization;
using System.Text.Json.Nodes;
using Interop.Audit.Log;
using Interop.AuditLog;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit;

/// <summary>An entry of the log, for those entitled to its content.</summary>
/// <param name="Index">Its number in the log, from 0.</param>
/// <param name="Canonical">The entry as RFC 8785 JSON: what the log proves.</param>
/// <param name="Salt">Base64. The log's entry is HMAC-SHA256(salt, canonical).</param>
/// <param name="Leaf">Base64. What these two give as its leaf hash: SHA-256(0x00 ‖ entry). Its proof leads from there to a signed root.</param>
internal sealed record AuditEntryView(
    long Index, Guid Id, DateTimeOffset At, string Organisation, string Client, string? Actor, string Action, string Operation, string Outcome,
    Guid? Person, string? ResourceType, string? ResourceId, string? Ground, string? Discloser, string Canonical, byte[] Salt, byte[] Leaf)
{
    public static AuditEntryView Of(Numbered n) => new(
        n.Index, n.Entry.Id, n.Entry.At, n.Entry.Organisation, n.Entry.Client, n.Entry.Actor, n.Entry.Action, n.Entry.Operation, n.Entry.Outcome,
        n.Entry.Person, n.Entry.ResourceType, n.Entry.ResourceId, n.Entry.Ground, n.Entry.Discloser, n.Entry.Canonical, n.Entry.Salt, LogEntry.LeafHash(LogEntry.Entry(n.Entry.Salt, n.Entry.Canonical)));
}

internal sealed class Numbered
{
    public required long Index { get; init; }
    public required AuditEntry Entry { get; init; }
}

internal static class AuditApi
{
    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        var audit = routes.MapGroup("/v1/audit").WithTags("Audit");
        AuditFilter.Describe(audit.MapGet("/entries", List).Does("audit.list", Actions.Query, Scopes.AuditRead).Gives<Page<AuditEntryView>>(200)).Pages();
        audit.MapGet("/entries/{index}", Read).Does("audit.read", Actions.Read, Scopes.AuditRead).Gives<AuditEntryView>(200, 404);
        audit.MapProofs();
        audit.MapExport();
        routes.MapLog();
    }

    /// <summary>
    /// The log, newest first. Filters are combined: person (id), organisation (who acted or received), action, operation, outcome,
    /// resource (id), from (included) and to (excluded). What was committed when this is asked is in the answer.
    /// </summary>
    internal static async Task<IResult> List(HttpContext http, Call call, Db db, Sequencer sequencer, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        var filter = AuditFilter.Read(query);
        var (limit, cursor) = (query.Limit(), query.CursorNumber());
        if (query.Refusal() is { } refusal)
            return refusal.ToResult();
        await sequencer.RunOnceAsync(ct);
        return await call.ReadAsync<Page<AuditEntryView>>(async () =>
        {
            var page = await filter.Apply(db).Where(n => cursor == null || n.Index < cursor).OrderByDescending(n => n.Index).Take(limit + 1).ToListAsync(ct);
            trail.Write(call.Caller, new(Actions.Query, "audit.list")
            {
                Person = filter.Person,
                Details = new JsonObject { ["filters"] = new JsonArray([.. http.Request.Query.Keys.Order(StringComparer.Ordinal).Select(k => (JsonNode)k)]) },
            });
            return new Page<AuditEntryView>([.. page.Take(limit).Select(AuditEntryView.Of)], page.Count > limit ? Query.WriteCursor(page[limit - 1].Index) : null);
        }, ct);
    }

    /// <summary>One entry by its number.</summary>
    internal static async Task<IResult> Read(string index, Call call, Db db, Sequencer sequencer, Trail trail, CancellationToken ct)
    {
        await sequencer.RunOnceAsync(ct);
        return await call.ReadAsync<AuditEntryView>(async () =>
        {
            if (!long.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || await AuditFilter.Number(db, db.AuditEntries.AsNoTracking()).SingleOrDefaultAsync(n => n.Index == number, ct) is not { } found)
                return Refusal.NotFound;
            trail.Write(call.Caller, new(Actions.Read, "audit.read") { Person = found.Entry.Person, ResourceType = "AuditEntry", ResourceId = index });
            return AuditEntryView.Of(found);
        }, ct);
    }

    public static Task<bool> HasAsync(Db db, long index, CancellationToken ct) => db.AuditSequence.AnyAsync(s => s.Index == index, ct);
}
