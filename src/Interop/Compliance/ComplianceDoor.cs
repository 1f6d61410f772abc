using System.Text.Json;
using Interop.Audit;
using Interop.Consent;
using Interop.Contracts;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Http;
using Interop.Referrals;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Compliance;

/// <summary>The way to reports, for the caller of this request: always through the referral and the gate.</summary>
internal sealed class ComplianceDoor(
    Call call, Db db, Engine engine, Gate gate, KnownReferrals known, ReferralBook referrals, ComplianceBook book, ReportSight sight, Trail trail, Together<JointReports, ReportsAsked, ReportsSeen> together)
{
    OpenedReferral? _opened;

    /// <summary>Reports that the caller may see, decided with whatever else is read at this moment and recorded, when this returns.</summary>
    public async Task<Answer<T>> ReadAsync<T>(ReportsWanted wanted, Func<ReportsSeen, T> view, CancellationToken ct)
    {
        var answer = await together.AskAsync(new(call.Caller, wanted), about: wanted.Referral.Value, ct);
        if (answer.Refusal is { } refusal)
            return refusal;
        trail.IsWritten();
        return view(answer.Value!);
    }

    /// <summary>Comes in to change: nobody else changes the referral until this unit of work ends.</summary>
    public async Task<Answer<OpenedReferral>> OpenAsync(Id<Referral> id, CancellationToken ct)
    {
        var answer = await ComeInAsync(id, () => referrals.FindToChangeAsync(id, ct), ct);
        _opened = answer.Value;
        return answer;
    }

    async Task<Answer<OpenedReferral>> ComeInAsync(Id<Referral> id, Func<Task<Referral?>> read, CancellationToken ct)
    {
        if (!(await known.FindAsync(db, engine, [id.Value], ct)).TryGetValue(id.Value, out var found))
            return Refusal.NotFound;
        await gate.OpenAsync([found.Person.Value], ct);
        return await read() is { } referral ? sight.Open(call.Caller, referral) : Refusal.NotFound; // erased
    }

    /// <summary>A report that was acted on: as this unit of work has left it or, of a repeat, as it stands.</summary>
    public async Task<Answer<ComplianceView>> ShowAsync(Id<Referral> id, Id<ComplianceUpdate> uid, string action, string operation, CancellationToken ct)
    {
        var answer = call.IsRepeat ? await ComeInAsync(id, () => referrals.FindAsync(id, ct), ct) : _opened!;
        if (answer.Refusal is { } notFound)
            return notFound;
        var opened = answer.Value!;
        if (await db.ComplianceUpdates.FindAsync([uid], ct) is not { } update || update.ReferralId != id
            || await sight.SeeAsync(call.Caller, opened, [update], ct) is not [var seen])
            return gate.Denied(opened.Referral.PersonId.Value, ComplianceBook.ResourceType, uid.Value);
        sight.Record(call.Caller, opened, seen, call.IsRepeat ? Actions.Read : action, operation);
        return View(seen);
    }

    public ComplianceView View(SeenReport seen) => ComplianceView.Of(seen, call.NoticeLanguage);

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
            done => ShowAsync(id, uid, Actions.Update, operation, ct), ct, viewReads: false);
}
