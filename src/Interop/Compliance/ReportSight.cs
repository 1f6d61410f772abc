using Interop.Audit;
using Interop.Consent;
using Interop.Platform;
using Interop.Referrals;

namespace Interop.Compliance;

/// <summary>A referral, its person's lock held, and what the caller may be told of its reports.</summary>
internal sealed record OpenedReferral(Referral Referral, Disclosure Disclosure);

/// <summary>A report that its reader may see.</summary>
/// <param name="Sight">By what.</param>
/// <param name="Held">For its provider: nobody on the justice side may see it now.</param>
internal sealed record SeenReport(ComplianceUpdate Update, Disclosure Sight, bool? Held);

/// <summary>Which reports of a referral somebody may see, once the gate is open for its person.</summary>
internal sealed class ReportSight(Gate gate, ComplianceBook book)
{
    /// <summary>The provider comes in by having accepted, whatever became of the referral consent: reporting is its own act.</summary>
    public Answer<OpenedReferral> Open(Caller caller, Referral referral) =>
        (gate.Decide(caller.Organisation, caller.Kind, referral.Facts, acting: true) ?? gate.DecideTreating(caller.Organisation, caller.Kind, referral.Facts)) is { } disclosure
            ? new OpenedReferral(referral, disclosure)
            : gate.Denied(referral.Facts);

    /// <summary>Those of the reports that the caller may see, in their order.</summary>
    public async Task<IReadOnlyList<SeenReport>> SeeAsync(Caller caller, OpenedReferral opened, IReadOnlyList<ComplianceUpdate> updates, CancellationToken ct)
    {
        var sights = updates.Select(u => (Update: u, Sight: SightOf(caller, opened, u))).Where(s => s.Sight is not null).ToList();
        var (own, others) = (sights.Where(s => IsOwn(caller, s.Update)).Select(s => s.Update).ToList(), sights.Where(s => !IsOwn(caller, s.Update)).Select(s => s.Update));
        // What was retracted is known to those alone who were told of it.
        var told = others.Where(u => u.RetractedAt is not null).Select(u => u.Id.Value).ToList() is { Count: > 0 } retracted ? await gate.ToldAsync(ComplianceBook.ResourceType, retracted, ct) : null;
        var held = own.Count > 0 ? await book.HeldAsync(opened.Referral, own, ct) : null;
        return
        [
            .. sights.Where(s => IsOwn(caller, s.Update) || s.Update.RetractedAt is null || told![s.Update.Id.Value].Contains(caller.Organisation))
                .Select(s => new SeenReport(s.Update, s.Sight!, IsOwn(caller, s.Update) ? held!.Contains(s.Update) : null)),
        ];
    }

    /// <summary>Whether there is any ground on which the caller may see reports, so that it is worth looking for them.</summary>
    public bool MaySeeOthers(Caller caller, OpenedReferral opened)
    {
        var person = opened.Referral.PersonId.Value;
        return caller.Kind.IsCare || gate.IsOpenByLaw(person) || gate.Following(person).Contains(caller.Organisation);
    }

    /// <summary>The way by which the caller came in or, of a provider before, that one's own word; null is "no".</summary>
    Disclosure? SightOf(Caller caller, OpenedReferral opened, ComplianceUpdate update)
    {
        if (IsOwn(caller, update) || opened.Disclosure.Permits(update.ToContent()))
            return opened.Disclosure;
        var treating = gate.DecideTreating(caller.Organisation, caller.Kind, FactsOf(opened, update));
        return treating?.Permits(update.ToContent()) is true ? treating : null;
    }

    /// <summary>Records that a report was shown.</summary>
    public void Record(Caller caller, OpenedReferral opened, SeenReport seen, string action, string operation) =>
        gate.Record(caller, seen.Sight, FactsOf(opened, seen.Update), new(action, operation)
        {
            ResourceType = ComplianceBook.ResourceType,
            ResourceId = seen.Update.Id.ToString(),
            Ground = IsOwn(caller, seen.Update) ? Grounds.Authorship : null,
        });

    public static bool IsOwn(Caller caller, ComplianceUpdate update) => caller.Organisation == update.Provider;

    /// <summary>As of when the report was made: by a provider who had accepted.</summary>
    static ReferralFacts FactsOf(OpenedReferral opened, ComplianceUpdate update) => opened.Referral.Facts with { Provider = update.Provider, Accepted = true };
}
