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
    public async Task<Answer<OpenedReferral>> OpenAsync(Id<Referral> id, CancellationToken ct)
    {
        if (await referrals.FindAsync(id, ct) is not { } found)
            return Refusal.NotFound;
        await gate.OpenAsync([found.PersonId.Value], ct);
        var referral = await referrals.TakeAsync(id, ct);
        return gate.Decide(call.Caller.Organisation, call.Caller.Kind, referral.Facts, acting: true) is { } disclosure
            ? new OpenedReferral(referral, disclosure)
            : Refusal.NotFound.Of(found.PersonId.Value, "Referral", id.Value);
    }

    public async Task<bool> MaySeeAsync(OpenedReferral opened, ComplianceUpdate update, CancellationToken ct) =>
        call.Caller.Organisation == update.Provider
        || (opened.Disclosure.Permits(update.ToContent())
            && (update.RetractedAt is null || (await gate.ToldAsync(ComplianceBook.ResourceType, update.Id.Value, ct)).Contains(call.Caller.Organisation)));

    public async Task<IReadOnlyList<ComplianceView>> ViewAsync(OpenedReferral opened, IReadOnlyList<ComplianceUpdate> page, string operation, CancellationToken ct)
    {
        gate.Record(call.Caller, opened.Disclosure, opened.Referral.Facts, new(Actions.Query, operation));
        var views = new List<ComplianceView>();
        foreach (var update in page)
        {
            if (call.Caller.Organisation != update.Provider)
                gate.Record(call.Caller, opened.Disclosure, opened.Referral.Facts, Told(update, Actions.Read, operation));
            views.Add(await ViewAsync(opened, update, ct));
        }
        return views;
    }

    public async Task<Answer<ComplianceView>> ShowAsync(Id<Referral> id, Id<ComplianceUpdate> uid, string action, string operation, bool acting, CancellationToken ct)
    {
        var answer = await OpenAsync(id, ct);
        if (answer.Refusal is { } notFound)
            return notFound;
        var opened = answer.Value!;
        if (await db.ComplianceUpdates.AsNoTracking().SingleOrDefaultAsync(u => u.Id == uid && u.ReferralId == id, ct) is not { } update || !await MaySeeAsync(opened, update, ct))
            return Refusal.NotFound.Of(opened.Referral.PersonId.Value, ComplianceBook.ResourceType, uid.Value);
        gate.Record(call.Caller, opened.Disclosure, opened.Referral.Facts, Told(update, acting && call.IsRepeat ? Actions.Read : action, operation));
        return await ViewAsync(opened, update, ct);
    }

    public Task<IResult> AmendAsync(Id<Referral> id, Id<ComplianceUpdate> uid, string operation, ComplianceChange change, Func<JsonElement, ComplianceUpdate, Refusal?> amend, CancellationToken ct) =>
        call.ActAsync(
            async body =>
            {
                var opened = await OpenAsync(id, ct);
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

    async Task<ComplianceView> ViewAsync(OpenedReferral opened, ComplianceUpdate update, CancellationToken ct) =>
        ComplianceView.Of(opened.Disclosure, update,
            call.Caller.Organisation == update.Provider ? await book.IsHeldAsync(opened.Referral, update, ct) : null, call.NoticeLanguage);

    Record Told(ComplianceUpdate update, string action, string operation) => new(action, operation)
    {
        ResourceType = ComplianceBook.ResourceType,
        ResourceId = update.Id.ToString(),
        Ground = call.Caller.Organisation == update.Provider ? Grounds.Authorship : null,
    };
}
