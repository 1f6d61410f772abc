using Interop.Contracts;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;

namespace Interop.Consent.WithoutConsent;

/// <summary>A document of a court: what it calls it, and when it was issued.</summary>
internal sealed record CourtDocument(string Number, DateTimeOffset IssuedAt);

/// <summary>Which records: of what happened from an instant (included) to another (excluded).</summary>
internal sealed record RecordsPeriod(DateTimeOffset? From, DateTimeOffset? Until);

/// <summary>
/// A court order, which authorises, and the subpoena, which compels (42 CFR 2.61 to 2.66): neither discloses anything without the
/// other. What it states never changes; only its end is recorded.
/// </summary>
internal sealed class CourtOrder
{
    public const string ResourceType = "CourtOrder";

    public required Id<CourtOrder> Id { get; init; }
    public required int Version { get; set; }
    public required Id<Person> PersonId { get; init; }

    /// <summary>The court, which registered it.</summary>
    public required string Organisation { get; init; }
    public required CourtDocument Order { get; init; }
    public required CourtDocument Subpoena { get; init; }

    /// <summary>The provider whose records it reaches.</summary>
    public required string Discloser { get; init; }
    public required IReadOnlyList<string> Recipients { get; init; }
    public required string Purpose { get; init; }
    public required IReadOnlyList<string> Categories { get; init; }
    public RecordsPeriod? Records { get; init; }
    public required DateTimeOffset From { get; init; }
    public required DateTimeOffset Until { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? EndedAt { get; set; }
    public string? EndedBy { get; set; }
    public string? Reason { get; set; }

    public string Status(DateTimeOffset now) => this switch
    {
        { EndedBy: ConsentEnds.Revoked } => "revoked",
        { EndedBy: not null } => "expired",
        _ when Until <= now => "expired",
        _ when now < From => "not-yet-in-force",
        _ => "active",
    };

    public CourtOrderEventData ToEvent() => new(Id.Value, $"/v1/court-orders/{Id}");
}

/// <summary>A court order and its subpoena.</summary>
/// <param name="PersonId">Whose records.</param>
/// <param name="Order">The order that authorises the disclosure.</param>
/// <param name="Subpoena">The subpoena, or a like mandate, that compels it. Both are required.</param>
/// <param name="Discloser">The provider whose records are ordered: an organisation's id.</param>
/// <param name="Recipients">Who is to receive them: justice organisations' ids.</param>
/// <param name="Purpose">For which proceedings: civil, criminal, administrative or legislative.</param>
/// <param name="Categories">Which records, of the closed list: attendance, progress, phase, drug-test, treatment-status.</param>
/// <param name="Records">Of which time; left out: of any.</param>
/// <param name="From">Instant or date (its first moment) from which it may be disclosed.</param>
/// <param name="Until">Until when; a date is included.</param>
public sealed record CourtOrderRequest(
    Guid PersonId, CourtDocumentInput Order, CourtDocumentInput Subpoena, string Discloser, IReadOnlyList<string> Recipients, string Purpose,
    IReadOnlyList<string> Categories, RecordsPeriodInput? Records, DateTimeOffset From, DateTimeOffset Until)
{
    internal static IReadOnlyList<string> Purposes { get; } = ["civil", "criminal", "administrative", "legislative"];

    internal static CourtOrderRequest Read(Fields f, TimeZoneInfo zone, DateTimeOffset now)
    {
        var request = new CourtOrderRequest(
            f.Id<Person>("personId")?.Value ?? default,
            f.Object("order", d => CourtDocumentInput.Read(d, zone, now))!,
            f.Object("subpoena", d => CourtDocumentInput.Read(d, zone, now))!,
            f.Text("discloser", 63)!,
            f.Texts("recipients", 63, 20),
            f.Code("purpose", Purposes)!,
            f.Codes("categories", Consent.Categories.Justice, 10),
            f.Object("records", r => RecordsPeriodInput.Read(r, zone), required: false),
            f.InstantOrDate("from", end: false, zone) ?? default,
            f.InstantOrDate("until", end: true, zone) ?? default);
        if (f.Has("from") && request.Until != default && request.Until <= request.From)
            f.Fail("until", "court-order.ends-before-it-begins");
        else if (request.Until != default && request.Until <= now)
            f.Fail("until", "court-order.ended");
        return request;
    }
}

/// <summary>A document of the court.</summary>
/// <param name="Number">The court's own number of it.</param>
/// <param name="IssuedAt">Instant or date; not in the future.</param>
public sealed record CourtDocumentInput(string Number, DateTimeOffset IssuedAt)
{
    internal static CourtDocumentInput Read(Fields f, TimeZoneInfo zone, DateTimeOffset now)
    {
        var document = new CourtDocumentInput(f.Text("number", 200)!, f.InstantOrDate("issuedAt", end: false, zone) ?? default);
        if (document.IssuedAt > now + ConsentRequest.ClockSkew)
            f.Fail("issuedAt", "date.future");
        return document;
    }
}

/// <summary>Of which time the records are that it reaches.</summary>
/// <param name="From">Instant or date (its first moment).</param>
/// <param name="Until">Until when; a date is included.</param>
public sealed record RecordsPeriodInput(DateTimeOffset? From, DateTimeOffset? Until)
{
    internal static RecordsPeriodInput Read(Fields f, TimeZoneInfo zone)
    {
        var period = new RecordsPeriodInput(f.InstantOrDate("from", end: false, zone, required: false), f.InstantOrDate("until", end: true, zone, required: false));
        if (period.Until <= period.From)
            f.Fail("until", "court-order.ends-before-it-begins");
        return period;
    }
}

internal sealed record CourtDocumentView(string Number, DateTimeOffset IssuedAt)
{
    public static CourtDocumentView Of(CourtDocument d) => new(d.Number, d.IssuedAt);
}

internal sealed record RecordsPeriodView(DateTimeOffset? From, DateTimeOffset? Until);

/// <summary>A registered court order, to the court, to whose records it reaches and to its recipients.</summary>
/// <param name="Status">not-yet-in-force, active, expired or revoked.</param>
/// <param name="Organisation">The court that registered it.</param>
/// <param name="EndedBy">revoked or expired.</param>
internal sealed record CourtOrderView(
    Id<CourtOrder> Id, int Version, string Status, Id<Person> PersonId, string Organisation, CourtDocumentView Order, CourtDocumentView Subpoena, string Discloser,
    IReadOnlyList<string> Recipients, string Purpose, IReadOnlyList<string> Categories, RecordsPeriodView? Records, DateTimeOffset From, DateTimeOffset Until,
    DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, string? EndedBy, string? Reason) : IVersioned
{
    public static IReadOnlyList<string> Statuses { get; } = ["not-yet-in-force", "active", "expired", "revoked"];

    /// <summary>null: the organisation is not among those whom it concerns.</summary>
    public static CourtOrderView? For(Caller caller, CourtOrder o, DateTimeOffset now) =>
        caller.Organisation != o.Organisation && caller.Organisation != o.Discloser && !o.Recipients.Contains(caller.Organisation) ? null : new(
            o.Id, o.Version, o.Status(now), o.PersonId, o.Organisation, CourtDocumentView.Of(o.Order), CourtDocumentView.Of(o.Subpoena), o.Discloser, o.Recipients, o.Purpose,
            o.Categories, o.Records is { } r ? new(r.From, r.Until) : null, o.From, o.Until, o.CreatedAt, o.EndedAt, o.EndedBy, o.Reason);
}
