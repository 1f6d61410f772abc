using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Interop.Audit.Archive;
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
/// <param name="Consents">The consents that it rests on, each in the version relied on; absent where there is none.</param>
/// <param name="Canonical">The entry as RFC 8785 JSON: what the log proves. Absent where it was erased with its person.</param>
/// <param name="Salt">Base64. The log's entry is HMAC-SHA256(salt, canonical). Absent where it was erased.</param>
/// <param name="Leaf">Base64. What these two give, or gave, as its leaf hash: SHA-256(0x00 ‖ entry). Its proof leads from there to a signed root.</param>
/// <param name="Erased">true: its person was erased, and text and salt with them; absent else.</param>
internal sealed record AuditEntryView(
    long Index, Guid Id, DateTimeOffset At, string Organisation, string Client, string? Actor, string Action, string Operation, string Outcome,
    Guid? Person, string? ResourceType, string? ResourceId, string? Ground, string? Discloser, IReadOnlyList<ReliedConsent>? Consents, string? Canonical, byte[]? Salt, byte[] Leaf, bool? Erased)
{
    public static AuditEntryView Of(Numbered n) => new(
        n.Index, n.Entry.Id, n.Entry.At, n.Entry.Organisation, n.Entry.Client, n.Entry.Actor, n.Entry.Action, n.Entry.Operation, n.Entry.Outcome,
        n.Entry.Person, n.Entry.ResourceType, n.Entry.ResourceId, n.Entry.Ground, n.Entry.Discloser,
        EntryFacts.Of(n.Entry).Consents is { Count: > 0 } consents ? consents : null, n.Entry.Body?.Canonical, n.Entry.Body?.Salt,
        LogEntry.LeafHash(n.Entry.Body is { } body && body.Salt.Length >= LogEntry.MinimumSalt ? LogEntry.Entry(body.Salt, body.Canonical) : n.Entry.Held), n.Entry.Body is null ? true : null);
}

/// <summary>A page of the log. It can be shorter than asked for and not the last: where filters together leave little, it ends early.</summary>
/// <param name="Total">With <c>total=true</c>: how many there are in all, where that is cheap to say.</param>
/// <param name="Archived">On the last page: months of the time asked for that were archived and are no longer here, <c>2025-11</c>; absent where there is none.</param>
/// <param name="TotalAtLeast">With <c>total=true</c>, where it is not: there are at least so many.</param>
internal sealed record AuditPage(
    IReadOnlyList<AuditEntryView> Items, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next, long? Total, long? TotalAtLeast, IReadOnlyList<string>? Archived);

internal static class AuditApi
{
    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        var audit = routes.MapGroup("/v1/audit").WithTags("Audit");
        AuditFilter.Describe(audit.MapGet("/entries", List).Does("audit.list", Actions.Query, Scopes.AuditRead).Gives<AuditPage>(200))
            .Asks("query", "A saved query: its filters hold where none of the same name is given here.", "uuid")
            .Asks("total", "Whether to say how many there are.", codes: ["true", "false"])
            .Pages();
        audit.MapGet("/entries/{index}", Read).Does("audit.read", Actions.Read, Scopes.AuditRead).Gives<AuditEntryView>(200, 404, 410);
        audit.MapSavedQueries();
        audit.MapDigest();
        audit.MapProofs();
        audit.MapExport();
        routes.MapLog();
    }

    /// <summary>
    /// The log, newest first. Filters are combined, and each that is given must hold. What was committed when this is asked is in the
    /// answer; entries that arrive while it is read page by page neither shift nor double what follows.
    /// </summary>
    internal static async Task<IResult> List(HttpContext http, Call call, LogSearch log, SavedQueries queries, Archives archives, Sequencer sequencer, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        var (asked, saved, total) = (AuditFilter.Read(query), query.Uuid("query"), query.Boolean("total"));
        var (limit, cursor) = (query.Limit(), query.CursorNumber());
        if (query.Refusal() is { } refusal)
            return refusal.ToResult();
        await sequencer.RunOnceAsync(ct);
        return await call.ReadAsync<AuditPage>(async () =>
        {
            var filters = asked;
            if (saved is { } id)
            {
                if (await queries.FindAsync(id, call.Caller.Organisation, ct) is not { } kept)
                    return Refusal.BadQuery(new Fault("query", "audit.query-unknown"));
                filters = asked.Or(kept.Filters);
            }
            var filter = filters.ToFilter();
            if (await log.FindAsync(filter, limit, cursor, ct) is not { } page)
                return Refusal.BadQuery(new Fault("cursor", "cursor.bad"));
            var count = total is true ? await log.CountAsync(filter, LogSearch.Examined, ct) : null;
            var archived = page.Next is null ? await archives.BetweenAsync(filter.From, filter.To, ct) : [];
            trail.Write(call.Caller, new(Actions.Query, "audit.list") { Person = filters.Person, Details = Details(http.Request) });
            return new AuditPage(
                [.. page.Found.Select(AuditEntryView.Of)], page.Next is { } next ? Query.WriteCursor(next) : null,
                count is { IsWhole: true } ? count.Number : null, count is { IsWhole: false } ? count.Number : null, archived.Count > 0 ? archived : null);
        }, ct);
    }

    /// <summary>One entry by its number. 410 where its month was archived and dropped: the archive has it, and the log its proof.</summary>
    internal static async Task<IResult> Read(string index, Call call, LogSearch log, Archives archives, Sequencer sequencer, Trail trail, CancellationToken ct)
    {
        await sequencer.RunOnceAsync(ct);
        return await call.ReadAsync<AuditEntryView>(async () =>
        {
            if (!long.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return Refusal.NotFound;
            if (await log.ReadAsync(number, ct) is not { } found)
                return await archives.MonthOfAsync(number, ct) is { } month ? new Refusal(410, "archived", new Fault("", "audit.archived", month)) : Refusal.NotFound;
            trail.Write(call.Caller, new(Actions.Read, "audit.read") { Person = found.Entry.Person, ResourceType = "AuditEntry", ResourceId = index });
            return AuditEntryView.Of(found);
        }, ct);
    }

    /// <summary>What was asked: which filters, and, as BALP asks, the query's text in base64.</summary>
    static JsonObject Details(HttpRequest request)
    {
        var asked = request.Query.OrderBy(q => q.Key, StringComparer.Ordinal).ToList();
        var text = string.Join('&', asked.Select(q => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(q.Value.ToString())}"));
        return new()
        {
            ["filters"] = new JsonArray([.. asked.Select(q => (JsonNode)q.Key)]),
            ["query"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"entries?{text}")),
        };
    }

    public static Task<bool> HasAsync(Db db, long index, CancellationToken ct) => db.AuditSequence.AnyAsync(s => s.Index == index, ct);
}
