using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Consent;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Referrals;

internal static class ReferralReads
{
    /// <summary>A referral as the caller may see it now.</summary>
    internal static Task<IResult> Read(Id<Referral> id, Call call, ReferralSight sight, CancellationToken ct) =>
        call.ReadAsync(() => sight.ShowAsync(id, new(Actions.Read, "referral.read"), (disclosure, record) => sight.View(disclosure, record), ct), ct);

    /// <summary>Who did what to it, when and why, as far as the caller may know.</summary>
    internal static Task<IResult> History(Id<Referral> id, Call call, ReferralSight sight, CancellationToken ct) =>
        call.ReadAsync(() => sight.ShowAsync(id, new(Actions.Read, "referral.history"), (disclosure, record) => new Page<EntryView>(EntryView.Of(disclosure, record), null), ct), ct);

    /// <summary>Its appointments and what came of them.</summary>
    internal static Task<IResult> Appointments(Id<Referral> id, Call call, ReferralSight sight, CancellationToken ct) =>
        call.ReadAsync(() => sight.ShowAsync(id, new(Actions.Read, "appointment.list"), (disclosure, record) =>
            new Page<AppointmentView>([.. record.Appointments.Where(a => disclosure.Permits(ReferralView.AttendanceOf(a))).OrderBy(a => a.At).Select(AppointmentView.Of)], null), ct), ct);

    /// <summary>
    /// The caller's referrals, newest first. Filters hold against what the caller may see: a status that it may not know neither
    /// finds nor hides a referral.
    /// </summary>
    internal static Task<IResult> List(HttpContext http, Call call, ReferralSight sight, CancellationToken ct)
    {
        var query = new Query(http);
        var filter = new ReferralFilter(
            query.Code("status", Statuses.All), query.Text("matter"), query.Code("intercept", Intercepts.Codes), query.Uuid("person"), query.Instant("updatedSince"));
        var (limit, cursor) = (query.Limit(), query.CursorId());
        return query.Refusal() is { } refusal
            ? Task.FromResult(refusal.ToResult())
            : call.ReadAsync<Page<ReferralView>>(async () =>
            {
                var (shown, more) = await sight.FindAsync(filter, limit, cursor, "referral.list", ct);
                return new Page<ReferralView>([.. shown.Select(s => sight.View(s.Disclosure, s.Record))], more ? Query.WriteCursor(shown[^1].Record.Referral.Id.Value) : null);
            }, ct);
    }
}

/// <param name="Matter">A matter's number or id.</param>
internal sealed record ReferralFilter(string? Status = null, string? Matter = null, string? Intercept = null, Guid? Person = null, DateTimeOffset? UpdatedSince = null, IReadOnlyList<Guid>? Ids = null);

/// <summary>A referral and what the caller may be told of it.</summary>
internal sealed record Sighted(Disclosure Disclosure, ReferralRecord Record);

/// <summary>Referrals as the caller of this request may see them: every read, by whichever face, goes through here.</summary>
internal sealed class ReferralSight(Call call, Db db, Gate gate, ReferralReader reader, ReferralBook book, Trail trail)
{
    public ReferralView View(Disclosure disclosure, ReferralRecord record) => reader.View(disclosure, record, call.NoticeLanguage);

    /// <summary>One referral through the gate, recorded; 404 whether it is not there or not for the caller.</summary>
    public async Task<Answer<T>> ShowAsync<T>(Id<Referral> id, Record record, Func<Disclosure, ReferralRecord, T> view, CancellationToken ct) where T : class
    {
        if (await book.FindAsync(id, ct) is not { } found)
            return Refusal.NotFound;
        await gate.OpenAsync([found.PersonId.Value], ct);
        var loaded = await reader.LoadAsync(id, ct); // as it stands under the lock
        return gate.Disclose(call.Caller, loaded.Referral.Facts, record) is { } disclosure
            ? view(disclosure, loaded)
            : Refusal.NotFound.Of(found.PersonId.Value, "Referral", id.Value);
    }

    /// <summary>
    /// A page of what the caller may see, filled over whatever it may not: neither its length nor its cursor tells of that. One
    /// entry for the query, in which what was withheld is named, and one for each referral shown.
    /// </summary>
    public async Task<(IReadOnlyList<Sighted> Shown, bool More)> FindAsync(ReferralFilter filter, int limit, Guid? after, string operation, CancellationToken ct)
    {
        var shown = new List<Sighted>();
        var withheld = new List<string>();
        var matters = filter.Matter is { } matter ? await MattersAsync(matter, ct) : null;
        var more = false;
        for (var last = after; !more;)
        {
            var candidates = await CandidatesAsync(filter, matters, last, limit + 1, ct);
            if (candidates.Count == 0)
                break;
            last = candidates[^1].Id.Value;
            await gate.OpenAsync(candidates.Select(c => c.PersonId.Value), ct);
            foreach (var record in await reader.LoadAsync([.. candidates.Select(c => c.Id)], ct))
            {
                if (gate.Decide(call.Caller.Organisation, call.Caller.Kind, record.Referral.Facts) is not { } disclosure)
                    withheld.Add(record.Referral.Id.ToString());
                else if (Matches(filter, Seen.Of(disclosure, record.Entries)))
                {
                    more = shown.Count == limit;
                    if (more)
                        break;
                    shown.Add(new(disclosure, record));
                }
            }
            if (candidates.Count <= limit)
                break;
        }
        trail.Write(call.Caller, new(Actions.Query, operation)
        {
            Details = new JsonObject
            {
                ["shown"] = shown.Count,
                ["withheld"] = new JsonArray([.. withheld.Select(w => (JsonNode)w)]),
            },
        });
        foreach (var sighted in shown)
            gate.Record(call.Caller, sighted.Disclosure, sighted.Record.Referral.Facts, new(Actions.Read, operation));
        return (shown, more);
    }

    async Task<IReadOnlyList<Referral>> CandidatesAsync(ReferralFilter filter, IReadOnlyList<Id<Matter>>? matters, Guid? after, int count, CancellationToken ct)
    {
        var own = call.Caller.Organisation;
        var known = db.PersonParties.Where(p => p.Organisation == own).Select(p => p.PersonId);
        var rows = (after is { } id ? db.Referrals.FromSql($"select * from referrals where id < {id}") : db.Referrals).AsNoTracking();
        rows = call.Caller.Kind.IsCare
            ? rows.Where(r => r.Provider == own && r.Status != Statuses.AwaitingConsent)
            : rows.Where(r => r.Referrer == own || known.Contains(r.PersonId));
        if (matters is not null)
            rows = rows.Where(r => matters.Contains(r.MatterId));
        if (filter.Intercept is { } intercept)
            rows = rows.Where(r => r.Intercept == intercept);
        if (filter.Person is { } person)
            rows = rows.Where(r => r.PersonId == new Id<Person>(person));
        if (filter.UpdatedSince is { } since)
            rows = rows.Where(r => r.UpdatedAt >= since);
        if (filter.Ids is { } named)
        {
            var ids = named.Select(n => new Id<Referral>(n)).ToList();
            rows = rows.Where(r => ids.Contains(r.Id));
        }
        // What is seen never runs ahead of what is: care sees the status as it is, justice may see an earlier one.
        if (filter.Status is { } status && call.Caller.Kind.IsCare)
            rows = rows.Where(r => r.Status == status);
        return await rows.OrderByDescending(r => r.Id).Take(count).ToListAsync(ct);
    }

    async Task<IReadOnlyList<Id<Matter>>> MattersAsync(string text, CancellationToken ct) =>
        Guid.TryParseExact(text, "D", out var id)
            ? [new(id)]
            : await db.Matters.AsNoTracking().Where(m => m.Number == text).Select(m => m.Id).ToListAsync(ct);

    static bool Matches(ReferralFilter filter, Seen seen) =>
        (filter.Status is null || seen.Status == filter.Status) && (filter.UpdatedSince is null || seen.UpdatedAt >= filter.UpdatedSince);
}
