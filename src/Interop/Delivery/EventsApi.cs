using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Interop.Audit;
using Interop.Contracts;
using Interop.Platform;
using Interop.Platform.Events;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery;

/// <summary>A CloudEvent with its place in the feed.</summary>
/// <param name="Number">Opaque; passed as <c>after</c>, the feed goes on behind this event.</param>
internal sealed record PolledEvent(
    [property: JsonPropertyName("specversion")] string SpecVersion,
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("source")] string Source,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("subject")] string? Subject,
    [property: JsonPropertyName("time")] DateTimeOffset? Time,
    [property: JsonPropertyName("datacontenttype")] string? DataContentType,
    [property: JsonPropertyName("traceparent")] string? TraceParent,
    [property: JsonPropertyName("data")] JsonElement? Data,
    [property: JsonPropertyName("number")] string Number)
{
    public static PolledEvent Of(CloudEvent e, long number) =>
        new(e.SpecVersion, e.Id, e.Source, e.Type, e.Subject, e.Time, e.DataContentType, e.TraceParent, e.Data, Query.WriteCursor(number));
}

/// <summary>A page of the feed.</summary>
/// <param name="Next">Always there: what to pass as <c>after</c> next time.</param>
internal sealed record FeedPage(IReadOnlyList<PolledEvent> Items, string Next);

internal static class EventsApi
{
    const int Window = 200;

    public static void MapEvents(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/events", Poll).WithTags("Delivery").Does("event.poll", Actions.Deliver, Scopes.EventsRead)
            .WithSummary("The organisation's events, for those who poll").Gives<FeedPage>(200)
            .Asks("after", "The `next` of the answer before, an event's `number`, or an event's id; left out: from the beginning.")
            .Asks("limit", $"How many at most, 1 to {Query.MaxLimit}; {Query.DefaultLimit} where nothing is said.", "int32");

    /// <summary>
    /// What the organisation may be told now of what happened <c>after</c> a cursor or an event's id, oldest first, id-only. What
    /// it may not be told is passed over and not counted.
    /// </summary>
    internal static Task<IResult> Poll(HttpContext http, Call call, Db db, Admission admission, CancellationToken ct)
    {
        var query = new Query(http);
        var (after, limit) = (query.Text("after"), query.Limit());
        var position = after is null ? 0 : PositionOf(after);
        var eventId = position is null && Guid.TryParseExact(after, "D", out var id) ? id : (Guid?)null;
        if (position is null && eventId is null)
            query.Fail("after", "cursor.bad");
        if (query.Refusal() is { } refusal)
            return Task.FromResult(refusal.ToResult());
        return call.ReadAsync<FeedPage>(async () =>
        {
            var own = call.Caller.Organisation;
            var start = position ?? await db.EventFeed.Where(f => f.Organisation == own && f.EventId == eventId).Select(f => (long?)f.Number).SingleOrDefaultAsync(ct);
            if (start is null)
                return Refusal.BadQuery(new Fault("after", "cursor.bad"));
            var last = await db.EventFeed.MaxAsync(f => (long?)f.Number, ct) ?? 0;
            var items = await FillAsync(call.Caller, db, admission, start.Value, last, limit, ct);
            // At the end of the feed the cursor stands behind whatever the exchange told anybody: where it stood behind the caller's
            // own last row, its moving without an item would tell that something was withheld (P6).
            var next = items.Count == limit ? items[^1].Number : Query.WriteCursor(Math.Max(start.Value, last));
            return new FeedPage([.. items], next);
        }, ct);
    }

    static async Task<List<PolledEvent>> FillAsync(Caller caller, Db db, Admission admission, long after, long last, int limit, CancellationToken ct)
    {
        var items = new List<PolledEvent>();
        while (items.Count < limit)
        {
            var rows = await db.EventFeed.AsNoTracking().Where(f => f.Organisation == caller.Organisation && f.Number > after && f.Number <= last)
                .OrderBy(f => f.Number).Take(Window).ToListAsync(ct);
            if (rows.Count == 0)
                break;
            after = rows[^1].Number;
            var ids = rows.Select(r => r.EventId).ToList();
            var events = await db.RecordedEvents.AsNoTracking().Where(e => ids.Contains(e.Id)).ToDictionaryAsync(e => e.Id, ct);
            await admission.OpenAsync(events.Values, ct);
            foreach (var row in rows)
            {
                if (items.Count == limit)
                    break;
                if (admission.Decide(caller.Organisation, caller.Kind, events[row.EventId]) is not { } admitted
                    || await admission.ViewAsync(admitted, full: false, ct) is not { } view)
                    continue;
                admission.Record(caller, admitted, Actions.Deliver, "event.poll", new JsonObject { ["event"] = view.Id, ["type"] = view.Type });
                items.Add(PolledEvent.Of(view, row.Number));
            }
        }
        return items;
    }

    static long? PositionOf(string cursor) =>
        Base64Url.IsValid(cursor, out var length) && length is > 0 and <= 19
        && long.TryParse(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
