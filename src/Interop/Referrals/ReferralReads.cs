using Interop.Audit;
using Interop.Consent;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;

namespace Interop.Referrals;

internal static class ReferralReads
{
    /// <summary>A referral as the caller may see it now.</summary>
    internal static Task<IResult> Read(Id<Referral> id, ReferralSight sight, CancellationToken ct) =>
        Call.ShowAsync(sight.ReadAsync(id, new(Actions.Read, "referral.read"), s => sight.View(s.Disclosure, s.Record), ct));

    /// <summary>Who did what to it, when and why, as far as the caller may know.</summary>
    internal static Task<IResult> History(Id<Referral> id, ReferralSight sight, CancellationToken ct) =>
        Call.ShowAsync(sight.ReadAsync(id, new(Actions.Read, "referral.history"), s => new NoticedPage<EntryView>(EntryView.Of(s.Disclosure, s.Record), null, sight.NoticeOf(s.Disclosure)), ct));

    /// <summary>Its appointments and what came of them.</summary>
    internal static Task<IResult> Appointments(Id<Referral> id, ReferralSight sight, CancellationToken ct) =>
        Call.ShowAsync(sight.ReadAsync(id, new(Actions.Read, "appointment.list"), s =>
            new NoticedPage<AppointmentView>(
                [.. s.Record.Appointments.Where(a => s.Disclosure.Permits(ReferralView.AttendanceOf(a))).OrderBy(a => a.At).Select(AppointmentView.Of)], null, sight.NoticeOf(s.Disclosure)), ct));

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
                var found = await sight.FindAsync(filter, limit, cursor, new(Actions.Query, "referral.list"), ct);
                return new Page<ReferralView>([.. found.Shown.Select(s => sight.View(s.Disclosure, s.Record))], found.More ? Query.WriteCursor(found.Shown[^1].Record.Referral.Id.Value) : null);
            }, ct);
    }
}
