using Interop.Audit;
using Interop.Consent;
using Interop.Platform;
using Interop.Platform.Engines;

namespace Interop.Referrals;

/// <summary>One caller's read of one referral.</summary>
/// <param name="Record">What the log says of it where it is shown.</param>
/// <param name="Kept">The type of what the caller may have written of it in another form, where the view needs that too.</param>
internal sealed record Reading(Caller Caller, Id<Referral> Referral, Record Record, string? Kept);

/// <summary>A referral as an organisation wrote it in a form of its own.</summary>
/// <param name="Version">The referral's version once it was written.</param>
internal sealed record Kept(Guid Referral, string Organisation, int Version, string Json);

/// <summary>What organisations wrote of referrals in another face's form. Asked by Referrals, answered by the face.</summary>
internal interface IReferralKept
{
    /// <summary>Asks for them, on the way of something else that is asked.</summary>
    KeptAsked Ask(string type, IReadOnlyCollection<Guid> referrals);
}

internal sealed record KeptAsked(Select Select, Func<IEnumerable<Kept>> Found);

/// <summary>The unit of work of reads that are decided together: asked for in one round trip, recorded and committed in another.</summary>
internal sealed class JointReading(Db db, Engine engine, Work work, Gate gate, IReferralKept kept, KnownReferrals known) : IJoint<Reading, Sighted>
{
    public async Task<IReadOnlyList<Answer<Sighted>?>> DecideAsync(IReadOnlyList<Reading> asked, bool wait, CancellationToken ct) =>
        (await work.RunAsync<List<Answer<Sighted>?>>(async () =>
        {
            var of = await known.FindAsync(db, engine, [.. asked.Select(a => a.Referral.Value).Distinct()], ct);
            // All of it as it stands under the locks.
            var referrals = new ReferralsAsked(of.Values);
            var written = asked.Where(a => a.Kept is not null).GroupBy(a => a.Kept!, a => a.Referral.Value)
                .ToDictionary(type => type.Key, type => kept.Ask(type.Key, [.. type.Distinct()]));
            Select[] also = [.. referrals.Selects, .. written.Values.Select(w => w.Select)];
            var persons = of.Values.Select(r => r.Person.Value);
            var open = await gate.OpenAsync(persons, wait, also, ct);
            var records = referrals.Found(open).ToDictionary(r => r.Referral.Id.Value);
            var found = written.SelectMany(w => w.Value.Found(), (w, one) => (w.Key, One: one)).ToDictionary(w => (w.Key, w.One.Referral, w.One.Organisation), w => w.One);
            return asked.Select(Decide).ToList();

            Answer<Sighted>? Decide(Reading a)
            {
                if (!of.TryGetValue(a.Referral.Value, out var it))
                    return Refusal.NotFound;
                if (!open.Contains(it.Person.Value))
                    return null;
                if (!records.TryGetValue(a.Referral.Value, out var record))
                    return Refusal.NotFound; // erased
                return gate.Disclose(a.Caller, record.Referral.Facts, a.Record) is { } disclosure
                    ? new Sighted(disclosure, record) { Kept = a.Kept is null ? null : found.GetValueOrDefault((a.Kept, a.Referral.Value, a.Caller.Organisation)) }
                    : gate.Denied(record.Referral.Facts);
            }
        }, ct)).Value!;
}
