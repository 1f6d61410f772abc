using Interop.Consent;
using Interop.Contracts;
using Interop.Directory;
using Interop.Platform;
using Interop.Platform.Events;
using Interop.Referrals;
using Microsoft.EntityFrameworkCore;

namespace Interop.Compliance;

/// <summary>Records reports and what becomes of them, and tells those who may be told.</summary>
internal sealed class ComplianceBook(Db db, Work work, Gate gate, EventLog events, Organisations organisations)
{
    public const string ResourceType = "ComplianceUpdate";

    /// <summary>Keeps the version; where the report is new, tells whom a consent in force names.</summary>
    public async Task ReportAsync(Referral referral, ComplianceUpdate update, CancellationToken ct)
    {
        db.ComplianceUpdates.Add(update);
        Keep(update);
        await ReleaseAsync(referral, update, await AudienceAsync(referral, update.Provider, ct), [], ct);
    }

    /// <summary>Whom a report of this provider may concern: whoever a consent names that has not ended, and the referrer. Where the law opens something, also whoever was named once.</summary>
    public async Task<IReadOnlyList<string>> AudienceAsync(Referral referral, string provider, CancellationToken ct)
    {
        var person = referral.PersonId.Value;
        var treating = gate.Treating(person, provider);
        return [.. (await JusticeAsync(referral, ct)).Union(gate.IsOpenByLaw(person) ? treating.Union(await gate.TreatingAsync(person, provider, ct)) : treating)];
    }

    /// <summary>
    /// Tells of a report those justice organisations, and providers who treat the person, that may know of it now and were not told.
    /// Nobody, where its category is not consented: then it is held, and not even counted.
    /// </summary>
    /// <param name="audience">Among whom; <see cref="AudienceAsync"/>.</param>
    /// <param name="told">Who was told.</param>
    public async Task ReleaseAsync(Referral referral, ComplianceUpdate update, IReadOnlyList<string> audience, IEnumerable<string> told, CancellationToken ct)
    {
        var now = new List<string>();
        foreach (var organisation in audience.Except(told))
            if (await MaySeeAsync(organisation, referral, update, ct))
                now.Add(organisation);
        if (now.Count == 0)
            return;
        db.ComplianceTold.AddRange(now.Select(o => new ComplianceTold { UpdateId = update.Id, Organisation = o, At = work.Now }));
        await RecordAsync(referral, update, update.ToContent() with { Only = now }, ComplianceChange.Reported, now, ct);
    }

    /// <summary>
    /// Tells of a correction or retraction whoever was told of the report: those who may still see it, and those who did see it,
    /// even where the consent has ended. The message is the report's id and that it was wrong, no value.
    /// </summary>
    public async Task AmendAsync(Referral referral, ComplianceUpdate update, ComplianceChange change, CancellationToken ct)
    {
        update.Version++;
        update.UpdatedAt = work.Now;
        Keep(update);
        var told = await db.ComplianceTold.AsNoTracking().Where(t => t.UpdateId == update.Id).Select(t => t.Organisation).ToListAsync(ct);
        var saw = (await gate.ToldAsync(ResourceType, [update.Id.Value], ct))[update.Id.Value].ToList();
        var recipients = new List<string>();
        foreach (var organisation in told.Union(saw).Where(o => o != update.Provider))
            if (saw.Contains(organisation) || await MaySeeAsync(organisation, referral, update, ct))
                recipients.Add(organisation);
        if (recipients.Count > 0)
            await RecordAsync(referral, update, new(ContentKind.Notice, update.Provider, update.Provider, Only: recipients), change, recipients, ct);
    }

    /// <summary>Those of a referral's reports that no justice organisation may see now.</summary>
    public async Task<IReadOnlySet<ComplianceUpdate>> HeldAsync(Referral referral, IEnumerable<ComplianceUpdate> updates, CancellationToken ct)
    {
        var held = updates.ToHashSet();
        foreach (var organisation in await JusticeAsync(referral, ct))
            foreach (var update in held.ToList())
                if (await MaySeeAsync(organisation, referral, update, ct))
                    held.Remove(update);
        return held;
    }

    async Task<IEnumerable<string>> JusticeAsync(Referral referral, CancellationToken ct)
    {
        var (person, matter) = (referral.PersonId.Value, referral.MatterId.Value);
        var following = gate.Following(person, matter).Append(referral.Referrer);
        return gate.IsOpenByLaw(person) ? following.Union(await gate.NamedAsync(person, matter, ct)) : following.Distinct();
    }

    async Task<bool> MaySeeAsync(string organisation, Referral referral, ComplianceUpdate update, CancellationToken ct) =>
        await organisations.KindAsync(organisation, ct) is { } kind
        && (kind.IsJustice
            ? gate.Decide(organisation, kind, referral.Facts with { Provider = update.Provider })
            : gate.DecideTreating(organisation, kind, referral.Facts with { Provider = update.Provider, Accepted = true }))?.Permits(update.ToContent()) is true;

    Task RecordAsync(Referral referral, ComplianceUpdate update, Content content, ComplianceChange change, IReadOnlyList<string> audience, CancellationToken ct) =>
        events.RecordAsync(EventTypes.ComplianceReported, $"referrals/{referral.Id}", ++referral.Events, referral.PersonId.Value, audience,
            Gate.Write(referral.Facts with { Provider = update.Provider }, content, (ResourceType, update.Id.Value)),
            new ComplianceEventData(referral.Id.Value, update.Id.Value, change, $"/v1/referrals/{referral.Id}/compliance-updates/{update.Id}"), ct);

    void Keep(ComplianceUpdate u) => db.ComplianceVersions.Add(new()
    {
        UpdateId = u.Id,
        Version = u.Version,
        RecordedAt = work.Now,
        OccurredAt = u.OccurredAt,
        Value = u.Value,
        Summary = u.Summary,
        RetractedAt = u.RetractedAt,
        Reason = u.Reason,
    });
}

/// <summary>A consent that covers a held report releases it.</summary>
internal sealed class ReleaseHeldReportsOnConsent(Db db, Gate gate, ReferralBook referrals, ComplianceBook book) : IReaction
{
    public bool IsTo(RecordedEvent e) => e.Type == EventTypes.ConsentGranted;

    public async Task ReactAsync(RecordedEvent e, CancellationToken ct)
    {
        var person = new Id<Persons.Person>(e.PersonId!.Value);
        // Nothing is read for each report, and nothing of those of which all were told whom a consent names: this is done while nobody else has the person.
        var updates = await UntoldAsync(person, ct);
        var ids = updates.Select(u => u.Id).ToList();
        var told = (await db.ComplianceTold.AsNoTracking().Where(t => ids.Contains(t.UpdateId)).ToListAsync(ct)).ToLookup(t => t.UpdateId, t => t.Organisation);
        var audiences = new Dictionary<(Id<Referral>, string), (Referral Referral, IReadOnlyList<string> Audience)>();
        foreach (var update in updates.OrderBy(u => u.Id.Value))
        {
            if (!audiences.TryGetValue((update.ReferralId, update.Provider), out var of))
            {
                var referral = await referrals.TakeAsync(update.ReferralId, ct);
                audiences[(update.ReferralId, update.Provider)] = of = (referral, await book.AudienceAsync(referral, update.Provider, ct));
            }
            await book.ReleaseAsync(of.Referral, update, of.Audience, told[update.Id], ct);
        }
    }

    async Task<IReadOnlyList<ComplianceUpdate>> UntoldAsync(Id<Persons.Person> person, CancellationToken ct)
    {
        var updates = db.ComplianceUpdates.AsNoTracking().Where(u => u.PersonId == person && u.RetractedAt == null);
        if (!gate.IsOpenByLaw(person.Value))
        {
            string[] named = [.. gate.Following(person.Value).Union(gate.Treating(person.Value))];
            if (named.Length == 0)
                return [];
            var told = db.ComplianceTold;
            updates = updates.Where(u => told.Count(t => t.UpdateId == u.Id && named.Contains(t.Organisation)) < named.Length);
        }
        return await updates.ToListAsync(ct);
    }
}
