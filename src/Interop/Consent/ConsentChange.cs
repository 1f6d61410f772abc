using Interop.Audit;
using Interop.Matters;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent;

/// <summary>
/// How a party changes a consent, through whichever door: the person's lock (P3), see it (404), hold If-Match against it (412), the
/// body (422), what its state allows (409).
/// </summary>
internal sealed class ConsentChange(Call call, Db db, Work work, Gate gate, ConsentRegister register, Trail trail)
{
    /// <param name="check">What is wrong with what is asked for.</param>
    /// <param name="change">The change; null once it is done.</param>
    public async Task<Refusal?> ChangeAsync(
        Id<ConsentGiven> id, string operation, bool versionRequired, Func<ConsentGiven, Task<Refusal?>> check, Func<ConsentGiven, Task<Refusal?>> change, CancellationToken ct)
    {
        if (await gate.OpenOfAsync(id, ct) is not { } consent)
            return Refusal.NotFound;
        if (!ConsentView.IsParty(call.Caller, consent))
            return Refusal.NotFound.Of(consent.PersonId.Value, "Consent", id.Value);
        if (call.CheckVersion(consent.Version, versionRequired) is { } stale)
            return stale;
        if (await check(consent) is { } invalid)
            return invalid;
        var refusal = await change(consent);
        if (refusal is null)
            trail.Write(call.Caller, Told(consent, Actions.Update, operation));
        return refusal;
    }

    /// <summary>Once this is committed no disclosure that relied on the consent is made.</summary>
    public async Task<Refusal?> RevokeAsync(ConsentGiven consent, string? reason, CancellationToken ct)
    {
        if (consent.EndedAt is not null || consent.Until <= work.Now)
            return Refusal.Conflict("", "consent.already-ended");
        if (await NotYetRevocableAsync(consent, work.Now, ct) is { } notYet)
            return notYet;
        await register.EndAsync(consent, work.Now, ConsentEnds.Revoked, reason, ct);
        return null;
    }

    /// <summary>42 CFR 2.35(c): revocable from a stated time or event, whichever comes first.</summary>
    async Task<Refusal?> NotYetRevocableAsync(ConsentGiven consent, DateTimeOffset now, CancellationToken ct)
    {
        if (consent.Revocable is not { } revocable || revocable.From <= now)
            return null;
        if (revocable.Event == UntilEvents.FinalDisposition
            && await db.Matters.AnyAsync(m => m.Id == consent.MatterId && m.DisposedAt != null && m.DisposedAt <= now, ct))
            return null;
        if (revocable.Event == UntilEvents.EndOfTreatment && await EndConsentsAtEndOfTreatment.HasEndedAsync(db, consent, ct))
            return null;
        if (revocable.Event == UntilEvents.EndOfSupervision && await EndConsentsAtEndOfSupervision.HasEndedAsync(db, consent, ct))
            return null;
        return (revocable.From, revocable.Event) switch
        {
            ({ } from, { } e) => Refusal.Conflict("", "consent.not-revocable-until-either", Iso(from), e),
            ({ } from, null) => Refusal.Conflict("", "consent.not-revocable-until", Iso(from)),
            (_, var e) => Refusal.Conflict("", "consent.not-revocable-until-event", e!),
        };
    }

    static string Iso(DateTimeOffset t) => t.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    public static Record Told(ConsentGiven c, string action, string operation) => new(action, operation)
    {
        Person = c.PersonId.Value,
        ResourceType = "Consent",
        ResourceId = c.Id.ToString(),
        Consents = [new(c.Id.Value, c.Version)],
    };
}
