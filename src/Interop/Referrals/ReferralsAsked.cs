using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Engines;

namespace Interop.Referrals;

/// <summary>What of a referral never changes: whom it concerns, and in which matter.</summary>
internal sealed record KnownReferral(Id<Referral> Id, Id<Person> Person, Id<Matter> Matter)
{
    public static KnownReferral Of(Referral r) => new(r.Id, r.PersonId, r.MatterId);
}

/// <summary>Referrals that this process has read: their locks need not be looked up.</summary>
internal sealed class KnownReferrals() : Recent<Guid, KnownReferral>(50_000)
{
    /// <summary>Those of these that are or were there; the ones not seen before are looked up, within a transaction.</summary>
    public async Task<Dictionary<Guid, KnownReferral>> FindAsync(Db db, Engine engine, IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var of = ids.Select(Find).OfType<KnownReferral>().ToDictionary(r => r.Id.Value);
        if (ids.Where(id => !of.ContainsKey(id)).ToList() is not { Count: > 0 } others)
            return of;
        var select = new Select<Referral>("id", others);
        await engine.SelectAsync(db, [select], ct);
        foreach (var referral in select.Rows)
            Add(referral.Id.Value, of[referral.Id.Value] = KnownReferral.Of(referral));
        return of;
    }
}

/// <summary>Asks for referrals, and all that views of them are built from, on the way of something else that is asked.</summary>
internal sealed class ReferralsAsked
{
    readonly Select<Referral> _referrals;
    readonly Select<ReferralEntry> _entries;
    readonly Select<Appointment> _appointments;
    readonly Select<ReferralTimer> _timers;
    readonly Select<Matter> _matters;
    readonly Select<Person> _persons;
    readonly Select<PersonIdentifier> _identifiers;

    public ReferralsAsked(IReadOnlyCollection<KnownReferral> known)
    {
        Guid[] of = [.. known.Select(r => r.Id.Value)], whom = [.. known.Select(r => r.Person.Value).Distinct()];
        (_referrals, _entries, _appointments, _timers) = (new("id", of), new("referral_id", of), new("referral_id", of), new("referral_id", of));
        (_matters, _persons, _identifiers) = (new("id", [.. known.Select(r => r.Matter.Value).Distinct()]), new("id", whom), new("person_id", whom));
    }

    public IReadOnlyList<Select> Selects => [_referrals, _entries, _appointments, _timers, _matters, _persons, _identifiers];

    /// <summary>Those that are there, the newest first.</summary>
    /// <param name="open">Persons of whom alone they are wanted: of others, whose locks were not had, the rows may not fit together.</param>
    public IReadOnlyList<ReferralRecord> Found(IReadOnlySet<Guid>? open = null)
    {
        var (entries, appointments, timers) = (_entries.Rows.ToLookup(e => e.ReferralId), _appointments.Rows.ToLookup(a => a.ReferralId), _timers.Rows.ToLookup(t => t.ReferralId));
        var (matters, persons, identifiers) = (_matters.Rows.ToDictionary(m => m.Id), _persons.Rows.ToDictionary(p => p.Id), _identifiers.Rows.ToLookup(i => i.PersonId));
        return [.. _referrals.Rows.Where(r => open?.Contains(r.PersonId.Value) is not false).OrderByDescending(r => r.Id.Value).Select(r => new ReferralRecord(
            r, [.. entries[r.Id]], [.. appointments[r.Id]], [.. timers[r.Id]], matters[r.MatterId], persons[r.PersonId], [.. identifiers[r.PersonId]]))];
    }
}
