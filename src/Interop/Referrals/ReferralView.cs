using Interop.Consent;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;

namespace Interop.Referrals;

/// <summary>What of a referral's history one organisation may see, and the state that this amounts to.</summary>
internal sealed record Seen(IReadOnlyList<ReferralEntry> Entries, string Status, DateTimeOffset Since, DateTimeOffset UpdatedAt)
{
    public int Version => Entries.Count;

    public static Seen Of(Disclosure disclosure, IEnumerable<ReferralEntry> entries)
    {
        var visible = entries.Where(e => disclosure.Permits(e.ToContent())).OrderBy(e => e.Version).ToList();
        var justice = disclosure.IsToJustice;
        var (status, since) = (Statuses.Sent, default(DateTimeOffset));
        foreach (var entry in visible)
            if ((justice ? entry.SeenAs ?? entry.Status : entry.Status) is { } next)
                (status, since) = (next, entry.At);
        return new(visible, status, since, visible.Count > 0 ? visible[^1].At : default);
    }

    public ReferralEntry? Last(string act) => Entries.LastOrDefault(e => e.Act == act);
}

/// <summary>Everything a view may need of a referral, read in one unit of work.</summary>
internal sealed record ReferralRecord(
    Referral Referral, IReadOnlyList<ReferralEntry> Entries, IReadOnlyList<Appointment> Appointments, IReadOnlyList<ReferralTimer> Timers,
    Matter Matter, Person Person, IReadOnlyList<PersonIdentifier> Identifiers);

internal sealed record IdentifierView(string System, string Value);

internal sealed record PersonView(
    string FamilyName, IReadOnlyList<string> GivenNames, DateOnly BirthDate, string Sex, string Language,
    IReadOnlyList<IdentifierView> Identifiers, Contact? Contact);

internal sealed record MatterOfReferral(Id<Matter> Id, string Number, string Jurisdiction, string? Offence);

internal sealed record AppointmentView(Id<Appointment> Id, DateTimeOffset At, string Kind, string Status, string? Outcome, DateTimeOffset? OutcomeAt)
{
    public static AppointmentView Of(Appointment a) => new(a.Id, a.At, a.Kind, a.Outcome ?? "scheduled", a.Outcome, a.OutcomeAt);
}

/// <param name="Code">Stable; <paramref name="Message"/> is in the caller's language.</param>
/// <param name="ReferralId">The referral that this one may be a duplicate of.</param>
internal sealed record Warning(string Code, string Path, string Message, Id<Referral>? ReferralId = null);

/// <summary>A referral in the eyes of one party. What it may not know is left out, and not counted.</summary>
internal sealed record ReferralView : IVersioned, INoticed
{
    public required Id<Referral> Id { get; init; }
    public required string Status { get; init; }
    public required int Version { get; init; }
    public required Id<Person> PersonId { get; init; }
    public PersonView? Person { get; init; }
    public MatterOfReferral? Matter { get; init; }
    public string? Intercept { get; init; }
    public int? SequentialIntercept { get; init; }
    public string? Service { get; init; }
    public IReadOnlyList<string>? Needs { get; init; }
    public required string ReferrerId { get; init; }
    public required string ProviderId { get; init; }
    public IReadOnlyList<Reporting>? Reporting { get; init; }
    public string? Note { get; init; }
    public DateTimeOffset? RespondBy { get; init; }
    public required IReadOnlyList<TimerView> Timers { get; init; }
    public IReadOnlyList<AppointmentView>? Appointments { get; init; }
    public AppointmentView? NextAppointment { get; init; }

    /// <summary>Why it was rejected, held, ended, cancelled; where that may be told.</summary>
    public string? StatusReason { get; init; }

    /// <summary>How treatment ended: completed, neutral or unsuccessful.</summary>
    public string? Discharge { get; init; }
    public DateTimeOffset? AdmittedAt { get; init; }
    public DateTimeOffset? DischargedAt { get; init; }

    /// <summary>The provider asked the referrer to cancel.</summary>
    public bool? CancellationRequested { get; init; }

    /// <summary>Of a cancelled referral: whether the provider that had accepted it has confirmed.</summary>
    public bool? CancellationConfirmed { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public IReadOnlyList<Warning>? Warnings { get; init; }
    public RedisclosureNotice? Notice { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public bool HasNotice => Notice is not null;

    /// <summary>Built from a <see cref="Disclosure"/> and nothing else: what it does not permit is not there to be shown.</summary>
    public static ReferralView Of(Disclosure disclosure, ReferralRecord record, ReferralOptions options, string noticeLanguage)
    {
        var r = record.Referral;
        var seen = Seen.Of(disclosure, record.Entries);
        var whole = disclosure.Standing is Standing.Referrer or Standing.Provider;
        var person = whole || disclosure.Standing is Standing.Emergency;
        var matter = whole || disclosure.Standing is Standing.Named;
        var justice = disclosure.IsToJustice;
        var appointments = record.Appointments.Where(a => disclosure.Permits(AttendanceOf(a))).OrderBy(a => a.At).Select(AppointmentView.Of).ToList();
        var reason = seen.Entries.LastOrDefault(e => (justice ? e.SeenAs ?? e.Status : e.Status) is not null);
        var discharge = seen.Entries.LastOrDefault(e => e.Discharge is not null && e.Provider == r.Provider);
        var ended = seen.Status is Statuses.Completed or Statuses.Ended;
        return new()
        {
            Id = r.Id,
            Status = seen.Status,
            Version = seen.Version,
            PersonId = r.PersonId,
            Person = person ? PersonOf(record, disclosure) : null,
            Matter = matter ? new(record.Matter.Id, record.Matter.Number, record.Matter.Jurisdiction, justice ? record.Matter.Offence : null) : null,
            Intercept = matter ? r.Intercept : null,
            SequentialIntercept = matter ? r.SequentialIntercept : null,
            Service = person ? r.Service : null,
            Needs = person ? r.Needs : null,
            ReferrerId = r.Referrer,
            ProviderId = r.Provider,
            Reporting = whole ? r.Reporting : null,
            Note = whole ? r.Note : null,
            RespondBy = whole ? r.RespondBy : null,
            Timers = TimersOf(disclosure, record, seen, options),
            Appointments = appointments.Count > 0 ? appointments : null,
            NextAppointment = appointments.FirstOrDefault(a => a.Outcome is null && a.At >= disclosure.At),
            StatusReason = ReasonFor(disclosure, reason),
            Discharge = ended ? discharge?.Discharge : null,
            AdmittedAt = seen.Last(Moves.Admit.Act)?.At,
            DischargedAt = ended ? discharge?.At : null,
            CancellationRequested = Statuses.Open.Contains(seen.Status) && seen.Last(Moves.RequestCancellation.Act) is { } asked && asked.Provider == r.Provider ? true : null,
            CancellationConfirmed = seen.Status != Statuses.Cancelled ? null : justice && !disclosure.PermitsStatus(r.Provider) ? null : r.CancellationConfirmed,
            CreatedAt = r.CreatedAt,
            UpdatedAt = seen.UpdatedAt,
            Notice = RedisclosureNotice.For(disclosure, noticeLanguage),
        };
    }

    public static Content AttendanceOf(Appointment a) => new(ContentKind.Category, a.Provider, a.Provider, Categories.Attendance, a.At);

    /// <summary>That it was accepted or rejected, nothing more: why is told with the treatment status only.</summary>
    internal static string? ReasonFor(Disclosure disclosure, ReferralEntry? entry) =>
        (entry is { Content: ContentKind.Answer } && disclosure.IsToJustice && !disclosure.PermitsStatus(entry.Provider))
        || (entry is { Content: ContentKind.Referral } && disclosure.Standing is Standing.Emergency) // the court's, about the case
            ? null
            : entry?.Reason;

    static PersonView PersonOf(ReferralRecord record, Disclosure disclosure)
    {
        var p = record.Person;
        // The referrer's identifiers go with the referral; what the provider calls the person is for the provider alone.
        var identifiers = record.Identifiers
            .Where(i => i.Organisation == record.Referral.Referrer || i.Organisation == disclosure.Recipient)
            .OrderBy(i => i.Organisation != record.Referral.Referrer).ThenBy(i => i.System, StringComparer.Ordinal).ThenBy(i => i.Value, StringComparer.Ordinal);
        return new(p.FamilyName, p.GivenNames, p.BirthDate, p.Sex, p.Language, [.. identifiers.Select(i => new IdentifierView(i.System, i.Value))], p.Contact);
    }

    static IReadOnlyList<TimerView> TimersOf(Disclosure disclosure, ReferralRecord record, Seen seen, ReferralOptions options)
    {
        if (seen.Status is Statuses.Admitted or Statuses.OnHold)
            return [.. record.Timers
                .Where(t => t.Kind == TimerKinds.Report && disclosure.Permits(new(ContentKind.Category, record.Referral.Provider, record.Referral.Provider, t.Category)))
                .OrderBy(t => t.Due).Select(t => new TimerView(t.Kind, t.Due, t.Category))];
        var appointments = record.Appointments.Where(a => a.Provider == record.Referral.Provider).ToList();
        if (seen.Status == Statuses.Scheduled && !appointments.All(a => disclosure.Permits(AttendanceOf(a))))
            return []; // its date would tell the appointment's
        return TimerKinds.Of(seen.Status, seen.Since, record.Referral, appointments.Select(a => (DateTimeOffset?)a.At).Max(), options) is { } timer ? [timer] : [];
    }
}

/// <summary>One step of a referral's history.</summary>
internal sealed record EntryView(int Version, DateTimeOffset At, string Act, string? Status, string By, string? Actor, string? Reason, string? Discharge, Id<Appointment>? AppointmentId)
{
    public static IReadOnlyList<EntryView> Of(Disclosure disclosure, ReferralRecord record)
    {
        var justice = disclosure.IsToJustice;
        return [.. Seen.Of(disclosure, record.Entries).Entries.Index().Select(e => new EntryView(
            e.Index + 1, e.Item.At, e.Item.Act, justice ? e.Item.SeenAs ?? e.Item.Status : e.Item.Status, e.Item.By,
            e.Item.By == disclosure.Recipient ? e.Item.Actor : null, ReferralView.ReasonFor(disclosure, e.Item), e.Item.Discharge,
            e.Item.Category == Categories.Attendance || !justice ? e.Item.AppointmentId : null))];
    }
}
