using System.Text.Json.Nodes;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Interop.Audit;

/// <summary>What one rule says of the day.</summary>
/// <param name="Rule">Its name; the same in every language.</param>
/// <param name="Statement">What it looks for, in the caller's language.</param>
/// <param name="Count">How many findings there are; the greatest are listed, at most 100.</param>
internal sealed record DigestRuleView(string Rule, string Statement, int Count, IReadOnlyList<Finding> Findings);

/// <summary>What of a day is worth a look, by stated rules, with the entries that show it.</summary>
/// <param name="Date">The day.</param>
/// <param name="TimeZone">Whose day: the organisation's own zone.</param>
/// <param name="From">Its first instant.</param>
/// <param name="To">The first instant after it.</param>
internal sealed record DigestView(DateOnly Date, string TimeZone, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<DigestRuleView> Rules);

internal static class DigestApi
{
    public static void MapDigest(this RouteGroupBuilder audit) =>
        audit.MapGet("/digest", Read).Does("audit.digest", Actions.Query, Scopes.AuditRead).Gives<DigestView>(200)
            .Asks("date", "A day in the organisation's time zone: `2026-03-31`. Left out: yesterday.", "date");

    /// <summary>
    /// What stands out in a day. Access outside office hours, bursts, many persons denied, denied and then permitted, emergency access not reviewed: each by a rule
    /// that the answer states, with the numbers of the entries that show it. A finding says where to look, and accuses nobody.
    /// </summary>
    internal static async Task<IResult> Read(HttpContext http, Call call, Clock clock, Digest digest, IWorkingHours hours, Sequencer sequencer, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        var asked = query.Date("date");
        if (query.Refusal() is { } refusal)
            return refusal.ToResult();
        await sequencer.RunOnceAsync(ct);
        return await call.ReadAsync<DigestView>(async () =>
        {
            var zone = (await hours.AllAsync(ct)).GetValueOrDefault(call.Caller.Organisation)?.Zone ?? TimeZoneInfo.Utc;
            var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(clock.Now, zone).DateTime);
            var day = asked ?? today.AddDays(-1);
            if (day > today)
                return Refusal.BadQuery(new Fault("date", "date.future"));
            var (from, to) = (WorkingHours.InstantOf(zone, day), WorkingHours.InstantOf(zone, day.AddDays(1)));
            var found = await digest.OfAsync(from, to, ct);
            trail.Write(call.Caller, new(Actions.Query, "audit.digest") { Details = new JsonObject { ["date"] = day.ToString("yyyy-MM-dd", null) } });
            return new DigestView(day, zone.Id, from, to, [.. found.Select(f => new DigestRuleView(f.Rule, StatementOf(call, f.Rule), f.Count, f.Findings))]);
        }, ct);
    }

    static string StatementOf(Call call, string rule) => rule switch
    {
        Digest.OutsideHours => call.Text("digest.outside-office-hours"),
        Digest.Burst => call.Text("digest.burst", Digest.BurstFloor, Digest.BurstFactor, ClientDays.Kept),
        Digest.ManyDenied => call.Text("digest.many-denied-persons", Digest.DeniedPersons),
        Digest.EmergencyNotReviewed => call.Text("digest.emergency-not-reviewed"),
        _ => call.Text("digest.denied-then-permitted", Digest.Window.TotalHours),
    };
}
