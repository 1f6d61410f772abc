using Interop.Platform;
using Interop.Platform.Http;

namespace Interop.Persons;

/// <summary>Bound from configuration <c>Audit</c>.</summary>
public sealed class AccountingOptions
{
    /// <summary>How long an organisation has to answer who asks for an accounting. 30 days (42 CFR 2.25); between a day and a year.</summary>
    public TimeSpan AccountingWithin { get; set; } = TimeSpan.FromDays(30);

    public bool IsSound => AccountingWithin >= TimeSpan.FromDays(1) && AccountingWithin <= TimeSpan.FromDays(366);
}

/// <summary>That somebody asked an organisation to whom their data was disclosed, and until when they are owed the answer.</summary>
internal sealed class DisclosureRequest
{
    public required Id<DisclosureRequest> Id { get; init; }
    public required int Version { get; set; }
    public required Id<Person> PersonId { get; init; }

    /// <summary>Who was asked, registered it, and owes the answer.</summary>
    public required string Organisation { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
    public required DateTimeOffset DueAt { get; init; }
    public required string Language { get; init; }

    /// <summary>Who asked, where it was not the person.</summary>
    public string? By { get; init; }
    public DateTimeOffset? AnsweredAt { get; set; }

    /// <summary>When it was noticed that the time had passed without an answer.</summary>
    public DateTimeOffset? OverdueAt { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A request for an accounting, as it was received.</summary>
/// <param name="ReceivedAt">When; the time to answer runs from then.</param>
/// <param name="Language">BCP 47 tag of the language in which the person wants the answer.</param>
/// <param name="By">Who asked, where it was somebody for the person: a representative.</param>
internal sealed record DisclosureRequestInput(DateTimeOffset ReceivedAt, string Language, string? By = null)
{
    public static DisclosureRequestInput Read(Fields f, DateTimeOffset now)
    {
        var input = new DisclosureRequestInput(f.Instant("receivedAt") ?? default, PersonInput.ReadLanguage(f, "language") ?? "", f.Text("by", 200, required: false));
        if (input.ReceivedAt > now)
            f.Fail("receivedAt", "date.future");
        return input;
    }
}

/// <summary>That it was answered.</summary>
/// <param name="At">When the person was given the accounting; left out: now.</param>
internal sealed record DisclosureAnswerInput(DateTimeOffset? At = null)
{
    public static DisclosureAnswerInput Read(Fields f, DateTimeOffset receivedAt, DateTimeOffset now)
    {
        var input = new DisclosureAnswerInput(f.Instant("at", required: false));
        if (input.At > now)
            f.Fail("at", "date.future");
        if (input.At < receivedAt)
            f.Fail("at", "accounting.before-request");
        return input;
    }
}

/// <summary>A registered request for an accounting.</summary>
/// <param name="Status">open, overdue or answered.</param>
/// <param name="Organisation">Who registered it and owes the answer.</param>
/// <param name="DueAt">Until when.</param>
/// <param name="OverdueAt">When it was noticed that the time had passed; stays when it is answered late.</param>
internal sealed record DisclosureRequestView(
    Id<DisclosureRequest> Id, int Version, Id<Person> PersonId, string Organisation, string Status, DateTimeOffset ReceivedAt, DateTimeOffset DueAt, string Language, string? By,
    DateTimeOffset? AnsweredAt, DateTimeOffset? OverdueAt) : IVersioned
{
    public static IReadOnlyList<string> Statuses { get; } = ["open", "overdue", "answered"];

    public static DisclosureRequestView Of(DisclosureRequest r, DateTimeOffset now) => new(
        r.Id, r.Version, r.PersonId, r.Organisation, r.AnsweredAt is not null ? "answered" : r.DueAt <= now ? "overdue" : "open", r.ReceivedAt, r.DueAt, r.Language, r.By, r.AnsweredAt, r.OverdueAt);
}
