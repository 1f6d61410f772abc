using Interop.Contracts;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;

namespace Interop.Consent.WithoutConsent;

/// <summary>Bound from configuration <c>Emergency</c>.</summary>
public sealed class EmergencyOptions
{
    /// <summary>How long what is held of the person stays open to who declared the emergency. A day; between 15 minutes and three days.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromHours(24);

    public bool IsSound => Window >= TimeSpan.FromMinutes(15) && Window <= TimeSpan.FromDays(3);
}

/// <summary>
/// A medical emergency in which the person could not consent, as it must be recorded at once (42 CFR 2.51(c)), and what its review found.
/// </summary>
internal sealed class EmergencyAccess
{
    public const string ResourceType = "EmergencyAccess";

    public required Id<EmergencyAccess> Id { get; init; }
    public required int Version { get; set; }

    /// <summary>As the caller named the person, or found by an identifier; null where nobody is known by it. Nothing says that such a person exists.</summary>
    public Id<Person>? PersonId { get; init; }

    /// <summary>The caller knew the person's id; else that it was found may not be told, unless it opened something (P6).</summary>
    public required bool ById { get; init; }

    /// <summary>To whom the records are disclosed.</summary>
    public required string Organisation { get; init; }

    /// <summary>Whose records are opened: who treated the person when it was declared.</summary>
    public required IReadOnlyList<string> Disclosers { get; init; }
    public required string Personnel { get; init; }
    public required string Affiliation { get; init; }
    public required string Nature { get; init; }
    public required DateTimeOffset DeclaredAt { get; init; }
    public required DateTimeOffset Until { get; init; }

    /// <summary>The law's pack by which it is to be reviewed.</summary>
    public required string Pack { get; init; }
    public required DateTimeOffset ReviewBy { get; init; }

    /// <summary>When it was noticed that the time had passed without a review.</summary>
    public DateTimeOffset? OverdueAt { get; set; }
    public DateTimeOffset? ReviewedAt { get; set; }
    public string? ReviewedBy { get; set; }
    public string? Finding { get; set; }
    public string? Note { get; set; }

    public string Status(DateTimeOffset now) => ReviewedAt is not null ? "reviewed" : ReviewBy <= now ? "overdue" : "open";

    public EmergencyAccessEventData ToEvent() => new(Id.Value, $"/v1/emergency-access/{Id}");
}

/// <summary>A medical emergency in which the person cannot consent.</summary>
/// <param name="PersonId">The exchange's id of the person, where it is known. Else identifiers.</param>
/// <param name="Identifiers">Identifiers that belong to the person in any organisation's records, such as a national one.</param>
/// <param name="Personnel">Who receives the records: medical personnel.</param>
/// <param name="Nature">The nature of the emergency.</param>
public sealed record EmergencyAccessRequest(Guid? PersonId, IReadOnlyList<IdentifierInput>? Identifiers, PersonnelInput Personnel, string Nature)
{
    internal static EmergencyAccessRequest Read(Fields f)
    {
        var request = new EmergencyAccessRequest(
            f.Uuid("personId", required: false),
            f.Objects("identifiers", IdentifierInput.Read, 20, required: false),
            f.Object("personnel", PersonnelInput.Read)!,
            f.Text("nature", 1000)!);
        if (f.Has("personId") == f.Has("identifiers"))
            f.Fail(f.Has("personId") ? "identifiers" : "personId", "emergency.one-way-to-name");
        return request;
    }
}

/// <summary>Who receives the records.</summary>
/// <param name="Name">Of the clinician.</param>
/// <param name="Affiliation">The facility, ward or service.</param>
public sealed record PersonnelInput(string Name, string Affiliation)
{
    internal static PersonnelInput Read(Fields f) => new(f.Text("name", 200)!, f.Text("affiliation", 200)!);
}

/// <summary>What a review found.</summary>
/// <param name="Finding">justified or unjustified; an access that was not justified ends at once.</param>
public sealed record EmergencyReviewRequest(string Finding, string Note)
{
    internal static IReadOnlyList<string> Findings { get; } = ["justified", Unjustified];

    internal const string Unjustified = "unjustified";

    internal static EmergencyReviewRequest Read(Fields f) => new(f.Code("finding", Findings)!, f.Text("note", 1000)!);
}

internal sealed record PersonnelView(string Name, string Affiliation);

/// <param name="Finding">justified or unjustified.</param>
/// <param name="By">The organisation that reviewed.</param>
internal sealed record EmergencyReviewView(DateTimeOffset At, string By, string Finding, string Note);

/// <summary>An emergency access: to who declared it, to those whose records it opened, and to oversight.</summary>
/// <param name="Status">open until it is reviewed, overdue where that was not done in time, reviewed.</param>
/// <param name="PersonId">Left out where nobody is known by the identifiers; to who declared it also where nobody treats the person.</param>
/// <param name="Organisation">Who declared it and received.</param>
/// <param name="Disclosers">Whose records it opened.</param>
/// <param name="Until">Until when what is held may be read.</param>
/// <param name="ReviewBy">Until when oversight is to review it.</param>
/// <param name="OverdueAt">When it was noticed that this time had passed; stays where the review comes late.</param>
internal sealed record EmergencyAccessView(
    Id<EmergencyAccess> Id, int Version, string Status, Id<Person>? PersonId, string Organisation, IReadOnlyList<string> Disclosers, PersonnelView Personnel, string Nature,
    DateTimeOffset DeclaredAt, DateTimeOffset Until, string Pack, DateTimeOffset ReviewBy, DateTimeOffset? OverdueAt, EmergencyReviewView? Review) : IVersioned
{
    public static IReadOnlyList<string> Statuses { get; } = ["open", "overdue", "reviewed"];

    public static EmergencyAccessView Of(EmergencyAccess e, string recipient, DateTimeOffset now) => new(
        e.Id, e.Version, e.Status(now), recipient != e.Organisation || e.ById || e.Disclosers.Count > 0 ? e.PersonId : null, e.Organisation, e.Disclosers, new(e.Personnel, e.Affiliation), e.Nature, e.DeclaredAt, e.Until, e.Pack, e.ReviewBy, e.OverdueAt,
        e.ReviewedAt is { } at ? new(at, e.ReviewedBy!, e.Finding!, e.Note!) : null);
}
