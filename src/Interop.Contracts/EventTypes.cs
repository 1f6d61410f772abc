namespace Interop.Contracts;

/// <summary>
/// Every event type that Interop sends, as it stands in the CloudEvents attribute <c>type</c>.
/// The last segment is the version of the data's shape; a new shape is a new type, and the old one is sent
/// beside it for as long as the interface's compatibility promise says.
/// Receivers ignore types they do not know: new ones are added without notice.
/// </summary>
public static class EventTypes
{
    /// <summary>What every type here begins with.</summary>
    public const string Prefix = "org.interop.";

    public const string ReferralSent = Prefix + "referral.sent.v1";
    public const string ReferralAccepted = Prefix + "referral.accepted.v1";
    public const string ReferralRejected = Prefix + "referral.rejected.v1";
    public const string ReferralScheduled = Prefix + "referral.scheduled.v1";

    /// <summary>An appointment was missed or cancelled; the referral is still scheduled.</summary>
    public const string ReferralUnattended = Prefix + "referral.unattended.v1";
    public const string ReferralAdmitted = Prefix + "referral.admitted.v1";
    public const string ReferralHeld = Prefix + "referral.held.v1";
    public const string ReferralResumed = Prefix + "referral.resumed.v1";
    public const string ReferralCompleted = Prefix + "referral.completed.v1";

    /// <summary>Treatment ended other than by completion.</summary>
    public const string ReferralEnded = Prefix + "referral.ended.v1";

    /// <summary>One side asked for cancellation and the other has yet to confirm.</summary>
    public const string ReferralCancellationRequested = Prefix + "referral.cancellation-requested.v1";
    public const string ReferralCancelled = Prefix + "referral.cancelled.v1";
    public const string ReferralReassigned = Prefix + "referral.reassigned.v1";

    /// <summary>The time to respond or to schedule ran out.</summary>
    public const string ReferralLapsed = Prefix + "referral.lapsed.v1";

    /// <summary>A report that the referral asks for is late; the referral's status is as it was.</summary>
    public const string ReferralReportOverdue = Prefix + "referral.report-overdue.v1";

    public const string ComplianceReported = Prefix + "compliance.reported.v1";

    public const string ConsentGranted = Prefix + "consent.granted.v1";
    public const string ConsentRevoked = Prefix + "consent.revoked.v1";
    public const string ConsentExpired = Prefix + "consent.expired.v1";

    public const string MatterDisposed = Prefix + "matter.disposed.v1";

    public const string SubscriptionSuspended = Prefix + "subscription.suspended.v1";

    /// <summary>Somebody asked to whom their data was disclosed, and the time to answer has passed.</summary>
    public const string AccountingOverdue = Prefix + "accounting.overdue.v1";

    /// <summary>A medical emergency without consent was declared: to who did, and to those whose records it opened.</summary>
    public const string EmergencyAccessDeclared = Prefix + "emergency-access.declared.v1";

    /// <summary>The time to review it has passed.</summary>
    public const string EmergencyAccessOverdue = Prefix + "emergency-access.overdue.v1";

    public const string CourtOrderRegistered = Prefix + "court-order.registered.v1";

    /// <summary>Revoked by the court, or its time is over.</summary>
    public const string CourtOrderEnded = Prefix + "court-order.ended.v1";

    /// <summary>Everything that the exchange kept of a person was erased: who was told of them by it should erase that too.</summary>
    public const string PersonErased = Prefix + "person.erased.v1";

    /// <summary>The person's supervision in a matter has ended; the matter is as it was.</summary>
    public const string MatterSupervisionEnded = Prefix + "matter.supervision-ended.v1";

    /// <summary>Sent by <c>POST /v1/subscriptions/{id}/test</c> and at no other time.</summary>
    public const string Test = Prefix + "test.v1";

    /// <summary>All of the above, in the order of the life they tell.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        ReferralSent, ReferralAccepted, ReferralRejected, ReferralScheduled, ReferralUnattended, ReferralAdmitted,
        ReferralHeld, ReferralResumed, ReferralCompleted, ReferralEnded, ReferralCancellationRequested,
        ReferralCancelled, ReferralReassigned, ReferralLapsed, ReferralReportOverdue,
        ComplianceReported,
        ConsentGranted, ConsentRevoked, ConsentExpired,
        MatterDisposed,
        SubscriptionSuspended,
        AccountingOverdue,
        EmergencyAccessDeclared, EmergencyAccessOverdue, CourtOrderRegistered, CourtOrderEnded,
        PersonErased,
        MatterSupervisionEnded,
        Test,
    ];
}
