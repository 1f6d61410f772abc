using Interop.Consent.Evaluation;

namespace Interop.Consent.Packs;

/// <summary>A pack as it is written, <c>packs/schema.json</c>. null: the law, as far as it was read, states nothing.</summary>
internal sealed record PackFile(
    string Id, string Version, string? Jurisdiction, string Title, string Status, Effective Effective, IReadOnlyList<Source> Sources,
    Settings Settings, Rights Rights, Deadlines Deadlines, Retention Retention);

/// <param name="From">Its first day, in <paramref name="TimeZone"/>; null: from ever.</param>
/// <param name="Until">Its last day; null: no end is known.</param>
internal sealed record Effective(DateOnly? From, DateOnly? Until, string TimeZone)
{
    public Interval Interval()
    {
        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var known) ? known : TimeZoneInfo.Utc;
        return new(From is { } from ? Day(from).Start : long.MinValue, Until is { } until ? Day(until).End : long.MaxValue);

        Interval Day(DateOnly day) => PartialDate.TryRead(day.ToString("O", null), zone, out var interval) ? interval : default;
    }
}

/// <param name="Says">What of it this pack encodes, in a sentence.</param>
internal sealed record Source(string Citation, string Says);

internal sealed record Settings(bool? JusticeConsentStands, IReadOnlyList<SeparateConsentFile>? SeparateConsents, IReadOnlyList<CodeFile>? Obligations);

internal sealed record SeparateConsentFile(string Kind, IReadOnlyList<CodeFile> Labels, IReadOnlyList<CodeFile> Purposes)
{
    public SeparateConsent ToRule() => new(Kind, new(Labels.Select(l => l.ToCode())), new(Purposes.Select(p => p.ToCode()).SelectMany(CodeSystems.Purposes)));
}

internal sealed record CodeFile(string System, string Code)
{
    public Code ToCode() => new(CodeSystems.Normal(System), Code);
}

/// <summary>What the person can ask for.</summary>
/// <param name="AccessNamesRecipients">Access says who received what.</param>
/// <param name="RecipientsToldOfRectification">Who was told before is told of the correction.</param>
internal sealed record Rights(
    bool? Access, bool? AccessNamesRecipients, bool? Rectification, bool? RecipientsToldOfRectification, bool? Erasure, bool? Portability, bool? Blocking);

/// <summary>How soon each must be answered.</summary>
internal sealed record Deadlines(
    Deadline? Access, Deadline? Query, Deadline? Rectification, Deadline? Erasure, Deadline? Portability, Deadline? Accounting, Deadline? EmergencyReview);

/// <param name="Unit">days or working-days.</param>
internal sealed record Deadline(int Amount, string Unit)
{
    /// <summary>The instant that ends so many days after another; of working days Saturdays and Sundays do not count.</summary>
    public DateTimeOffset After(DateTimeOffset from, TimeZoneInfo zone)
    {
        if (Unit == "days")
            return from + TimeSpan.FromDays(Amount);
        var at = from;
        for (var left = Amount; left > 0;)
        {
            at += TimeSpan.FromDays(1);
            if (TimeZoneInfo.ConvertTime(at, zone).DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday))
                left--;
        }
        return at;
    }
}

/// <summary>How long what is kept.</summary>
/// <param name="AccountingYears">How many years back an accounting of disclosures reaches.</param>
/// <param name="Keep">By kind: an <see cref="Platform.IKept"/>. What is null or left out is kept for ever.</param>
internal sealed record Retention(int? AccountingYears, IReadOnlyDictionary<string, Period?>? Keep = null);

/// <param name="Unit">days, months or years.</param>
internal sealed record Period(int Amount, string Unit)
{
    /// <summary>Whether so many years can be longer, with as many leap days as they can have.</summary>
    public bool IsLessThan(int years) => Before(s_afterLeapDay) > s_afterLeapDay.AddYears(-years);

    static readonly DateTimeOffset s_afterLeapDay = new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>When what is over now began.</summary>
    public DateTimeOffset Before(DateTimeOffset now) => Unit switch
    {
        "days" => now.AddDays(-Amount),
        "months" => now.AddMonths(-Amount),
        _ => now.AddYears(-Amount),
    };
}
