using System.Text.Json.Serialization;
using Interop.Audit;
using Interop.Directory;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Persons;

/// <summary>That an organisation was told something of the person that is not its own.</summary>
/// <param name="Recipient">Who received.</param>
/// <param name="Discloser">Whose record it was.</param>
/// <param name="How">The operation: referral.read, event.deliver …</param>
/// <param name="Ground">Why it was permitted: consent, or correction of what had been told before.</param>
/// <param name="Consents">The consents, in the version relied on.</param>
/// <param name="RecipientName">As people know it.</param>
/// <param name="Text">The same in words, in the reader's language: what, how, on which ground.</param>
internal sealed record DisclosureView(
    DateTimeOffset At, string Recipient, string? Discloser, string Action, string How, string? ResourceType, string? ResourceId, string? Ground,
    IReadOnlyList<ConsentRelied> Consents, string RecipientName, string? DiscloserName, DisclosureText Text);

/// <summary>A disclosure in words.</summary>
/// <param name="What">What was told.</param>
/// <param name="How">In which way it reached the recipient.</param>
/// <param name="Ground">Why it was permitted.</param>
internal sealed record DisclosureText(string What, string How, string Ground);

internal sealed record ConsentRelied(Guid Id, int Version);

/// <summary>Disclosures that differ in nothing but their time: from one organisation to another, of one kind, on one ground.</summary>
/// <param name="Times">How often.</param>
internal sealed record DisclosureGroup(
    string Recipient, string RecipientName, string? Discloser, string? DiscloserName, string? Ground, IReadOnlyList<ConsentRelied> Consents,
    DisclosureText Text, int Times, DateTimeOffset First, DateTimeOffset Last);

/// <summary>A page of the accounting; the first one has the groups of all that was asked for.</summary>
/// <param name="Groups">All disclosures of the time asked for, by recipient; on the first page.</param>
/// <param name="Language">Of the texts.</param>
internal sealed record DisclosurePage(
    IReadOnlyList<DisclosureView> Items, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next, IReadOnlyList<DisclosureGroup>? Groups, string Language);

/// <summary>The whole accounting, for those forms that have no pages.</summary>
/// <param name="By">The organisation that gives it.</param>
internal sealed record Accounting(
    Id<Person> Person, Organisation By, DateTimeOffset? From, DateTimeOffset? To, DateTimeOffset At, string Language, IReadOnlyList<DisclosureView> Items, IReadOnlyList<DisclosureGroup> Groups);

/// <summary>
/// To whom what of a person was told, from the log (42 CFR 2.24, 2.25): all that was permitted to somebody on another ground than
/// that it is their own.
/// </summary>
internal sealed class DisclosureBook(Db db, EntryBodies bodies)
{
    /// <summary>How many an accounting in one piece holds.</summary>
    public const int Most = 20_000;

    /// <param name="own">A care organisation sees what it disclosed and what it received; null sees all.</param>
    public IQueryable<AuditEntry> Of(Id<Person> person, string? own, DateTimeOffset? from, DateTimeOffset? to)
    {
        var id = person.Value;
        var entries = db.AuditEntries.AsNoTracking().Where(e => e.Person == id && e.Outcome == Outcomes.Permitted && e.Ground != null && e.Ground != Grounds.Authorship);
        if (own is not null)
            entries = entries.Where(e => e.Organisation == own || e.Discloser == own);
        return entries.Within(from, to);
    }

    public async Task<IReadOnlyList<DisclosureView>> ViewAsync(IReadOnlyList<AuditEntry> entries, string language, CancellationToken ct)
    {
        var names = await NamesAsync(entries, ct);
        await bodies.OpenAsync(entries, ct);
        return [.. entries.Select(e => new DisclosureView(
            e.At, e.Organisation, e.Discloser, e.Action, e.Operation, e.ResourceType, e.ResourceId, e.Ground,
            [.. EntryFacts.Of(e).Consents.Select(c => new ConsentRelied(c.Id, c.Version))],
            names.GetValueOrDefault(e.Organisation, e.Organisation), e.Discloser is { } discloser ? names.GetValueOrDefault(discloser, discloser) : null,
            DisclosureWords.Of(e, language)))];
    }

    /// <summary>By recipient; within one, the latest first.</summary>
    public static IReadOnlyList<DisclosureGroup> Group(IEnumerable<DisclosureView> disclosures) =>
    [
        .. disclosures
            .GroupBy(d => (d.Recipient, d.Discloser, d.Ground, Consents: string.Join(' ', d.Consents.Select(c => $"{c.Id}/{c.Version}").Order(StringComparer.Ordinal)), d.Text))
            .Select(g => (First: g.First(), Times: g.Count(), From: g.Min(d => d.At), To: g.Max(d => d.At)))
            .Select(g => new DisclosureGroup(
                g.First.Recipient, g.First.RecipientName, g.First.Discloser, g.First.DiscloserName, g.First.Ground, g.First.Consents, g.First.Text, g.Times, g.From, g.To))
            .OrderBy(g => g.RecipientName, StringComparer.Ordinal).ThenBy(g => g.Recipient, StringComparer.Ordinal).ThenByDescending(g => g.Last),
    ];

    async Task<IReadOnlyDictionary<string, string>> NamesAsync(IReadOnlyList<AuditEntry> entries, CancellationToken ct)
    {
        var ids = entries.SelectMany(e => new[] { e.Organisation, e.Discloser }).OfType<string>().Distinct().ToList();
        return await db.Organisations.AsNoTracking().Where(o => ids.Contains(o.Id)).ToDictionaryAsync(o => o.Id, o => o.Name, ct);
    }
}

/// <summary>A disclosure in the words of the person whom it concerns.</summary>
internal static class DisclosureWords
{
    public static DisclosureText Of(AuditEntry e, string language) => new(What(e, language), How(e, language), Ground(e, language));

    static string What(AuditEntry e, string language) => e.ResourceType switch
    {
        "Referral" or "Task" or "ServiceRequest" => Text(language, "accounting.what.referral"),
        "Person" or "Patient" => Text(language, "accounting.what.person"),
        "ComplianceUpdate" => Text(language, "accounting.what.report"),
        "Consent" => Text(language, "accounting.what.consent"),
        _ => Text(language, "accounting.what.other", e.ResourceType ?? e.Operation),
    };

    static string How(AuditEntry e, string language) => e.Operation switch
    {
        "event.deliver" => Text(language, "accounting.how.sent"),
        "event.poll" => Text(language, "accounting.how.fetched"),
        _ => Text(language, "accounting.how.shown"),
    };

    static string Ground(AuditEntry e, string language) => e.Ground switch
    {
        Grounds.Consent => Text(language, "accounting.ground.consent"),
        Grounds.Correction => Text(language, "accounting.ground.correction"),
        Grounds.Emergency => Text(language, "accounting.ground.emergency"),
        Grounds.CourtOrder => Text(language, "accounting.ground.court-order"),
        var other => Text(language, "accounting.ground.other", other!),
    };

    static string Text(string language, string code, params object[] arguments) => Language.Text(language, code, arguments);
}
