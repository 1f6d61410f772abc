using System.Text.Json;
using Interop.Audit;
using Interop.Consent;
using Interop.Contracts;
using Interop.Platform;
using Interop.Platform.Http;
using Interop.Referrals;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Compliance;

/// <summary>A referral, its person's lock held, and what the caller may be told of its reports.</summary>
internal sealed record OpenedReferral(Referral Referral, Disclosure Disclosure);

/// <summary>The way to reports, for the caller of this request: always through the referral and the gate.</summary>
internal sealed class ComplianceDoor(Call call, Db db, Gate gate, ReferralBook referrals, ComplianceBook book)
{
    /// <summary>The provider opens by having accepted, whatever became of the referral consent: reporting is its own act.</summary>
    /// <param name="toChange">Nobody else changes the referral until this unit of work ends. Else it is read as it stands under the lock: readers do not wait for each other.</param>
    public async Task<Answer<OpenedReferral>> OpenAsync(Id<Referral> id, CancellationToken ct, bool toChange = false)
    {
        if (await referrals.FindAsync(id, ct) is not { } found)
            return Refusal.NotFound;
        await gate.OpenAsync([found.PersonId.Value], ct);
        if ((toChange ? await referrals.TakeAsync(id, ct) : await referrals.FindAsync(id, ct)) is not { } referral)
            return Refusal.NotFound; // erased meanwhile
        return (gate.Decide(call.Caller.Organisation, call.Caller.Kind, referral.Facts, acting: true) ?? gate.DecideTreating(call.Caller.Organisation, call.Caller.Kind, referral.Facts)) is { } disclosure
            ? new OpenedReferral(referral, disclosure)
            : gate.Denied(referral.Facts);
    }

    /// <summary>By what the caller may see this report: the way by which it came in or, of a provider before, that one's own word; null is "no".</summary>
    public async Task<Disclosure?> SightOfAsync(OpenedReferral opened, ComplianceUpdate update, CancellationToken ct)
    {
        if (call.Caller.Organisation == update.Provider)
            return opened.Disclosure;
        var disclosure = opened.Disclosure.Permits(update.ToContent()) ? opened.Disclosure : gate.DecideTreating(call.Caller.Organisation, call.Caller.Kind, FactsOf(opened, update));
        return disclosure?.Permits(update.ToContent()) is true
            && (update.RetractedAt is null || (await gate.ToldAsync(ComplianceBook.ResourceType, update.Id.Value, ct)).Contains(call.Caller.Organisation))
            ? disclosure
            : null;
    }

    public async Task<IReadOnlyList<ComplianceView>> ViewAsync(OpenedReferral opened, IReadOnlyList<(ComplianceUpdate Update, Disclosure Sight)> page, string operation, CancellationToken ct)
    {
        gate.Record(call.Caller, opened.Disclosure, opened.Referral.Facts, new(Actions.Query, operation));
        var views = new List<ComplianceView>();
        foreach (var (update, sight) in page)
        {
            if (call.Caller.Organisation != update.Provider)
                gate.Record(call.Caller, sight, FactsOf(opened, update), Told(update, Actions.Read, operation));
            views.Add(await ViewAsync(opened, update, sight, ct));
        }
        return views;
    }

    /// <summary>As of when the report was made: by a provider who had accepted.</summary>
    static ReferralFacts FactsOf(OpenedReferral opened, ComplianceUpdate update) => opened.Referral.Facts with { Provider = update.Provider, Accepted = true };

    public async Task<Answer<ComplianceView>> ShowAsync(Id<Referral> id, Id<ComplianceUpdate> uid, string action, string operation, bool acting, CancellationToken ct)
    {
        var answer = await OpenAsync(id, ct);
        if (answer.Refusal is { } notFound)
            return notFound;
        var opened = answer.Value!;
        if (await db.ComplianceUpdates.AsNoTracking().SingleOrDefaultAsync(u => u.Id == uid && u.ReferralId == id, ct) is not { } update || await SightOfAsync(opened, update, ct) is not { } sight)
            return gate.Denied(opened.Referral.PersonId.Value, ComplianceBook.ResourceType, uid.Value);
        gate.Record(call.Caller, sight, FactsOf(opened, update), Told(update, acting && call.IsRepeat ? Actions.Read : action, operation));
        return await ViewAsync(opened, update, sight, ct);
    }

    public Task<IResult> AmendAsync(Id<Referral> id, Id<ComplianceUpdate> uid, string operation, ComplianceChange change, Func<JsonElement, ComplianceUpdate, Refusal?> amend, CancellationToken ct) =>
        call.ActAsync(
            async body =>
            {
                var opened = await OpenAsync(id, ct, toChange: true);
                if (opened.Refusal is { } notFound)
                    return notFound;
                var referral = opened.Value!.Referral;
                if (await db.ComplianceUpdates.SingleOrDefaultAsync(u => u.Id == uid && u.ReferralId == id && u.Provider == call.Caller.Organisation, ct) is not { } update)
                    return Refusal.NotFound.Of(referral.PersonId.Value, ComplianceBook.ResourceType, uid.Value);
                if (call.CheckVersion(update.Version) is { } stale)
                    return stale;
                var retracted = update.RetractedAt;
                if (amend(body, update) is { } refusal)
                    return refusal;
                if (retracted is not null)
                    return Refusal.Conflict("", "compliance.retracted");
                await book.AmendAsync(referral, update, change, ct);
                return new Done(200, uid.ToString());
            },
            done => ShowAsync(id, uid, Actions.Update, operation, acting: true, ct), ct);

    async Task<ComplianceView> ViewAsync(OpenedReferral opened, ComplianceUpdate update, Disclosure sight, CancellationToken ct) =>
        ComplianceView.Of(sight, update,
            call.Caller.Organisation == update.Provider ? await book.IsHeldAsync(opened.Referral, update, ct) : null, call.NoticeLanguage);

    Record Told(ComplianceUpdate update, string action, string operation) => new(action, operation)
    {
        ResourceType = ComplianceBook.ResourceType,
        ResourceId = update.Id.ToString(),
        Ground = call.Caller.Organisation == update.Provider ? Grounds.Authorship : null,
    };
}
