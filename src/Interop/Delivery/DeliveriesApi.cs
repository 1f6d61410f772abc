using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Platform;
using Interop.Platform.Events;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery;

/// <summary>One attempt. <c>status</c> is the HTTP status, absent where there was no answer and on amqp; <c>error</c> is absent where it was delivered.</summary>
internal sealed record AttemptView(DateTimeOffset At, int Milliseconds, int? Status, string? Error);

/// <summary>What became of one event on its way to a subscription.</summary>
/// <param name="EventId">The <c>webhook-id</c>, the <c>message-id</c> on amqp; absent, as <c>type</c> is, where the caller may no longer be told of the event.</param>
/// <param name="Number">The subscription's own count, from the first attempt on.</param>
/// <param name="Status"><c>pending</c>, <c>delivered</c>, <c>withheld</c> or <c>failed</c>.</param>
/// <param name="NextAttemptAt">When it is due, while it is pending and the subscription active.</param>
internal sealed record DeliveryView(
    Guid Id, Guid? EventId, string? Type, long? Number, string Status, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, DateTimeOffset? NextAttemptAt,
    int? LastStatus, string? LastError, IReadOnlyList<AttemptView> Attempts);

internal static class DeliveriesApi
{
    const int Window = 200;

    /// <summary>
    /// Deliveries of one of the caller's own subscriptions, newest first. A row shows when it was ever attempted or when its event
    /// may be told now: a list of what was withheld from the start would tell what it was withheld for (P6).
    /// </summary>
    internal static Task<IResult> List(Id<Subscription> id, HttpContext http, Call call, Db db, Admission admission, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        var (status, limit, cursor) = (query.Code("status", DeliveryStatus.All), query.Limit(), query.CursorId());
        if (query.Refusal() is { } refusal)
            return Task.FromResult(refusal.ToResult());
        return call.ReadAsync<Page<DeliveryView>>(async () =>
        {
            if (await SubscriptionsApi.OwnAsync(db, call, id, ct) is not { } subscription)
                return Refusal.NotFound;
            var shown = new List<Shown>();
            var before = cursor ?? Guid.AllBitsSet;
            while (shown.Count <= limit)
            {
                var rows = await db.Deliveries.AsNoTracking()
                    .Where(d => d.SubscriptionId == id && d.Id < before && (status == null || d.Status == status))
                    .Where(d => d.Number != null || d.Status != DeliveryStatus.Withheld)
                    .OrderByDescending(d => d.Id).Take(Window).ToListAsync(ct);
                if (rows.Count == 0)
                    break;
                before = rows[^1].Id;
                shown.AddRange(await ShownAsync(db, call.Caller, admission, rows, ct));
            }
            var page = shown.Take(limit).ToList();
            Record(call.Caller, id, admission, trail, page);
            return new Page<DeliveryView>(await ViewAsync(db, subscription, page, ct), shown.Count > limit ? Query.WriteCursor(page[^1].Row.Id) : null);
        }, ct);
    }

    static async Task<IEnumerable<Shown>> ShownAsync(Db db, Caller caller, Admission admission, List<EventDelivery> rows, CancellationToken ct)
    {
        var ids = rows.Select(r => r.EventId).ToList();
        var events = await db.RecordedEvents.AsNoTracking().Where(e => ids.Contains(e.Id)).ToDictionaryAsync(e => e.Id, ct);
        await admission.OpenAsync(events.Values, ct);
        return rows.Select(r => new Shown(r, admission.Decide(caller.Organisation, caller.Kind, events[r.EventId])))
            .Where(s => s.Row.Number is not null || s.Admitted is not null);
    }

    /// <summary>One entry for the query, and one for each referral or other thing that the page tells of.</summary>
    static void Record(Caller caller, Id<Subscription> id, Admission admission, Trail trail, List<Shown> page)
    {
        trail.Write(caller, new(Actions.Query, "delivery.list") { ResourceType = "Subscription", ResourceId = id.ToString() });
        foreach (var about in page.Where(s => s.Admitted?.Event.PersonId is not null).GroupBy(s => s.Row.Subject))
            admission.Record(caller, about.First().Admitted!, Actions.Read, "delivery.list", new JsonObject { ["subscription"] = id.ToString(), ["events"] = about.Count() });
    }

    static async Task<IReadOnlyList<DeliveryView>> ViewAsync(Db db, Subscription subscription, List<Shown> page, CancellationToken ct)
    {
        var ids = page.Select(s => s.Row.Id).ToList();
        var attempts = (await db.DeliveryAttempts.AsNoTracking().Where(a => ids.Contains(a.DeliveryId)).OrderBy(a => a.At).ThenBy(a => a.Id).ToListAsync(ct)).ToLookup(a => a.DeliveryId);
        return [.. page.Select(s =>
        {
            var (row, told) = (s.Row, s.Admitted is not null);
            var due = row.Status == DeliveryStatus.Pending && subscription.Status == SubscriptionStatus.Active;
            return new DeliveryView(row.Id, told ? row.EventId : null, told ? row.Type : null, row.Number, row.Status, row.CreatedAt, row.EndedAt,
                due ? row.DueAt : null, row.LastStatus, row.LastError, [.. attempts[row.Id].Select(a => new AttemptView(a.At, a.Milliseconds, a.Status, a.Error))]);
        })];
    }

    sealed record Shown(EventDelivery Row, Admitted? Admitted);
}
