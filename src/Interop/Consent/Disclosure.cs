using Interop.Audit;
using Interop.Consent.Evaluation;
using Interop.Consent.WithoutConsent;
using Interop.Platform;

namespace Interop.Consent;

/// <summary>What the gate must know of a referral to decide on it. Kept with every event, as of when it happened.</summary>
/// <param name="Referrer">The justice organisation that refers.</param>
/// <param name="Provider">The care organisation that is, or then was, asked.</param>
/// <param name="Accepted">Whether that provider has accepted it once: it then knows of it by its own act.</param>
internal sealed record ReferralFacts(Guid Referral, Guid Person, Guid Matter, string Referrer, string Provider, bool Accepted);

/// <summary>What kind of thing is to be told, in the terms of DESIGN.md section 4, "who may be told what".</summary>
internal enum ContentKind
{
    /// <summary>What the justice side or the exchange itself did: sent, cancelled, reassigned.</summary>
    Referral,

    /// <summary>That the provider accepted or rejected.</summary>
    Answer,

    /// <summary>A category of the closed list.</summary>
    Category,

    /// <summary>That an update which the recipient was told was entered in error or corrected: no value, only its id.</summary>
    Notice,
}

/// <summary>One thing to be told.</summary>
/// <param name="Provider">The provider whose referral, answer or report it is.</param>
/// <param name="By">Who put it in: it may always see that again.</param>
/// <param name="OccurredAt">For a report, when what it tells happened; a consent must cover it.</param>
/// <param name="Only">For these recipients and no other: a notice for those who had been told, a held report for whom it is released to.</param>
internal sealed record Content(ContentKind Kind, string Provider, string By, string? Category = null, DateTimeOffset? OccurredAt = null, IReadOnlyList<string>? Only = null);

/// <summary>In what capacity an organisation looks at a referral.</summary>
internal enum Standing
{
    Referrer,
    Provider,

    /// <summary>The provider acting on a referral it accepted, while no referral consent is in force: it sees its own acts.</summary>
    ProviderAlone,

    /// <summary>A justice organisation that a consent names.</summary>
    Named,

    /// <summary>A provider to which a documented emergency opens what others hold: to treat the person, so nothing of the case.</summary>
    Emergency,

    /// <summary>A justice organisation that a court order names, and no consent does: what the order names, nothing around it.</summary>
    Ordered,

    /// <summary>A provider that a consent for treatment names: what another reports of the person, by category, and nothing of the referral or the case.</summary>
    Treating,

    /// <summary>Somebody who was told of a report before, and is told that it was wrong: nothing else.</summary>
    ToldBefore,
}

/// <summary>
/// What one organisation may be told of one referral at one instant. Views of personal data take one, and only the
/// <see cref="Gate"/> asks for it: whoever holds a <see cref="Disclosure"/> went through a decision (P2).
/// </summary>
internal sealed class Disclosure
{
    readonly ReferralFacts _facts;
    readonly Heard _heard;
    readonly IReadOnlyList<ConsentGiven> _referral;
    readonly IReadOnlyList<ConsentGiven> _reports;
    readonly Question? _mayHaveReports;

    Disclosure(string recipient, Standing standing, ReferralFacts facts, DateTimeOffset at, Heard heard,
        IReadOnlyList<ConsentGiven> referral, IReadOnlyList<ConsentGiven> reports, Question? mayHaveReports = null) =>
        (Recipient, Standing, _facts, At, _heard, _referral, _reports, _mayHaveReports) = (recipient, standing, facts, at, heard, referral, reports, mayHaveReports);

    /// <summary>The emergency or the court orders that it rests on beside or instead of consents.</summary>
    public IReadOnlyList<LawfulGround> Lawful { get; private init; } = [];

    public string Recipient { get; }

    public Standing Standing { get; }

    /// <summary>The instant as of which it was decided.</summary>
    public DateTimeOffset At { get; }

    /// <summary>The consents in force that any of this rests on; none where it rests on authorship alone.</summary>
    public IEnumerable<ConsentGiven> Relied => Standing switch
    {
        Standing.ProviderAlone or Standing.ToldBefore or Standing.Emergency or Standing.Ordered => [],
        Standing.Provider => _referral,
        _ => _referral.Concat(_reports),
    };

    /// <summary>Whether it is the justice side that looks: the closed list (P8).</summary>
    public bool IsToJustice => Standing is Standing.Referrer or Standing.Named or Standing.Ordered;

    /// <summary>In the words of the log. Where consents do not carry all of it, what does beside them.</summary>
    public string Ground => Lawful is [var ground, ..] ? ground.Kind : Relied.Any() ? "consent" : Standing is Standing.ToldBefore ? "correction" : "authorship";

    /// <summary>Whether the referrer may be told of what this provider answered, admitted and ended.</summary>
    public bool PermitsStatus(string provider) => PermitsReport(provider, Categories.TreatmentStatus, At);

    public bool Permits(Content content) => content.By == Recipient || (content.Only?.Contains(Recipient) is not false && Standing switch
    {
        Standing.Provider => content.Provider == Recipient,
        Standing.ProviderAlone => false,
        Standing.ToldBefore => content.Kind is ContentKind.Notice,
        Standing.Emergency => true,
        Standing.Treating => content is { Kind: ContentKind.Category, Category: { } category } && PermitsReport(content.Provider, category, content.OccurredAt ?? At),
        _ => content.Kind switch
        {
            ContentKind.Referral => Standing is not Standing.Ordered,
            ContentKind.Answer => PermitsStatus(content.Provider)
                || (Standing is Standing.Referrer && _heard.Permits(Kinds.Referral, GateQuestions.MayBeReferred(_facts, content.Provider, At), GateQuestions.Referral)),
            ContentKind.Category => content.Category is { } category && PermitsReport(content.Provider, category, content.OccurredAt ?? At),
            ContentKind.Notice => true,
            _ => false,
        },
    });

    bool PermitsReport(string provider, string category, DateTimeOffset occurredAt) =>
        (_mayHaveReports is not null && (_mayHaveReports.Discloser is null || _mayHaveReports.Discloser == provider)
            && _heard.Permits(Standing is Standing.Treating ? Kinds.Treatment : Kinds.JusticeMonitoring, _mayHaveReports with { Discloser = provider }, GateQuestions.Of(category, occurredAt)))
        || (Lawful.Count > 0 && provider == _facts.Provider
            && _heard.Lawful(Grounds.CourtOrder, GateQuestions.MayBeOrdered(_facts, Recipient, At), GateQuestions.Of(category, occurredAt)).Count > 0);

    /// <summary>
    /// The gate's table as one function: null is "no", whatever the reason. Who is party to the referral is looked up here; what the
    /// person allows is asked of the engine, in the same terms as at every other door. Pure; <paramref name="at"/> is the clock.
    /// </summary>
    /// <param name="heard">All consents of the person, all emergencies and court orders, in force or not.</param>
    /// <param name="acting">The recipient acts on the referral, rather than reads it.</param>
    public static Disclosure? Decide(ReferralFacts facts, string recipient, OrganisationKind kind, Heard heard, DateTimeOffset at, bool acting) =>
        Decide(facts, recipient, kind, heard, at, acting, onConsentsAlone: false);

    static Disclosure? Decide(ReferralFacts facts, string recipient, OrganisationKind kind, Heard heard, DateTimeOffset at, bool acting, bool onConsentsAlone)
    {
        if (kind.IsJustice)
        {
            var orders = onConsentsAlone ? [] : heard.Lawful(Grounds.CourtOrder, GateQuestions.MayBeOrdered(facts, recipient, at));
            if (recipient == facts.Referrer)
                return new(recipient, Standing.Referrer, facts, at, heard, Referred(facts, heard, at), Monitored(null, out var ofAll), ofAll) { Lawful = orders };
            var monitoring = Monitored(facts.Provider, out var ofProvider);
            return monitoring.Count > 0 ? new(recipient, Standing.Named, facts, at, heard, [], monitoring, ofProvider) { Lawful = orders }
                : orders.Count > 0 && facts.Accepted ? new(recipient, Standing.Ordered, facts, at, heard, [], []) { Lawful = orders }
                : null;
        }
        if (!kind.IsCare)
            return null;
        if (recipient == facts.Provider)
        {
            var given = heard.Grounds(Kinds.Referral, GateQuestions.MayBeReferred(facts, recipient, at), GateQuestions.Referral);
            if (given.Count > 0)
                return new(recipient, Standing.Provider, facts, at, heard, given, []);
            if (acting && facts.Accepted)
                return new(recipient, Standing.ProviderAlone, facts, at, heard, [], []);
        }
        // What a provider has taken on is its record of the person; what waits for an answer is the court's alone.
        return facts.Accepted && !onConsentsAlone && heard.Lawful(Grounds.Emergency, GateQuestions.MayTreatInEmergency(recipient, at)) is { Count: > 0 } emergency
            ? new(recipient, Standing.Emergency, facts, at, heard, [], []) { Lawful = emergency }
            : null;

        IReadOnlyList<ConsentGiven> Monitored(string? discloser, out Question question) =>
            heard.Grounds(Kinds.JusticeMonitoring, question = GateQuestions.MayMonitor(facts, recipient, at, discloser));
    }

    /// <summary>The row of care information: what the provider of <paramref name="facts"/> reports, to another whom a consent for treatment names.</summary>
    public static Disclosure? DecideTreating(ReferralFacts facts, string recipient, OrganisationKind kind, Heard heard, DateTimeOffset at) =>
        kind.IsCare && facts.Accepted && recipient != facts.Provider && heard.Grounds(Kinds.Treatment, GateQuestions.MayTreat(facts, recipient, at)) is { Count: > 0 } given
            ? new(recipient, Standing.Treating, facts, at, heard, [], given, GateQuestions.MayTreat(facts, recipient, at))
            : null;

    /// <summary>For an event: the gate's table, and for a notice that something told was wrong, that the recipient was told it.</summary>
    public static Disclosure? Decide(EventFacts told, string recipient, OrganisationKind kind, Heard heard, DateTimeOffset at)
    {
        if (told.Content is { Kind: ContentKind.Notice, Only: { } only })
            return Permitted(only.Contains(recipient) ? new(recipient, Standing.ToldBefore, told.Referral, at, heard, [], []) : null);
        // Where the consents permit it, it rests on them.
        return Permitted(Decide(told.Referral, recipient, kind, heard, at, acting: false, onConsentsAlone: true))
            ?? Permitted(told.ResourceType is null ? null : DecideTreating(told.Referral with { Accepted = true }, recipient, kind, heard, at)) // a report
            ?? Permitted(Decide(told.Referral, recipient, kind, heard, at, acting: false, onConsentsAlone: false));

        Disclosure? Permitted(Disclosure? disclosure) => disclosure?.Permits(told.Content) is true ? disclosure : null;
    }

    /// <summary>The consents by which the referrer told any provider: what each answered is the answer to its own question.</summary>
    static IReadOnlyList<ConsentGiven> Referred(ReferralFacts facts, Heard heard, DateTimeOffset at) =>
        [.. heard.Recipients(Kinds.Referral).SelectMany(provider => heard.Grounds(Kinds.Referral, GateQuestions.MayBeReferred(facts, provider, at), GateQuestions.Referral)).Distinct()];
}
