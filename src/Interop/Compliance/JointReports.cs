using Interop.Audit;
using Interop.Consent;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Referrals;

namespace Interop.Compliance;

/// <summary>A caller's question for reports on a referral.</summary>
internal sealed record ReportsAsked(Caller Caller, ReportsWanted Wanted);

/// <summary>Reports on a referral, newest first: one, or a page of them.</summary>
/// <param name="Before">Those older than this one.</param>
internal sealed record ReportsWanted(Id<Referral> Referral, Id<ComplianceUpdate>? One, string? Category, Guid? Before, int Limit)
{
    /// <summary>The first rows of it, and one more, whoever may see them.</summary>
    public Select<ComplianceUpdate> Rows() => Rows(Before, Limit + 1);

    /// <summary>Those that follow.</summary>
    public Select<ComplianceUpdate> Rows(Guid? before, int most)
    {
        var (where, values) = ("referral_id = $1", new List<object> { Referral.Value });
        And("id = ", One?.Value);
        And("category = ", Category);
        And("id < ", before);
        values.Add(most);
        return new($"{where} order by id desc limit ${values.Count}", values);

        void And(string condition, object? value)
        {
            if (value is null)
                return;
            values.Add(value);
            where += $" and {condition}${values.Count}";
        }
    }
}

/// <param name="More">There are older ones that the caller may see.</param>
internal sealed record ReportsSeen(IReadOnlyList<SeenReport> Shown, bool More);

/// <summary>The unit of work of reads of reports that are decided together.</summary>
internal sealed class JointReports(Db db, Engine engine, Work work, Gate gate, ReportSight sight, KnownReferrals known) : IJoint<ReportsAsked, ReportsSeen>
{
    /// <summary>Read at once where those read before were not for the caller to see.</summary>
    const int Chunk = 100;

    public async Task<IReadOnlyList<Answer<ReportsSeen>?>> DecideAsync(IReadOnlyList<ReportsAsked> asked, bool wait, CancellationToken ct) =>
        (await work.RunAsync<List<Answer<ReportsSeen>?>>(async () =>
        {
            var of = await known.FindAsync(db, engine, [.. asked.Select(a => a.Wanted.Referral.Value).Distinct()], ct);
            // All of it as it stands under the locks.
            var referrals = new Select<Referral>("id", of.Keys);
            var rows = asked.Select(a => a.Wanted).Distinct().ToDictionary(w => w, w => w.Rows());
            var persons = of.Values.Select(r => r.Person.Value);
            var open = await gate.OpenAsync(persons, wait, [referrals, .. rows.Values], ct);
            var found = referrals.Rows.ToDictionary(r => r.Id.Value);
            var answers = new List<Answer<ReportsSeen>?>();
            foreach (var (caller, wanted) in asked)
                if (!of.TryGetValue(wanted.Referral.Value, out var it))
                    answers.Add(Refusal.NotFound);
                else if (!open.Contains(it.Person.Value))
                    answers.Add(null);
                else
                    answers.Add(found.TryGetValue(wanted.Referral.Value, out var referral) ? await SeeAsync(caller, wanted, referral, rows[wanted].Rows, ct) : Refusal.NotFound); // erased
            return answers;
        }, ct)).Value!;

    async Task<Answer<ReportsSeen>> SeeAsync(Caller caller, ReportsWanted wanted, Referral referral, IReadOnlyList<ComplianceUpdate> rows, CancellationToken ct)
    {
        var answer = sight.Open(caller, referral);
        if (answer.Refusal is { } denied)
            return denied;
        var opened = answer.Value!;
        var seen = new List<SeenReport>();
        for (var most = wanted.Limit + 1; ; most = Chunk)
        {
            seen.AddRange(await sight.SeeAsync(caller, opened, rows, ct));
            if (seen.Count > wanted.Limit || rows.Count < most || wanted.One is not null || !sight.MaySeeOthers(caller, opened))
                break;
            var next = wanted.Rows(rows[^1].Id.Value, Chunk);
            await engine.SelectAsync(db, [next], ct);
            rows = next.Rows;
        }
        if (wanted.One is { } one)
        {
            if (seen is not [var only])
                return gate.Denied(referral.PersonId.Value, ComplianceBook.ResourceType, one.Value);
            sight.Record(caller, opened, only, Actions.Read, "compliance.read");
            return new ReportsSeen(seen, false);
        }
        var shown = seen.Take(wanted.Limit).ToList();
        gate.Record(caller, opened.Disclosure, referral.Facts, new(Actions.Query, "compliance.list"));
        foreach (var report in shown.Where(s => !ReportSight.IsOwn(caller, s.Update)))
            sight.Record(caller, opened, report, Actions.Read, "compliance.list");
        return new ReportsSeen(shown, seen.Count > wanted.Limit);
    }
}
