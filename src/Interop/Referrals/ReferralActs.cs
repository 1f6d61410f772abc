using Interop.Directory;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Referrals;

/// <summary>An appointment as it was made or answered, and the referral that it belongs to.</summary>
internal sealed record ScheduledView(Id<Appointment> Id, Id<Referral> ReferralId, DateTimeOffset At, string Kind, string Status, string? Outcome, int Version, ReferralView Referral) : IVersioned, INoticed
{
    [System.Text.Json.Serialization.JsonIgnore]
    public bool HasNotice => Referral.HasNotice;
}

/// <summary>The acts on referrals, each in the order 404, 412, 422, 409.</summary>
internal static class ReferralActs
{
    /// <summary>Refers a person to treatment. It waits for the person's consent; then the provider sees it.</summary>
    internal static Task<IResult> Create(Call call, ReferralCreation creation, CancellationToken ct) =>
        call.ActAsync(body => creation.CreateAsync(call.Caller, body, ct), done => creation.ShowAsync(new(Guid.Parse(done.Subject)), ct), ct, viewReads: false);

    /// <summary>The provider accepts. Its own identifiers of the person, where given, are linked to the exchange's.</summary>
    internal static Task<IResult> Accept(Id<Referral> id, Call call, ReferralActor actor, PersonRegister persons, CancellationToken ct) =>
        actor.ActAsync(id, actor.MoveOf("referral.accept", Moves.Accept, AcceptanceRequest.Read, _ => new(), ct) with
        {
            Apply = async (referral, request) =>
            {
                await actor.MoveAsync(referral, Moves.Accept, new(), ct);
                await persons.LinkAsync(call.Caller.Organisation, referral.PersonId, request.Identifiers, ct);
            },
            AlsoLock = request => persons.NamedByAsync(call.Caller.Organisation, request.Identifiers, ct),
        }, ct);

    /// <summary>The provider rejects. The referrer learns that, and nothing more unless treatment status is consented.</summary>
    internal static Task<IResult> Reject(Id<Referral> id, ReferralActor actor, CancellationToken ct) =>
        actor.MoveAsync(id, "referral.reject", Moves.Reject, ReasonRequest.Read, r => new() { Reason = r.Reason }, ct);

    /// <summary>Treatment begins.</summary>
    internal static Task<IResult> Admit(Id<Referral> id, ReferralActor actor, CancellationToken ct) =>
        actor.MoveAsync(id, "referral.admit", Moves.Admit, OptionalReasonRequest.Read, r => new() { Reason = r.Reason }, ct);

    /// <summary>Treatment pauses.</summary>
    internal static Task<IResult> Hold(Id<Referral> id, ReferralActor actor, CancellationToken ct) =>
        actor.MoveAsync(id, "referral.hold", Moves.Hold, OptionalReasonRequest.Read, r => new() { Reason = r.Reason }, ct);

    /// <summary>Treatment goes on after a pause.</summary>
    internal static Task<IResult> Resume(Id<Referral> id, ReferralActor actor, CancellationToken ct) =>
        actor.MoveAsync(id, "referral.resume", Moves.Resume, OptionalReasonRequest.Read, r => new() { Reason = r.Reason }, ct);

    /// <summary>Treatment ends: completed, or ended (neutral, unsuccessful). Ends the consents that name it as their end.</summary>
    internal static Task<IResult> Discharge(Id<Referral> id, ReferralActor actor, CancellationToken ct) =>
        actor.ActAsync(id, new Act<DischargeRequest>("referral.discharge", DischargeRequest.Read,
            (referral, request) => actor.MoveAsync(referral, request.Kind == DischargeRequest.Completed ? Moves.Complete : Moves.End, new() { Reason = request.Reason, Discharge = request.Kind }, ct),
            seen => Moves.Complete.Refuse(seen.Status)) { Exclusive = true }, ct);

    /// <summary>The provider asks the referrer to cancel: not the person's non-compliance.</summary>
    internal static Task<IResult> RequestCancellation(Id<Referral> id, ReferralActor actor, CancellationToken ct) =>
        actor.MoveAsync(id, "referral.request-cancellation", Moves.RequestCancellation, ReasonRequest.Read, r => new() { Reason = r.Reason }, ct);

    /// <summary>The provider confirms that it has stopped what was cancelled.</summary>
    internal static Task<IResult> ConfirmCancellation(Id<Referral> id, ReferralActor actor, CancellationToken ct) =>
        actor.MoveAsync(id, "referral.confirm-cancellation", Moves.ConfirmCancellation, OptionalReasonRequest.Read, r => new() { Reason = r.Reason }, ct);

    /// <summary>The referrer cancels.</summary>
    internal static Task<IResult> Cancel(Id<Referral> id, ReferralActor actor, CancellationToken ct) =>
        actor.MoveAsync(id, "referral.cancel", Moves.Cancel, ReasonRequest.Read, r => new() { Reason = r.Reason }, ct);

    /// <summary>The referrer turns to another provider. The person's consent names its provider, so the referral waits for a new one.</summary>
    internal static Task<IResult> Reassign(Id<Referral> id, ReferralActor actor, Organisations organisations, SendReferralsOnConsent sending, CancellationToken ct) =>
        actor.ActAsync(id, new Act<ReassignmentRequest>("referral.reassign", ReassignmentRequest.Read,
            async (referral, request) =>
            {
                await actor.MoveAsync(referral, Moves.Reassign, new() { Reason = request.Reason }, ct);
                (referral.Provider, referral.Accepted, referral.CancellationConfirmed) = (request.ProviderId, false, false);
                await actor.SaveAsync(ct);
                await sending.SendIfConsentedAsync(referral.Id, ct);
            },
            seen => Moves.Reassign.Refuse(seen.Status))
        {
            Check = async (referral, request) =>
                await ReferralCreation.CheckProviderAsync(organisations, request.ProviderId, ct) is { } fault ? Refusal.Invalid(fault)
                : request.ProviderId == referral.Provider ? Refusal.Invalid(new Fault("providerId", "provider.same"))
                : null,
        }, ct);

    /// <summary>The provider makes an appointment; the first one schedules the referral.</summary>
    internal static Task<IResult> Schedule(Id<Referral> id, ReferralActor actor, Db db, Work work, CancellationToken ct) =>
        actor.ActAsync(id, actor.MoveOf("referral.schedule", Moves.ScheduleAgain, AppointmentRequest.Read, _ => new(), ct),
            async (referral, request) =>
            {
                var appointment = new Appointment
                {
                    Id = Id<Appointment>.New(work.Now),
                    ReferralId = id,
                    Provider = referral.Provider,
                    At = request.At,
                    Kind = request.Kind,
                    CreatedAt = work.Now,
                };
                db.Appointments.Add(appointment);
                await actor.SaveAsync(ct);
                await actor.MoveAsync(referral, referral.Status == Statuses.Accepted ? Moves.Schedule : Moves.ScheduleAgain, new() { Appointment = appointment.Id }, ct);
                return new Done(201, appointment.Id.ToString(), $"/v1/referrals/{id}/appointments/{appointment.Id}");
            },
            done => actor.ShowAppointmentAsync(id, new(Guid.Parse(done.Subject)), "referral.schedule", ct), ct);

    /// <summary>What came of an appointment. A no-show is not a violation until the court says so.</summary>
    internal static Task<IResult> RecordOutcome(Id<Referral> id, Id<Appointment> aid, ReferralActor actor, Db db, Work work, CancellationToken ct)
    {
        Appointment? appointment = null;
        return actor.ActAsync(id, actor.MoveOf("appointment.outcome", Moves.Miss, OutcomeRequest.Read, _ => new(), ct) with
        {
            Exists = async referral =>
                (appointment = await db.Appointments.SingleOrDefaultAsync(a => a.Id == aid && a.ReferralId == id && a.Provider == referral.Provider, ct)) is not null,
            Refuse = seen => Moves.Miss.Refuse(seen.Status)
                ?? (appointment!.Outcome is { } outcome ? Refusal.Conflict("", "appointment.answered", outcome) : null),
        },
        async (referral, request) =>
        {
            (appointment!.Outcome, appointment.OutcomeAt) = (request.Outcome, work.Now);
            var move = request.Outcome == OutcomeRequest.Missed ? Moves.Miss : Moves.RecordOutcome;
            await actor.MoveAsync(referral, move, new() { Appointment = aid, OccurredAt = appointment.At, Reason = request.Outcome }, ct);
            return new Done(200, aid.ToString());
        },
        _ => actor.ShowAppointmentAsync(id, aid, "appointment.outcome", ct), ct);
    }
}
