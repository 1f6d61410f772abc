using System.Globalization;
using System.Text.Json.Nodes;
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
internal sealed record AuditEntryView(
    long Index, Guid Id, DateTimeOffset At, string Organisation, string Client, string? Actor, string Action, string Operation, string Outcome,
    Guid? Person, string? ResourceType, string? ResourceId, string? Ground, string? Discloser, string Canonical, byte[] Salt)
{
    public static AuditEntryView Of(Numbered n) => new(
        n.Index, n.Entry.Id, n.Entry.At, n.Entry.Organisation, n.Entry.Client, n.Entry.Actor, n.Entry.Action, n.Entry.Operation, n.Entry.Outcome,
        n.Entry.Person, n.Entry.ResourceType, n.Entry.ResourceId, n.Entry.Ground, n.Entry.Discloser, n.Entry.Canonical, n.Entry.Salt);
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
        audit.MapGet("/entries", List).Does("audit.list", Actions.Query, Scopes.AuditRead).Gives<Page<AuditEntryView>>(200)
            .Asks("person", "Whose data it was: the person's id.", "uuid")
            .Asks("organisation", "Who acted or received.")
            .Asks("action", "What kind of act.", codes: Actions.All)
            .Asks("operation", "The operation's name: `referral.read`.")
            .Asks("outcome", "Whether it was permitted.", codes: Outcomes.All)
            .Asks("resource", "The id of what it was about.")
            .Asks("from", "At this instant or later; of a date its first moment in UTC.", "date-time")
            .Asks("to", "Before this instant; a date is included.", "date-time")
            .Pages();
        audit.MapGet("/entries/{index}", Read).Does("audit.read", Actions.Read, Scopes.AuditRead).Gives<AuditEntryView>(200, 404);
    }

    /// <summary>
    /// The log, newest first. Filters are combined: person (id), organisation (who acted or received), action, operation, outcome,
    /// resource (id), from (included) and to (excluded). What was committed when this is asked is in the answer.
    /// </summary>
    internal static async Task<IResult> List(HttpContext http, Call call, Db db, Sequencer sequencer, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        var (person, organisation, action) = (query.Uuid("person"), query.Text("organisation"), query.Code("action", Actions.All));
        var (operation, outcome, resource) = (query.Text("operation"), query.Code("outcome", Outcomes.All), query.Text("resource"));
        var (from, to) = (query.Instant("from"), query.Instant("to", end: true));
        var (limit, cursor) = (query.Limit(), query.CursorNumber());
        if (query.Refusal() is { } refusal)
            return refusal.ToResult();
        await sequencer.RunOnceAsync(ct);
        return await call.ReadAsync<Page<AuditEntryView>>(async () =>
        {
            var rows = db.AuditEntries.AsNoTracking()
                .Where(e => person == null || e.Person == person)
                .Where(e => organisation == null || e.Organisation == organisation)
                .Where(e => action == null || e.Action == action)
                .Where(e => operation == null || e.Operation == operation)
                .Where(e => outcome == null || e.Outcome == outcome)
                .Where(e => resource == null || e.ResourceId == resource)
                .Where(e => from == null || e.At >= from)
                .Where(e => to == null || e.At < to);
            var page = await Number(db, rows).Where(n => cursor == null || n.Index < cursor).OrderByDescending(n => n.Index).Take(limit + 1).ToListAsync(ct);
            trail.Write(call.Caller, new(Actions.Query, "audit.list")
            {
                Person = person,
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
                || await Number(db, db.AuditEntries.AsNoTracking()).SingleOrDefaultAsync(n => n.Index == number, ct) is not { } found)
                return Refusal.NotFound;
            trail.Write(call.Caller, new(Actions.Read, "audit.read") { Person = found.Entry.Person, ResourceType = "AuditEntry", ResourceId = index });
            return AuditEntryView.Of(found);
        }, ct);
    }

    static IQueryable<Numbered> Number(Db db, IQueryable<AuditEntry> entries)
    {
        var sequence = db.AuditSequence;
        return entries.Join(sequence, e => e.Id, s => s.EntryId, (e, s) => new Numbered { Index = s.Index, Entry = e });
    }
}
