using System.Linq.Expressions;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit;

/// <summary>Something that stands out, and the entries that show it.</summary>
/// <param name="Organisation">Whose it is.</param>
/// <param name="Client">The software that did it; absent where the rule looks at the organisation.</param>
/// <param name="Person">Whose data it was, where it is about one person.</param>
/// <param name="Count">How many entries.</param>
/// <param name="Persons">Of how many persons.</param>
/// <param name="Usual">What would have been usual.</param>
/// <param name="From">The first of them, or the beginning of the hour.</param>
/// <param name="To">The last of them, or the end of the hour.</param>
/// <param name="Entries">Numbers of entries that show it, from the first on, at most 20.</param>
internal sealed record Finding(
    string Organisation, string? Client, Guid? Person, int Count, int? Persons, int? Usual, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<long> Entries);

/// <summary>What one rule found.</summary>
/// <param name="Count">How many findings there are; the greatest are listed, at most 100.</param>
internal sealed record Found(string Rule, int Count, IReadOnlyList<Finding> Findings);

/// <summary>
/// What of a day is worth a look, by rules that are stated and numbers that are not tuned to anybody. A finding accuses nobody: it
/// says where to look, and names the entries. Once <see cref="Window"/> has passed, a day gives the same findings whenever it is asked about.
/// </summary>
internal sealed class Digest(Db db, IWorkingHours workingHours, ClientDays days)
{
    public const string OutsideHours = "outside-office-hours";
    public const string Burst = "burst";
    public const string ManyDenied = "many-denied-persons";
    public const string DeniedThenPermitted = "denied-then-permitted";

    public const string EmergencyNotReviewed = "emergency-not-reviewed";

    /// <summary>How the log names the two ends of an emergency access that nobody looked at in time.</summary>
    public const string EmergencyDeclared = "emergency-access.declare";
    public const string EmergencyOverdue = "emergency-access.overdue";

    /// <summary>Every rule, in the order in which they are answered.</summary>
    public static IReadOnlyList<string> Rules { get; } = [OutsideHours, Burst, ManyDenied, DeniedThenPermitted, EmergencyNotReviewed];

    /// <summary>An hour with fewer entries is no burst.</summary>
    public const int BurstFloor = 100;

    /// <summary>How many times the median of its busiest hours a client must exceed.</summary>
    public const int BurstFactor = 5;

    /// <summary>For how many persons a client must be denied.</summary>
    public const int DeniedPersons = 5;

    /// <summary>How long after a denial a permit is looked for.</summary>
    public static TimeSpan Window { get; } = TimeSpan.FromHours(24);

    static readonly Expression<Func<AuditEntry, bool>> s_isReadOfPerson =
        e => e.Person != null && e.Outcome == Outcomes.Permitted && (e.Action == Actions.Read || e.Action == Actions.Query);

    const int Listed = 100;
    const int Shown = 20;

    public async Task<IReadOnlyList<Found>> OfAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
    [
        await OutsideHoursAsync(from, to, ct),
        await BurstsAsync(from, to, ct),
        await ManyDeniedAsync(from, to, ct),
        await DeniedThenPermittedAsync(from, to, ct),
        await EmergencyNotReviewedAsync(from, to, ct),
    ];

    /// <summary>Reads of persons' data while the organisation is closed, by client.</summary>
    async Task<Found> OutsideHoursAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        var findings = new List<(Finding, Expression<Func<AuditEntry, bool>>)>();
        var all = await workingHours.AllAsync(ct);
        // Most keep the same hours: they are looked at together.
        foreach (var alike in all.GroupBy(o => string.Join(' ', o.Value.Closed(from, to).Select(c => $"{c.From.UtcTicks}-{c.To.UtcTicks}"))))
        {
            var (organisations, closed) = (alike.Select(o => o.Key).ToList(), alike.First().Value.Closed(from, to));
            if (closed.Count == 0)
                continue;
            var outside = Conditions.Any([.. closed.Select(c => (Expression<Func<AuditEntry, bool>>)(e => e.At >= c.From && e.At < c.To))]).And(s_isReadOfPerson);
            var counts = await db.AuditEntries.Within(from, to).Where(outside).Where(e => organisations.Contains(e.Organisation)).GroupBy(e => new { e.Organisation, e.Client })
                .Select(g => new { g.Key.Organisation, g.Key.Client, Count = g.Count(), Persons = g.Select(e => e.Person).Distinct().Count(), First = g.Min(e => e.At), Last = g.Max(e => e.At) })
                .ToListAsync(ct);
            findings.AddRange(counts.Select(c => (new Finding(c.Organisation, c.Client, null, c.Count, c.Persons, null, c.First, c.Last, []), outside)));
        }
        return await ListAsync(OutsideHours, findings, ct);
    }

    /// <summary>A client's busiest hour far above its own busiest hours of the weeks before.</summary>
    async Task<Found> BurstsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        var usual = await days.BeforeAsync(DateOnly.FromDateTime(from.UtcDateTime), ct);
        var findings = new List<(Finding, Expression<Func<AuditEntry, bool>>)>();
        foreach (var hour in await days.BusiestAsync(from, to, ct))
        {
            var median = Median([.. usual[hour.Client]]);
            if (hour.Entries < BurstFloor || hour.Entries <= BurstFactor * median)
                continue;
            findings.Add((
                new(hour.Organisation, hour.Client, null, hour.Entries, null, median, hour.From, hour.To, []),
                e => e.At >= hour.From && e.At < hour.To && e.Operation != "event.deliver"));
        }
        return await ListAsync(Burst, findings, ct);
    }

    /// <summary>A client that was denied the data of many persons: somebody looks for whom they do not know.</summary>
    async Task<Found> ManyDeniedAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        Expression<Func<AuditEntry, bool>> denied = e => e.Outcome == Outcomes.Denied && e.Outcome != Outcomes.Permitted && e.Person != null;
        var exchange = Caller.Exchange.Organisation;
        var counts = await db.AuditEntries.Within(from, to).Where(denied).Where(e => e.Organisation != exchange && e.Action != Actions.Deliver).GroupBy(e => new { e.Organisation, e.Client })
            .Select(g => new { g.Key.Organisation, g.Key.Client, Count = g.Count(), Persons = g.Select(e => e.Person).Distinct().Count(), First = g.Min(e => e.At), Last = g.Max(e => e.At) })
            .Where(c => c.Persons >= DeniedPersons).ToListAsync(ct);
        return await ListAsync(ManyDenied,
            [.. counts.Select(c => (new Finding(c.Organisation, c.Client, null, c.Count, c.Persons, null, c.First, c.Last, []), denied.And(e => e.Action != Actions.Deliver)))], ct);
    }

    /// <summary>An organisation that was denied a person's data and got it soon after: by a consent, then, that came between.</summary>
    async Task<Found> DeniedThenPermittedAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        var denied = await db.AuditEntries.Within(from, to).Where(e => e.Outcome == Outcomes.Denied && e.Outcome != Outcomes.Permitted && e.Person != null && e.Action != Actions.Deliver)
            .Select(e => new { e.Id, e.At, e.Organisation, e.Person }).ToListAsync(ct);
        var (persons, until) = (denied.Select(d => d.Person).Distinct().ToList(), to + Window);
        var permitted = (await db.AuditEntries.Within(from, until)
            .Where(e => persons.Contains(e.Person) && e.Outcome == Outcomes.Permitted && (e.Action == Actions.Read || e.Action == Actions.Query || e.Action == Actions.Deliver))
            .Select(e => new { e.Id, e.At, e.Organisation, e.Person }).ToListAsync(ct)).ToLookup(e => (e.Organisation, e.Person));
        var findings = new List<(Finding, Expression<Func<AuditEntry, bool>>)>();
        foreach (var of in denied.GroupBy(d => (d.Organisation, d.Person)))
        {
            if (permitted[of.Key].OrderBy(p => p.At).FirstOrDefault(p => of.Any(d => d.At < p.At && p.At <= d.At + Window)) is not { } first)
                continue;
            var last = of.Where(d => d.At < first.At).MaxBy(d => d.At)!;
            var ids = new[] { last.Id, first.Id };
            findings.Add((new(of.Key.Organisation, null, of.Key.Person, 2, null, null, last.At, first.At, []), e => ids.Contains(e.Id)));
        }
        return await ListAsync(DeniedThenPermitted, findings, ct);
    }

    /// <summary>An emergency access whose time to be reviewed ran out, and what was read under it.</summary>
    async Task<Found> EmergencyNotReviewedAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        var overdue = await db.AuditEntries.Within(from, to).Where(e => e.Operation == EmergencyOverdue).Select(e => new { e.ResourceId, e.At }).ToListAsync(ct);
        var accesses = overdue.Select(o => o.ResourceId).ToList();
        var declared = await db.AuditEntries.Where(e => accesses.Contains(e.ResourceId) && e.Operation == EmergencyDeclared && e.Action == Actions.Create)
            .Select(e => new { e.Id, e.ResourceId, e.At, e.Organisation, e.Client, e.Person }).ToListAsync(ct);
        var findings = new List<(Finding, Expression<Func<AuditEntry, bool>>)>();
        foreach (var access in declared)
        {
            var until = overdue.First(o => o.ResourceId == access.ResourceId).At;
            Expression<Func<AuditEntry, bool>> shows = e => e.Id == access.Id
                || (e.Person != null && e.Person == access.Person && e.Ground == Grounds.Emergency && e.Outcome == Outcomes.Permitted && e.At >= access.At && e.At < until);
            var count = await db.AuditEntries.Within(access.At, until).Where(shows).CountAsync(e => e.Organisation == access.Organisation && e.Client == access.Client, ct);
            findings.Add((new(access.Organisation, access.Client, access.Person, count - 1, null, null, access.At, until, []), shows));
        }
        return await ListAsync(EmergencyNotReviewed, findings, ct);
    }

    static int Median(IReadOnlyList<int> values) => values.Count == 0 ? 0 : values.Order().ElementAt(values.Count / 2);

    /// <summary>The greatest first, each with the numbers of its first entries.</summary>
    async Task<Found> ListAsync(string rule, List<(Finding Finding, Expression<Func<AuditEntry, bool>> Shows)> findings, CancellationToken ct)
    {
        var listed = new List<Finding>();
        foreach (var (finding, shows) in findings.OrderByDescending(f => f.Finding.Count).ThenBy(f => f.Finding.Organisation, StringComparer.Ordinal)
            .ThenBy(f => f.Finding.Client, StringComparer.Ordinal).ThenBy(f => f.Finding.Person).Take(Listed))
        {
            var entries = db.AuditEntries.From(finding.From).Until(finding.To).Where(shows).Where(e => e.Organisation == finding.Organisation);
            if (finding.Client is { } client)
                entries = entries.Where(e => e.Client == client);
            var sequence = db.AuditSequence;
            var numbers = await entries.Join(sequence, e => e.Id, s => s.EntryId, (e, s) => new { e.At, s.Index }).OrderBy(e => e.At).ThenBy(e => e.Index).Take(Shown).Select(e => e.Index).ToListAsync(ct);
            listed.Add(finding with { Entries = numbers });
        }
        return new(rule, findings.Count, listed);
    }
}
