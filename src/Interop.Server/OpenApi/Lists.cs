using Interop.Compliance;
using Interop.Consent;
using Interop.Consent.WithoutConsent;
using Interop.Contracts;
using Interop.Delivery;
using Interop.Directory;
using Interop.Identity;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;
using Interop.Referrals;
using Interop.Audit;

namespace Interop.Server.OpenApi;

/// <summary>What the types do not say: which members are of a closed list, and which of a request may be left out.</summary>
internal static class Lists
{
    static readonly Dictionary<(Type, string), IReadOnlyCollection<string>> s_codes = new()
    {
        [(typeof(PersonInput), nameof(PersonInput.Sex))] = Vocabulary.Sexes,
        [(typeof(PersonPatch), nameof(PersonPatch.Sex))] = Vocabulary.Sexes,
        [(typeof(PersonView), nameof(PersonView.Sex))] = Vocabulary.Sexes,
        [(typeof(PersonRecordView), nameof(PersonRecordView.Sex))] = Vocabulary.Sexes,

        [(typeof(ReferralRequest), nameof(ReferralRequest.Intercept))] = Intercepts.Codes,
        [(typeof(ReferralRequest), nameof(ReferralRequest.Service))] = Vocabulary.Services,
        [(typeof(ReportingInput), nameof(ReportingInput.Category))] = Categories.Justice,
        [(typeof(Reporting), nameof(Reporting.Category))] = Categories.Justice,
        [(typeof(ReferralView), nameof(ReferralView.Status))] = Statuses.All,
        [(typeof(ReferralView), nameof(ReferralView.Intercept))] = Intercepts.Codes,
        [(typeof(ReferralView), nameof(ReferralView.Service))] = Vocabulary.Services,
        [(typeof(ReferralView), nameof(ReferralView.Discharge))] = DischargeRequest.Kinds,
        [(typeof(EntryView), nameof(EntryView.Status))] = Statuses.All,
        [(typeof(EntryView), nameof(EntryView.Discharge))] = DischargeRequest.Kinds,
        [(typeof(DischargeRequest), nameof(DischargeRequest.Kind))] = DischargeRequest.Kinds,
        [(typeof(OutcomeRequest), nameof(OutcomeRequest.Outcome))] = OutcomeRequest.Outcomes,
        [(typeof(AppointmentView), nameof(AppointmentView.Outcome))] = OutcomeRequest.Outcomes,
        [(typeof(AppointmentView), nameof(AppointmentView.Status))] = ["scheduled", .. OutcomeRequest.Outcomes],
        [(typeof(ScheduledView), nameof(ScheduledView.Outcome))] = OutcomeRequest.Outcomes,
        [(typeof(ScheduledView), nameof(ScheduledView.Status))] = ["scheduled", .. OutcomeRequest.Outcomes],
        [(typeof(TimerView), nameof(TimerView.Kind))] = [TimerKinds.Respond, TimerKinds.Schedule, TimerKinds.FirstVisit, TimerKinds.Report],
        [(typeof(TimerView), nameof(TimerView.Category))] = Categories.Justice,

        [(typeof(ConsentRequest), nameof(ConsentRequest.Kind))] = Kinds.All,
        [(typeof(ConsentRequest), nameof(ConsentRequest.Purposes))] = Purposes.Codes,
        [(typeof(ConsentRequest), nameof(ConsentRequest.Categories))] = Categories.All,
        [(typeof(ConsentRequest), nameof(ConsentRequest.UntilEvent))] = UntilEvents.All,
        [(typeof(RevocableInput), nameof(RevocableInput.Event))] = UntilEvents.All,
        [(typeof(SignatureInput), nameof(SignatureInput.Method))] = SignatureMethods.All,
        [(typeof(ConsentView), nameof(ConsentView.Kind))] = Kinds.All,
        [(typeof(ConsentView), nameof(ConsentView.Categories))] = Categories.All,
        [(typeof(ConsentView), nameof(ConsentView.UntilEvent))] = UntilEvents.All,

        [(typeof(EmergencyAccessView), nameof(EmergencyAccessView.Status))] = EmergencyAccessView.Statuses,
        [(typeof(EmergencyReviewRequest), nameof(EmergencyReviewRequest.Finding))] = EmergencyReviewRequest.Findings,
        [(typeof(EmergencyReviewView), nameof(EmergencyReviewView.Finding))] = EmergencyReviewRequest.Findings,
        [(typeof(CourtOrderRequest), nameof(CourtOrderRequest.Purpose))] = CourtOrderRequest.Purposes,
        [(typeof(CourtOrderRequest), nameof(CourtOrderRequest.Categories))] = Categories.Justice,
        [(typeof(CourtOrderView), nameof(CourtOrderView.Purpose))] = CourtOrderRequest.Purposes,
        [(typeof(CourtOrderView), nameof(CourtOrderView.Categories))] = Categories.Justice,
        [(typeof(CourtOrderView), nameof(CourtOrderView.Status))] = CourtOrderView.Statuses,
        [(typeof(CourtOrderView), nameof(CourtOrderView.EndedBy))] = [ConsentEnds.Revoked, ConsentEnds.Expired],

        [(typeof(EvaluationView), nameof(EvaluationView.Decision))] = EvaluationView.Decisions,
        [(typeof(ResourceDecisionView), nameof(ResourceDecisionView.Decision))] = EvaluationView.Decisions,
        [(typeof(TraceView), nameof(TraceView.Reason))] = TraceView.Reasons,
        [(typeof(TraceView), nameof(TraceView.Effect))] = ["permit", "deny"],
        [(typeof(PackView), nameof(PackView.Status))] = ["complete", "unverified"],
        [(typeof(CdsCardView), nameof(CdsCardView.Summary))] = CdsDecisionView.Decisions,
        [(typeof(CdsCardView), nameof(CdsCardView.Indicator))] = ["info", "critical", "warning"],
        [(typeof(CdsDecisionView), nameof(CdsDecisionView.Decision))] = CdsDecisionView.Decisions,
        [(typeof(CdsHooksRequest), nameof(CdsHooksRequest.Hook))] = [CdsHooksRequest.Hook_],
        [(typeof(AccessDecisionView), nameof(AccessDecisionView.Decision))] = EvaluationView.Decisions,
        [(typeof(AccessOptionsInput), nameof(AccessOptionsInput.EvaluationsSemantic))] = AccessOptionsInput.Semantics,

        [(typeof(ComplianceRequest), nameof(ComplianceRequest.Category))] = Categories.Justice,
        [(typeof(ComplianceView), nameof(ComplianceView.Category))] = Categories.Justice,

        [(typeof(SubscriptionRequest), nameof(SubscriptionRequest.Channel))] = Channels.All,
        [(typeof(SubscriptionRequest), nameof(SubscriptionRequest.Events))] = [Subscription.AllEvents, .. EventTypes.All],
        [(typeof(SubscriptionRequest), nameof(SubscriptionRequest.Payload))] = Payloads.All,
        [(typeof(SubscriptionView), nameof(SubscriptionView.Channel))] = Channels.All,
        [(typeof(SubscriptionView), nameof(SubscriptionView.Payload))] = Payloads.All,
        [(typeof(SubscriptionView), nameof(SubscriptionView.Status))] = [SubscriptionStatus.Active, SubscriptionStatus.Suspended],
        [(typeof(DeliveryView), nameof(DeliveryView.Status))] = DeliveryStatus.All,

        [(typeof(OrganisationInput), nameof(OrganisationInput.Kind))] = OrganisationKinds.Codes,
        [(typeof(OrganisationInput), nameof(OrganisationInput.Language))] = Language.All,
        [(typeof(OrganisationView), nameof(OrganisationView.Kind))] = OrganisationKinds.Codes,
        [(typeof(OrganisationView), nameof(OrganisationView.Language))] = Language.All,
        [(typeof(CareServiceInput), nameof(CareServiceInput.Service))] = Vocabulary.Services,
        [(typeof(CareServiceView), nameof(CareServiceView.Service))] = Vocabulary.Services,
        [(typeof(ClientView), nameof(ClientView.Authentication))] = ["client_secret", "private_key_jwt"],

        [(typeof(AuditEntryView), nameof(AuditEntryView.Action))] = Actions.All,
        [(typeof(AuditEntryView), nameof(AuditEntryView.Outcome))] = Outcomes.All,
        [(typeof(AuditFilter), nameof(AuditFilter.Action))] = Actions.All,
        [(typeof(AuditFilter), nameof(AuditFilter.Outcome))] = Outcomes.All,
        [(typeof(DigestRuleView), nameof(DigestRuleView.Rule))] = Digest.Rules,
        [(typeof(DisclosureView), nameof(DisclosureView.Action))] = Actions.All,
        [(typeof(DisclosurePage), nameof(DisclosurePage.Language))] = Language.All,
        [(typeof(DisclosureRequestView), nameof(DisclosureRequestView.Status))] = DisclosureRequestView.Statuses,
        [(typeof(OfficeHours), nameof(OfficeHours.Days))] = OfficeHours.DayCodes,
    };

    static readonly HashSet<(Type, string)> s_mayBeLeftOut =
    [
        (typeof(ReferralRequest), nameof(ReferralRequest.Needs)),
        (typeof(ReferralRequest), nameof(ReferralRequest.Reporting)),
        (typeof(AcceptanceRequest), nameof(AcceptanceRequest.Identifiers)),
        (typeof(CareServiceInput), nameof(CareServiceInput.Needs)),
        (typeof(CareServiceInput), nameof(CareServiceInput.Languages)),
        (typeof(EvaluationRequest), nameof(EvaluationRequest.Consents)),
        (typeof(EvaluationRequest), nameof(EvaluationRequest.Context)),
        (typeof(EvaluationRequest), nameof(EvaluationRequest.Resources)),
        (typeof(AccessContextInput), nameof(AccessContextInput.Consents)),
        (typeof(AccessContextInput), nameof(AccessContextInput.Context)),
        (typeof(AccessEvaluationsRequest), nameof(AccessEvaluationsRequest.Evaluations)),
        (typeof(PersonPatch), nameof(PersonPatch.GivenNames)),
        (typeof(PersonPatch), nameof(PersonPatch.Identifiers)),
    ];

    public static IReadOnlyCollection<string>? Of(Type type, string member) => s_codes.GetValueOrDefault((type, member));

    public static bool MayBeLeftOut(Type type, string member) => s_mayBeLeftOut.Contains((type, member));
}
