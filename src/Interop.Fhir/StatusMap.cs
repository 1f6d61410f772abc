using Interop.Referrals;

namespace Interop.Fhir;

/// <summary>
/// DESIGN.md section 6, the mapping table, both ways. On a write the status decides; the business status is always ours to derive.
/// </summary>
internal static class StatusMap
{
    public const string Requested = "requested";
    public const string Received = "received";
    public const string Accepted = "accepted";
    public const string Rejected = "rejected";
    public const string InProgress = "in-progress";
    public const string OnHold = "on-hold";
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";
    public const string Draft = "draft";

    /// <summary>Every status that a Task can have, ours or not.</summary>
    public static IReadOnlyList<string> Known { get; } =
        [Draft, Requested, Received, Accepted, Rejected, "ready", Cancelled, InProgress, OnHold, Failed, Completed, "entered-in-error"];

    /// <summary>What the owner of a Task may set (DOMAIN.md, the referral); <c>requested</c> only where it stands so already.</summary>
    public static IReadOnlyList<string> ByOwner { get; } = [Requested, Received, Accepted, Rejected, InProgress, OnHold, Completed, Failed, Cancelled];

    public static bool NeedsReason(string? status) => status is Rejected or OnHold or Failed;

    public static string TaskStatus(string referral, bool received) => referral switch
    {
        Statuses.AwaitingConsent => Draft,
        Statuses.Sent => received ? Received : Requested,
        Statuses.Accepted or Statuses.Scheduled => Accepted,
        Statuses.Admitted => InProgress,
        Statuses.OnHold => OnHold,
        Statuses.Rejected => Rejected,
        Statuses.Completed => Completed,
        Statuses.Ended => Failed,
        Statuses.Lapsed or Statuses.Cancelled => Cancelled,
        _ => throw new ArgumentOutOfRangeException(nameof(referral), referral, "Not a status of a referral."),
    };

    public static string TaskStatus(Seen seen) => TaskStatus(seen.Status, IsReceived(seen));

    /// <summary>The provider said that it has it, since it was last sent.</summary>
    public static bool IsReceived(Seen seen) => seen.Status == Statuses.Sent && seen.Last(Moves.Receive.Act) is { } received && received.At >= seen.Since;

    /// <summary>The statuses of a referral whose Task can have this status; none for those that no provider sees.</summary>
    public static IReadOnlyList<string> Referrals(string task) =>
        [.. Statuses.All.Where(s => s != Statuses.AwaitingConsent && (TaskStatus(s, false) == task || TaskStatus(s, true) == task))];

    public static string BusinessStatus(ReferralView view) => view.Status switch
    {
        Statuses.AwaitingConsent or Statuses.Sent => "created",
        Statuses.Rejected => "declined",
        Statuses.Scheduled => Scheduled(view.Appointments ?? []),
        Statuses.Cancelled => view.CancellationConfirmed is false ? "cancellation-requested" : "fulfilment-cancelled",
        var own => own, // accepted, completed, and our own admitted, on-hold, ended, lapsed
    };

    public static IReadOnlyList<string> RequestStatuses { get; } = ["draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"];

    /// <summary>What has ended without having been done is revoked: nobody shall act on it further.</summary>
    public static string RequestStatus(string referral) => referral switch
    {
        Statuses.AwaitingConsent => "draft",
        Statuses.Sent or Statuses.Accepted or Statuses.Scheduled or Statuses.Admitted => "active",
        Statuses.OnHold => "on-hold",
        Statuses.Completed => "completed",
        Statuses.Rejected or Statuses.Ended or Statuses.Lapsed or Statuses.Cancelled => "revoked",
        _ => throw new ArgumentOutOfRangeException(nameof(referral), referral, "Not a status of a referral."),
    };

    public static IReadOnlyList<string> ReferralsOfRequest(string request) =>
        [.. Statuses.All.Where(s => s != Statuses.AwaitingConsent && RequestStatus(s) == request)];

    /// <summary>The move that a Task's new status asks for; null where the owner has none to that status.</summary>
    public static Move? MoveTo(string task, string referral) => task switch
    {
        Received => Moves.Receive,
        Accepted => Moves.Accept,
        Rejected => Moves.Reject,
        InProgress => referral == Statuses.OnHold ? Moves.Resume : Moves.Admit,
        OnHold => Moves.Hold,
        Completed => Moves.Complete,
        Failed => Moves.End,
        Cancelled => Moves.ConfirmCancellation,
        _ => null,
    };

    /// <summary>A missed or cancelled appointment shows until another one is made.</summary>
    static string Scheduled(IReadOnlyList<AppointmentView> appointments) =>
        appointments.Any(a => a.Outcome is null) ? "scheduled" : appointments.MaxBy(a => a.OutcomeAt)?.Outcome switch
        {
            OutcomeRequest.Missed => "unattended",
            "cancelled" => "event-cancelled",
            _ => "scheduled",
        };
}
