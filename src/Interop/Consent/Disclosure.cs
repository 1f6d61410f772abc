using Interop.Consent.Evaluation;
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
    readonly IReadOnlyList<ConsentGiven> _monitoring;
    readonly Question? _mayMonitor;

    Disclosure(string recipient, Standing standing, ReferralFacts facts, DateTimeOffset at, Heard heard,
        IReadOnlyList<ConsentGiven> referral, IReadOnlyList<ConsentGiven> monitoring, Question? mayMonitor = null) =>
        (Recipient, Standing, _facts, At, _heard, _referral, _monitoring, _mayMonitor) = (recipient, standing, facts, at, heard, referral, monitoring, mayMonitor);

    public string Recipient { get; }

    public Standing Standing { get; }

    /// <summary>The instant as of which it was decided.</summary>
    public DateTimeOffset At { get; }

    /// <summary>The consents in force that any of this rests on; none where it rests on authorship alone.</summary>
    public IEnumerable<ConsentGiven> Relied => Standing switch
    {
        Standing.ProviderAlone or Standing.ToldBefore => [],
        Standing.Provider => _referral,
        _ => _referral.Concat(_monitoring),
    };

    /// <summary>In the words of the log.</summary>
    public string Ground => Relied.Any() ? "consent" : Standing is Standing.ToldBefore ? "correction" : "authorship";

    /// <summary>Whether the referrer may be told of what this provider answered, admitted and ended.</summary>
    public bool PermitsStatus(string provider) => PermitsReport(provider, Categories.TreatmentStatus, At);

    public bool Permits(Content content) => content.By == Recipient || (content.Only?.Contains(Recipient) is not false && Standing switch
    {
        Standing.Provider => content.Provider == Recipient,
        Standing.ProviderAlone => false,
        Standing.ToldBefore => content.Kind is ContentKind.Notice,
        _ => content.Kind switch
        {
            ContentKind.Referral => true,
            ContentKind.Answer => PermitsStatus(content.Provider)
                || (Standing is Standing.Referrer && _heard.Permits(Kinds.Referral, GateQuestions.MayBeReferred(_facts, content.Provider, At), GateQuestions.Referral)),
            ContentKind.Category => PermitsReport(content.Provider, content.Category!, content.OccurredAt ?? At),
            ContentKind.Notice => true,
            _ => false,
        },
    });

    bool PermitsReport(string provider, string category, DateTimeOffset occurredAt) =>
        _mayMonitor is not null && (_mayMonitor.Discloser is null || _mayMonitor.Discloser == provider)
        && _heard.Permits(Kinds.JusticeMonitoring, _mayMonitor with { Discloser = provider }, GateQuestions.Report(category, occurredAt));

    /// <summary>
    /// The gate's table as one function: null is "no", whatever the reason. Who is party to the referral is looked up here; what the
    /// person allows is asked of the engine, in the same terms as at every other door. Pure; <paramref name="at"/> is the clock.
    /// </summary>
    /// <param name="heard">All consents of the person, in force or not.</param>
    /// <param name="acting">The recipient acts on the referral, rather than reads it.</param>
    public static Disclosure? Decide(ReferralFacts facts, string recipient, OrganisationKind kind, Heard heard, DateTimeOffset at, bool acting)
    {
        if (kind.IsJustice)
        {
            if (recipient == facts.Referrer)
                return new(recipient, Standing.Referrer, facts, at, heard, Referred(facts, heard, at), Monitored(null, out var ofAll), ofAll);
            var monitoring = Monitored(facts.Provider, out var ofProvider);
            return monitoring.Count > 0 ? new(recipient, Standing.Named, facts, at, heard, [], monitoring, ofProvider) : null;
        }
        if (!kind.IsCare || recipient != facts.Provider)
            return null;
        var given = heard.Grounds(Kinds.Referral, GateQuestions.MayBeReferred(facts, recipient, at), GateQuestions.Referral);
        if (given.Count > 0)
            return new(recipient, Standing.Provider, facts, at, heard, given, []);
        return acting && facts.Accepted ? new(recipient, Standing.ProviderAlone, facts, at, heard, [], []) : null;

        IReadOnlyList<ConsentGiven> Monitored(string? discloser, out Question question) =>
            heard.Grounds(Kinds.JusticeMonitoring, question = GateQuestions.MayMonitor(facts, recipient, at, discloser));
    }

    /// <summary>For an event: the gate's table, and for a notice that something told was wrong, that the recipient was told it.</summary>
    public static Disclosure? Decide(EventFacts told, string recipient, OrganisationKind kind, Heard heard, DateTimeOffset at)
    {
        var disclosure = told.Content is { Kind: ContentKind.Notice, Only: { } only }
            ? only.Contains(recipient) ? new(recipient, Standing.ToldBefore, told.Referral, at, heard, [], []) : null
            : Decide(told.Referral, recipient, kind, heard, at, acting: false);
        return disclosure?.Permits(told.Content) is true ? disclosure : null;
    }

    /// <summary>The consents by which the referrer told any provider: what each answered is the answer to its own question.</summary>
    static IReadOnlyList<ConsentGiven> Referred(ReferralFacts facts, Heard heard, DateTimeOffset at) =>
        [.. heard.Recipients(Kinds.Referral).SelectMany(provider => heard.Grounds(Kinds.Referral, GateQuestions.MayBeReferred(facts, provider, at), GateQuestions.Referral)).Distinct()];
}
