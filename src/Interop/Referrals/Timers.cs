using Interop.Audit;
using Interop.Consent;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Referrals;

/// <summary>How long an open state may last. Bound from configuration <c>Referrals</c>.</summary>
public sealed class ReferralOptions
{
    /// <summary>For the provider to answer, where the referral names no date. 5 days; between an hour and a year.</summary>
    public TimeSpan RespondWithin { get; set; } = TimeSpan.FromDays(5);

    /// <summary>For the provider to schedule what it accepted. 14 days; between an hour and a year.</summary>
    public TimeSpan ScheduleWithin { get; set; } = TimeSpan.FromDays(14);

    /// <summary>After the last appointment, for the person to be admitted. 14 days; between an hour and a year.</summary>
    public TimeSpan AdmitWithin { get; set; } = TimeSpan.FromDays(14);

    public bool IsSound => All(RespondWithin) && All(ScheduleWithin) && All(AdmitWithin);

    static bool All(TimeSpan t) => t >= TimeSpan.FromHours(1) && t <= TimeSpan.FromDays(366);
}

/// <param name="Kind">respond-by, schedule-by, first-visit-by or report-by.</param>
/// <param name="Category">Of a report: which.</param>
internal sealed record TimerView(string Kind, DateTimeOffset Due, string? Category = null);

internal static class TimerKinds
{
    public const string Respond = "respond-by";
    public const string Schedule = "schedule-by";
    public const string FirstVisit = "first-visit-by";
    public const string Report = "report-by";

    /// <summary>
    /// The timer of a state, from when it was entered and nothing else, so that a party that may not know the next state is
    /// shown the timer of the one it knows.
    /// </summary>
    public static TimerView? Of(string status, DateTimeOffset since, Referral r, DateTimeOffset? lastAppointment, ReferralOptions options) => status switch
    {
        // A person who took long to consent must not make the referral lapse on arrival.
        Statuses.Sent => new(Respond, r.RespondBy is { } by && by > since ? by : since + options.RespondWithin),
        Statuses.Accepted => new(Schedule, since + options.ScheduleWithin),
        Statuses.Scheduled => new(FirstVisit, (lastAppointment > since ? lastAppointment.Value : since) + options.AdmitWithin),
        _ => null,
    };

    public static TimeSpan Period(Reporting reporting) => System.Xml.XmlConvert.ToTimeSpan(reporting.Every);
}

/// <summary>Lets what is overdue lapse, and reports that did not come be noticed.</summary>
internal sealed class TimerClock(Db db, Work work, Gate gate, ReferralBook book, Trail trail) : IBatch
{
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var due = (await work.RunAsync<Due>(async () =>
        {
            var now = work.Now;
            return new Due(await db.ReferralTimers.AsNoTracking().Where(t => t.Due <= now).OrderBy(t => t.Due).Take(100).ToListAsync(ct));
        }, ct)).Value!.Timers;
        foreach (var timer in due)
            await work.RunAsync<Due>(async () =>
            {
                if (await book.FindAsync(timer.ReferralId, ct) is not { } found)
                    return new Due([]);
                await gate.OpenAsync([found.PersonId.Value], ct);
                var referral = await book.TakeAsync(timer.ReferralId, ct);
                var standing = await db.ReferralTimers.SingleOrDefaultAsync(t => t.ReferralId == timer.ReferralId && t.Kind == timer.Kind && t.Category == timer.Category, ct);
                if (standing is null || standing.Due > work.Now)
                    return new Due([]);
                using var span = Telemetry.Source.StartActivity("timer");
                work.Count(ReferralMetrics.Lapsed, ("kind", standing.Kind));
                await LapseAsync(referral, standing, ct);
                trail.Write(Caller.Exchange, new(Actions.Update, standing.Kind == TimerKinds.Report ? "referral.report-overdue" : "referral.lapse")
                {
                    Person = referral.PersonId.Value,
                    ResourceType = "Referral",
                    ResourceId = referral.Id.ToString(),
                });
                return new Due([]);
            }, ct);
        return due.Count;
    }

    async Task LapseAsync(Referral referral, ReferralTimer timer, CancellationToken ct)
    {
        if (timer.Kind != TimerKinds.Report)
        {
            var move = referral.Status == Statuses.Sent ? Moves.LapseUnanswered : Moves.Lapse;
            await book.ApplyAsync(referral, move, Caller.Exchange, new(), ct);
            return;
        }
        var reporting = referral.Reporting.Single(r => r.Category == timer.Category);
        await book.ApplyAsync(referral, Moves.ReportOverdue with { Category = timer.Category }, Caller.Exchange, new() { OccurredAt = timer.Due }, ct);
        while (timer.Due <= work.Now) // one event for however long nobody looked
            timer.Due += TimerKinds.Period(reporting);
    }

    sealed record Due(IReadOnlyList<ReferralTimer> Timers);
}
