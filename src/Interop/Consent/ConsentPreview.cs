using System.Globalization;
using Interop.Consent.Packs;
using Interop.Directory;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;

namespace Interop.Consent;

/// <summary>What a consent would come to, for the person to read before signing.</summary>
/// <param name="Language">That of every text here: the consent's, where it is one of ours.</param>
/// <param name="Organisations">Everyone to whom it would make a difference.</param>
/// <param name="Ends">Until when, in words.</param>
/// <param name="Revocation">Whether and from when it can be withdrawn, in words.</param>
/// <param name="Notice">What goes with everything that is told under it (42 CFR 2.32).</param>
internal sealed record ConsentPreview(string Language, IReadOnlyList<PreviewedOrganisation> Organisations, string Ends, string Revocation, string Notice);

/// <param name="Name">The organisation's name, as the texts use it.</param>
/// <param name="Text">What it would see and what not, whole.</param>
internal sealed record PreviewedOrganisation(string Id, string Name, string Text, IReadOnlyList<PreviewedCategory> Categories);

/// <param name="Category">referral; answer (accepted or rejected); or a category of the closed list.</param>
/// <param name="Sees">As the gate would decide.</param>
/// <param name="Text">The same in words: “Juzgado Central will see whether you attended …, not what you said.”</param>
/// <param name="From">From when; absent where it sees nothing.</param>
/// <param name="Until">The first instant at which it sees nothing more, where that is known.</param>
/// <param name="UntilEvent">What ends it, if that comes first.</param>
internal sealed record PreviewedCategory(string Category, bool Sees, string Text, DateTimeOffset? From, DateTimeOffset? Until, string? UntilEvent);

/// <summary>
/// Puts a draft before the gate's own table as if it were signed now, asks for each organisation and category, and says the answer in
/// plain words. What it promises is therefore what the gate would do.
/// </summary>
internal sealed class ConsentPreviewer(Call call, Work work, Organisations organisations, PackShelf packs)
{
    public const string Answer = "answer";

    public async Task<ConsentPreview> PreviewAsync(ConsentRequest request, Id<Person> person, Matter? matter, CancellationToken ct)
    {
        var words = new PlainWords(Language.All.Contains(request.Language.Split('-')[0]) ? request.Language.Split('-')[0] : call.Language,
            (await organisations.RecallAsync(call.Caller.Organisation, ct))?.Zone ?? TimeZoneInfo.Utc);
        var consent = ConsentIntake.New(request with { Signature = request.Signature ?? new("electronic", work.Now, "", null) }, call.Caller, person, matter?.Id, work.Now);
        var draft = new Heard([consent], [], new(packs), work.Now);
        var shown = new List<PreviewedOrganisation>();
        foreach (var (id, provider, categories) in consent.Kind switch { Kinds.Referral => Referred(consent), Kinds.JusticeMonitoring => Monitored(consent), _ => Named(consent) })
        {
            var organisation = (await organisations.RecallAsync(id, ct))!;
            var facts = new ReferralFacts(default, person.Value, matter?.Id.Value ?? default, matter?.Organisation ?? consent.Discloser, provider, Accepted: false);
            var seen = categories.Select(c => See(consent, draft, facts, organisation, c, words)).ToList();
            shown.Add(new(id, organisation.Name, string.Join(' ', [.. words.Use(consent.Kind, organisation.Name), .. seen.Select(c => c.Text)]), seen));
        }
        return new(words.Language, shown, words.Ends(consent), words.Revocation(consent), Language.Text(words.Language, "notice.redisclosure"));
    }

    /// <summary>Each recipient, of all that could have been consented to: what is left out is worth reading too.</summary>
    static IEnumerable<(string Organisation, string Provider, IReadOnlyList<string> Categories)> Monitored(ConsentGiven c) =>
        c.Recipients.Select(r => (r, c.Discloser, Categories.Justice));

    static IEnumerable<(string Organisation, string Provider, IReadOnlyList<string> Categories)> Referred(ConsentGiven c) =>
    [
        .. c.Recipients.Select(r => (r, r, (IReadOnlyList<string>)[Categories.Referral])),
        (c.Discloser, c.Recipients[0], [Answer, .. Categories.Justice]),
    ];

    /// <summary>Each recipient, of all that its kind can be about, and of what that leaves to a consent of its own.</summary>
    static IEnumerable<(string Organisation, string Provider, IReadOnlyList<string> Categories)> Named(ConsentGiven c)
    {
        var kind = Kinds.Find(c.Kind)!;
        IReadOnlyList<string> categories = kind.IsSeparate ? kind.Categories : [.. kind.Categories, Categories.CounsellingNotes];
        return c.Recipients.Select(r => (r, c.Discloser, categories));
    }

    static PreviewedCategory See(ConsentGiven consent, Heard draft, ReferralFacts facts, RememberedOrganisation organisation, string category, PlainWords words)
    {
        var content = category switch
        {
            Categories.Referral => new Content(ContentKind.Referral, facts.Provider, facts.Referrer),
            Answer => new Content(ContentKind.Answer, facts.Provider, facts.Provider),
            _ => new Content(ContentKind.Category, facts.Provider, facts.Provider, category, consent.From),
        };
        var sees = consent.Kind is Kinds.Referral or Kinds.JusticeMonitoring
            ? Gate.WouldPermit(draft, facts, organisation.Id, organisation.Kind, consent.From, content)
            : draft.Permits(consent.Kind, GateQuestions.MayHave(consent, organisation.Id), GateQuestions.Of(category, consent.From));
        return new(category, sees, words.Seen(category, sees, organisation.Name), sees ? consent.From : null, sees ? consent.Until : null, sees ? PlainWords.EventOf(consent) : null);
    }
}

/// <summary>Says a consent in one of our languages, to the person, dates in the zone of who asks.</summary>
internal sealed record PlainWords(string Language, TimeZoneInfo Zone)
{
    static readonly Dictionary<string, (string Sees, string Hidden)> s_seen = new()
    {
        [Categories.Referral] = ("preview.sees.referral", "preview.hidden.referral"),
        [ConsentPreviewer.Answer] = ("preview.sees.answer", "preview.hidden.answer"),
        [Categories.Attendance] = ("preview.sees.attendance", "preview.hidden.attendance"),
        [Categories.Progress] = ("preview.sees.progress", "preview.hidden.progress"),
        [Categories.Phase] = ("preview.sees.phase", "preview.hidden.phase"),
        [Categories.DrugTest] = ("preview.sees.drug-test", "preview.hidden.drug-test"),
        [Categories.TreatmentStatus] = ("preview.sees.treatment-status", "preview.hidden.treatment-status"),
        ["conditions"] = ("preview.sees.conditions", "preview.hidden.conditions"),
        ["medications"] = ("preview.sees.medications", "preview.hidden.medications"),
        ["results"] = ("preview.sees.results", "preview.hidden.results"),
        ["screening"] = ("preview.sees.screening", "preview.hidden.screening"),
        ["care-plans"] = ("preview.sees.care-plans", "preview.hidden.care-plans"),
        ["encounters"] = ("preview.sees.encounters", "preview.hidden.encounters"),
        ["documents"] = ("preview.sees.documents", "preview.hidden.documents"),
        [Categories.CounsellingNotes] = ("preview.sees.counselling-notes", "preview.hidden.counselling-notes"),
    };

    /// <summary>What for, where the kind's name does not say it to the person.</summary>
    static readonly Dictionary<string, string> s_uses = new()
    {
        [Kinds.Treatment] = "preview.use.treatment",
        [Kinds.Research] = "preview.use.research",
        [Kinds.CounsellingNotes] = "preview.use.counselling-notes",
        [Kinds.Proceedings] = "preview.use.proceedings",
    };

    /// <summary>Until it happens; not revocable before it; or revocable once it has happened, if that is earlier.</summary>
    static readonly Dictionary<string, (string Until, string NotBefore, string OrOnce)> s_events = new()
    {
        [UntilEvents.FinalDisposition] = ("preview.until.final-disposition", "preview.revocable.final-disposition", "preview.revocable.or.final-disposition"),
        [UntilEvents.EndOfTreatment] = ("preview.until.end-of-treatment", "preview.revocable.end-of-treatment", "preview.revocable.or.end-of-treatment"),
        [UntilEvents.EndOfSupervision] = ("preview.until.end-of-supervision", "preview.revocable.end-of-supervision", "preview.revocable.or.end-of-supervision"),
    };

    public IEnumerable<string> Use(string kind, string organisation) => s_uses.TryGetValue(kind, out var use) ? [Text(use, organisation)] : [];

    public string Seen(string category, bool sees, string organisation) => Text(sees ? s_seen[category].Sees : s_seen[category].Hidden, organisation);

    /// <summary>A justice consent ends with the matter at the latest, whatever it says (42 CFR 2.35).</summary>
    public static string? EventOf(ConsentGiven c) => c.UntilEvent ?? (c.Kind == Kinds.JusticeMonitoring ? UntilEvents.FinalDisposition : null);

    public string Ends(ConsentGiven c)
    {
        var texts = new List<string>();
        if (c.Until is { } until)
            texts.Add(IsMidnight(until, out var last) ? Text("preview.until.day", Day(last.AddDays(-1))) : Text("preview.until.time", Day(last), Time(until)));
        if (EventOf(c) is { } e)
            texts.Add(Text(s_events[e].Until));
        if (c.UntilEvent is not null && c.Kind == Kinds.JusticeMonitoring && c.UntilEvent != UntilEvents.FinalDisposition)
            texts.Add(Text(s_events[UntilEvents.FinalDisposition].Until));
        if (texts.Count > 1)
            texts.Add(Text("preview.until.first"));
        return string.Join(' ', texts);
    }

    public string Revocation(ConsentGiven c) => c.Revocable switch
    {
        null => Text("preview.revocable.always"),
        { From: { } from, Event: { } e } => $"{Text("preview.revocable.from", Day(Local(from)))} {Text(s_events[e].OrOnce)}",
        { From: { } from } => Text("preview.revocable.from", Day(Local(from))),
        { Event: var e } => Text(s_events[e!].NotBefore),
    };

    string Text(string code, params object[] arguments) => Platform.Http.Language.Text(Language, code, arguments);

    /// <summary>23 de mayo de 2027. Written out, since people read 5/6 in two ways.</summary>
    string Day(DateTime day) => Text("preview.day", day.Day, Text("preview.months").Split(' ')[day.Month - 1], day.Year);

    string Time(DateTimeOffset t) => $"{TimeZoneInfo.ConvertTime(t, Zone).ToString("HH:mm", CultureInfo.InvariantCulture)} ({Zone.Id})";

    DateTime Local(DateTimeOffset t) => TimeZoneInfo.ConvertTime(t, Zone).Date;

    bool IsMidnight(DateTimeOffset t, out DateTime day)
    {
        var local = TimeZoneInfo.ConvertTime(t, Zone);
        day = local.Date;
        return local.TimeOfDay == TimeSpan.Zero;
    }
}
