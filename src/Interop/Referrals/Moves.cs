using Interop.Consent;
using Interop.Contracts;
using Interop.Platform;

namespace Interop.Referrals;

/// <summary>The states of a referral (DESIGN.md section 6).</summary>
internal static class Statuses
{
    public const string AwaitingConsent = "awaiting-consent";
    public const string Sent = "sent";
    public const string Accepted = "accepted";
    public const string Scheduled = "scheduled";
    public const string Admitted = "admitted";
    public const string OnHold = "on-hold";
    public const string Completed = "completed";
    public const string Ended = "ended";
    public const string Rejected = "rejected";
    public const string Lapsed = "lapsed";
    public const string Cancelled = "cancelled";

    public static IReadOnlyList<string> All { get; } =
        [AwaitingConsent, Sent, Accepted, Scheduled, Admitted, OnHold, Completed, Ended, Rejected, Lapsed, Cancelled];

    public static IReadOnlyList<string> Open { get; } = [AwaitingConsent, Sent, Accepted, Scheduled, Admitted, OnHold];
}

internal enum Side
{
    Referrer,
    Provider,
    Exchange,
}

/// <summary>One way in which a referral can move: by whom, from where, to where, and who may be told.</summary>
/// <param name="To">null: the status stays.</param>
/// <param name="Event">null: nobody is told by an event; it shows in the history.</param>
internal sealed record Move(string Act, Side By, IReadOnlyList<string> From, string? To, ContentKind Content, string? Category, string? Event);

/// <summary>The life of a referral, top to bottom.</summary>
internal static class Moves
{
    static readonly IReadOnlyList<string> s_underTreatment = [Statuses.Accepted, Statuses.Scheduled, Statuses.Admitted, Statuses.OnHold];

    public static Move Create { get; } = new("created", Side.Referrer, [], Statuses.AwaitingConsent, ContentKind.Referral, null, null);

    public static Move Send { get; } = new("sent", Side.Exchange, [Statuses.AwaitingConsent], Statuses.Sent, ContentKind.Referral, null, EventTypes.ReferralSent);

    /// <summary>The provider has it in hand and has yet to decide. Told like treatment: of an answer the referrer learns accepted or rejected.</summary>
    public static Move Receive { get; } = Treatment("received", [Statuses.Sent], null, null);

    /// <summary>The provider wrote something of its own beside the referral, which comes back to it alone.</summary>
    public static Move Annotate { get; } = new("annotated", Side.Provider, Statuses.All, null, ContentKind.Category, null, null);

    public static Move Accept { get; } = new("accepted", Side.Provider, [Statuses.Sent], Statuses.Accepted, ContentKind.Answer, null, EventTypes.ReferralAccepted);

    public static Move Reject { get; } = new("rejected", Side.Provider, [Statuses.Sent], Statuses.Rejected, ContentKind.Answer, null, EventTypes.ReferralRejected);

    public static Move Schedule { get; } = Treatment("scheduled", [Statuses.Accepted], Statuses.Scheduled, EventTypes.ReferralScheduled);

    /// <summary>A further appointment of one who has one already, or is in treatment.</summary>
    public static Move ScheduleAgain { get; } = Treatment("scheduled", s_underTreatment, null, EventTypes.ReferralScheduled);

    public static Move Miss { get; } = new("unattended", Side.Provider, s_underTreatment, null, ContentKind.Category, Categories.Attendance, EventTypes.ReferralUnattended);

    public static Move RecordOutcome { get; } = Miss with { Act = "appointment-outcome", Event = null };

    public static Move Admit { get; } = Treatment("admitted", [Statuses.Accepted, Statuses.Scheduled], Statuses.Admitted, EventTypes.ReferralAdmitted);

    public static Move Hold { get; } = Treatment("held", [Statuses.Admitted], Statuses.OnHold, EventTypes.ReferralHeld);

    public static Move Resume { get; } = Treatment("resumed", [Statuses.OnHold], Statuses.Admitted, EventTypes.ReferralResumed);

    public static Move Complete { get; } = Treatment("completed", [Statuses.Admitted, Statuses.OnHold], Statuses.Completed, EventTypes.ReferralCompleted);

    public static Move End { get; } = Treatment("ended", [Statuses.Admitted, Statuses.OnHold], Statuses.Ended, EventTypes.ReferralEnded);

    public static Move RequestCancellation { get; } =
        Treatment("cancellation-requested", [Statuses.Sent, .. s_underTreatment], null, EventTypes.ReferralCancellationRequested);

    public static Move Cancel { get; } = new("cancelled", Side.Referrer, Statuses.Open, Statuses.Cancelled, ContentKind.Referral, null, EventTypes.ReferralCancelled);

    /// <summary>The provider confirms that it has stopped what the referrer cancelled.</summary>
    public static Move ConfirmCancellation { get; } = Treatment("cancellation-confirmed", [Statuses.Cancelled], null, null);

    /// <summary>To another provider, whom the person must consent to anew: also after a rejection or a lapse.</summary>
    public static Move Reassign { get; } = new("reassigned", Side.Referrer, [.. Statuses.Open, Statuses.Rejected, Statuses.Lapsed],
        Statuses.AwaitingConsent, ContentKind.Referral, null, EventTypes.ReferralReassigned);

    /// <summary>Nobody answered in time. The referrer knows its own deadline.</summary>
    public static Move LapseUnanswered { get; } = new("lapsed", Side.Exchange, [Statuses.Sent], Statuses.Lapsed, ContentKind.Referral, null, EventTypes.ReferralLapsed);

    /// <summary>Nothing followed the acceptance in time; told like the treatment that did not begin.</summary>
    public static Move Lapse { get; } = Treatment("lapsed", [Statuses.Accepted, Statuses.Scheduled], Statuses.Lapsed, EventTypes.ReferralLapsed) with { By = Side.Exchange };

    public static Move ReportOverdue { get; } = new("report-overdue", Side.Exchange, [Statuses.Admitted, Statuses.OnHold], null, ContentKind.Category, null, EventTypes.ReferralReportOverdue);

    static Move Treatment(string act, IReadOnlyList<string> from, string? to, string? type) =>
        new(act, Side.Provider, from, to, ContentKind.Category, Categories.TreatmentStatus, type);

    /// <summary>Whether a move may be made from the status that its maker sees.</summary>
    public static Refusal? Refuse(this Move move, string seen) =>
        move.From.Contains(seen) ? null : Refusal.Conflict("", "referral.state", seen, move.Act);
}
