using Interop.Audit;
using Interop.Consent;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Interop.Referrals;

internal static class ReferralsApi
{
    public static void MapReferrals(this IEndpointRouteBuilder routes)
    {
        var referrals = routes.MapGroup("/v1/referrals").WithTags("Referrals");
        Func<OrganisationKind, bool> justice = kind => kind.IsJustice, care = kind => kind.IsCare, party = kind => kind.IsJustice || kind.IsCare;
        const string read = Scopes.ReferralsRead, write = Scopes.ReferralsWrite;

        referrals.MapPost("/", ReferralActs.Create).Does("referral.create", Actions.Create, write, justice).Takes<ReferralRequest>().Gives<ReferralView>(201, 409, 413, 422);
        referrals.MapGet("/", ReferralReads.List).Does("referral.list", Actions.Query, read, party).Gives<Page<ReferralView>>(200)
            .Asks("status", "As the caller sees it.", codes: Statuses.All)
            .Asks("matter", "A matter's number or id.")
            .Asks("intercept", "The point at which the person was referred.", codes: Intercepts.Codes)
            .Asks("person", "The person's id.", "uuid")
            .Asks("updatedSince", "Changed, as far as the caller can see, at this instant or later.", "date-time")
            .Pages();
        referrals.MapGet("/{id}", ReferralReads.Read).Does("referral.read", Actions.Read, read, party).Gives<ReferralView>(200, 404);
        referrals.MapGet("/{id}/history", ReferralReads.History).Does("referral.history", Actions.Read, read, party).Gives<NoticedPage<EntryView>>(200, 404);
        referrals.MapGet("/{id}/appointments", ReferralReads.Appointments).Does("appointment.list", Actions.Read, read, party).Gives<NoticedPage<AppointmentView>>(200, 404);

        referrals.MapPost("/{id}/acceptance", ReferralActs.Accept).Does("referral.accept", Actions.Update, write, care).Takes<AcceptanceRequest>().Acts();
        referrals.MapPost("/{id}/rejection", ReferralActs.Reject).Does("referral.reject", Actions.Update, write, care).Takes<ReasonRequest>().Acts();
        referrals.MapPost("/{id}/appointments", ReferralActs.Schedule).Does("referral.schedule", Actions.Create, write, care).Takes<AppointmentRequest>().Gives<ScheduledView>(201, 404, 409, 412, 422);
        referrals.MapPost("/{id}/appointments/{aid}/outcome", ReferralActs.RecordOutcome).Does("appointment.outcome", Actions.Update, write, care).Takes<OutcomeRequest>().Gives<ScheduledView>(200, 404, 409, 412, 422);
        referrals.MapPost("/{id}/admission", ReferralActs.Admit).Does("referral.admit", Actions.Update, write, care).Takes<OptionalReasonRequest>().Acts();
        referrals.MapPost("/{id}/hold", ReferralActs.Hold).Does("referral.hold", Actions.Update, write, care).Takes<OptionalReasonRequest>().Acts();
        referrals.MapPost("/{id}/resumption", ReferralActs.Resume).Does("referral.resume", Actions.Update, write, care).Takes<OptionalReasonRequest>().Acts();
        referrals.MapPost("/{id}/discharge", ReferralActs.Discharge).Does("referral.discharge", Actions.Update, write, care).Takes<DischargeRequest>().Acts();
        referrals.MapPost("/{id}/cancellation-request", ReferralActs.RequestCancellation).Does("referral.request-cancellation", Actions.Update, write, care).Takes<ReasonRequest>().Acts();
        referrals.MapPost("/{id}/cancellation-confirmation", ReferralActs.ConfirmCancellation).Does("referral.confirm-cancellation", Actions.Update, write, care).Takes<OptionalReasonRequest>().Acts();

        referrals.MapPost("/{id}/cancellation", ReferralActs.Cancel).Does("referral.cancel", Actions.Update, write, justice).Takes<ReasonRequest>().Acts();
        referrals.MapPost("/{id}/reassignment", ReferralActs.Reassign).Does("referral.reassign", Actions.Update, write, justice).Takes<ReassignmentRequest>().Acts();
    }

    static void Acts(this RouteHandlerBuilder route) => route.Gives<ReferralView>(200, 404, 409, 412, 422);
}
