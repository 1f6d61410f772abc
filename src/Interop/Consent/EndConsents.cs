using System.Text.Json;
using Interop.Contracts;
using Interop.Matters;
using Interop.Platform;
using Interop.Platform.Events;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent;

/// <summary>
/// Final disposition ends every justice consent of the matter, and any consent that names it as its end, from the instant at which
/// it is recorded: what was disclosed before was disclosed on what was known by then (P7), whatever date the court gives.
/// </summary>
internal sealed class EndConsentsOnFinalDisposition(Db db, Work work, Gate gate, ConsentRegister register) : IReaction
{
    public bool IsTo(RecordedEvent e) => e.Type == EventTypes.MatterDisposed;

    public async Task ReactAsync(RecordedEvent e, CancellationToken ct)
    {
        var id = new Id<Matters.Matter>(JsonElement.Parse(e.Data).GetProperty("matterId").GetGuid());
        var matter = await db.Matters.SingleAsync(m => m.Id == id, ct);
        var persons = await db.MatterPersons.Where(p => p.MatterId == id).Select(p => p.PersonId).ToListAsync(ct);
        await gate.OpenAsync(persons.Select(p => p.Value), ct, exclusive: true);
        foreach (var consent in persons.SelectMany(p => gate.Consents(p.Value)).Where(c => Ends(c, matter) && !(c.Until <= work.Now)).ToList())
            await register.EndAsync(consent, work.Now, UntilEvents.FinalDisposition, null, ct);
    }

    static bool Ends(ConsentGiven c, Matters.Matter matter) =>
        c.MatterId == matter.Id
            ? c.Kind == Kinds.JusticeMonitoring || c.UntilEvent == UntilEvents.FinalDisposition
            : c.MatterId is null && c.UntilEvent == UntilEvents.FinalDisposition && c.Discloser == matter.Organisation;
}

/// <summary>
/// The end of supervision ends the consents that name it as their end: those of the matter, and those of the person that name no
/// matter, since whoever signed them knew of one supervision.
/// </summary>
internal sealed class EndConsentsAtEndOfSupervision(Db db, Work work, Gate gate, ConsentRegister register) : IReaction
{
    public bool IsTo(RecordedEvent e) => e.Type == EventTypes.MatterSupervisionEnded;

    public async Task ReactAsync(RecordedEvent e, CancellationToken ct)
    {
        var id = new Id<Matters.Matter>(JsonElement.Parse(e.Data).GetProperty("matterId").GetGuid());
        var persons = await db.MatterPersons.Where(p => p.MatterId == id).Select(p => p.PersonId).ToListAsync(ct);
        await gate.OpenAsync(persons.Select(p => p.Value), ct, exclusive: true);
        var ended = persons.SelectMany(p => gate.Consents(p.Value)).Where(c => c.UntilEvent == UntilEvents.EndOfSupervision && (c.MatterId is null || c.MatterId == id) && !(c.Until <= work.Now));
        foreach (var consent in ended.ToList())
            await register.EndAsync(consent, work.Now, UntilEvents.EndOfSupervision, null, ct);
    }

    /// <summary>Whether the supervision that the consent is about has ended.</summary>
    public static async Task<bool> HasEndedAsync(Db db, ConsentGiven consent, CancellationToken ct)
    {
        var matters = consent.MatterId is { } matter ? [matter] : await db.MatterPersons.Where(p => p.PersonId == consent.PersonId).Select(p => p.MatterId).ToListAsync(ct);
        return await db.Matters.AnyAsync(m => matters.Contains(m.Id) && m.SupervisionEndedAt != null, ct);
    }
}

/// <summary>The end of treatment ends the consents that name it as their end.</summary>
internal sealed class EndConsentsAtEndOfTreatment(Work work, Gate gate, ConsentRegister register) : IReaction
{
    static readonly string[] s_ends = [EventTypes.ReferralCompleted, EventTypes.ReferralEnded];

    public bool IsTo(RecordedEvent e) => s_ends.Contains(e.Type);

    public async Task ReactAsync(RecordedEvent e, CancellationToken ct)
    {
        var facts = Gate.Read(e.Facts!).Referral;
        await gate.OpenAsync([facts.Person], ct, exclusive: true);
        foreach (var consent in gate.Consents(facts.Person).Where(c => c.UntilEvent == UntilEvents.EndOfTreatment && Concerns(facts, c)).ToList())
            await register.EndAsync(consent, work.Now, UntilEvents.EndOfTreatment, null, ct);
    }

    /// <summary>Whether the treatment that the consent is about has ended since it was given.</summary>
    public static async Task<bool> HasEndedAsync(Db db, ConsentGiven consent, CancellationToken ct)
    {
        var ends = await db.RecordedEvents.AsNoTracking().Where(e => e.PersonId == consent.PersonId.Value && s_ends.Contains(e.Type) && e.At >= consent.CreatedAt).ToListAsync(ct);
        return ends.Any(e => Concerns(Gate.Read(e.Facts!).Referral, consent));
    }

    static bool Concerns(ReferralFacts facts, ConsentGiven c) =>
        (c.MatterId is null || c.MatterId.Value.Value == facts.Matter) && (c.Discloser == facts.Provider || c.Recipients.Contains(facts.Provider));
}
