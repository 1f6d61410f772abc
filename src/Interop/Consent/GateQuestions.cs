using Interop.Consent.Evaluation;

namespace Interop.Consent;

/// <summary>The rows of the gate's table as questions to the engine.</summary>
internal static class GateQuestions
{
    static readonly CodeSet s_treatment = new(CodeSystems.Purposes(new(null, Purposes.Treatment)));
    static readonly CodeSet s_monitoring = new(CodeSystems.Purposes(new(null, Purposes.JusticeMonitoring)));
    static readonly CodeSet s_proceedings = new(CodeSystems.Purposes(new(null, Purposes.Proceedings)));
    static readonly CodeSet s_emergency = new(CodeSystems.Purposes(new(null, Purposes.Emergency)));

    /// <summary>Something of each category: told by its code or, of the health record, by its types or its label.</summary>
    static readonly Dictionary<string, Item> s_items = Categories.All.ToDictionary(c => c, c => new Item(
        c, Names.None, new(Categories.ResourceTypesOf(c).Select(t => new Code(CodeSystems.ResourceTypes, t))), new(c == Categories.CounsellingNotes ? [StoredConsents.Notes] : []),
        new([new(CodeSystems.ReportCategory, c)]), null, Names.None, Names.None, Names.None));

    /// <summary>Who is referred, in which matter, what is asked.</summary>
    public static Item Referral { get; } = s_items[Categories.Referral];

    /// <summary>May the referrer tell this provider?</summary>
    public static Question MayBeReferred(ReferralFacts facts, string provider, DateTimeOffset at) =>
        new([Organisation(provider)], s_treatment, at.UtcTicks, Matter: facts.Matter.ToString("D"), Discloser: facts.Referrer);

    /// <summary>May this justice organisation follow the matter? By whichever provider's word, or with a discloser by that one's.</summary>
    public static Question MayMonitor(ReferralFacts facts, string recipient, DateTimeOffset at, string? discloser = null) =>
        new([Organisation(recipient)], s_monitoring, at.UtcTicks, Matter: facts.Matter.ToString("D"), Discloser: discloser);

    /// <summary>May the provider tell this one, to treat the person?</summary>
    public static Question MayTreat(ReferralFacts facts, string recipient, DateTimeOffset at) =>
        new([Organisation(recipient)], s_treatment, at.UtcTicks, Matter: facts.Matter.ToString("D"), Discloser: facts.Provider);

    /// <summary>Has a court ordered that this provider tell this justice organisation?</summary>
    public static Question MayBeOrdered(ReferralFacts facts, string recipient, DateTimeOffset at) =>
        new([Organisation(recipient)], s_proceedings, at.UtcTicks, Discloser: facts.Provider);

    /// <summary>Does an emergency open to this provider what others hold?</summary>
    public static Question MayTreatInEmergency(string recipient, DateTimeOffset at) => new([Organisation(recipient)], s_emergency, at.UtcTicks);

    /// <summary>Something of a category, that happened then.</summary>
    public static Item Of(string category, DateTimeOffset occurredAt) =>
        s_items[category] with { Age = new(occurredAt.UtcTicks, occurredAt.UtcTicks + 1) };

    /// <summary>May this recipient have what the consent is for, when it begins?</summary>
    public static Question MayHave(ConsentGiven c, string recipient) =>
        new([Organisation(recipient)], new(c.Purposes.SelectMany(p => CodeSystems.Purposes(new(null, p)))), c.From.UtcTicks, Matter: c.MatterId?.ToString(), Discloser: c.Discloser);

    static Actor Organisation(string id) => new(StoredConsents.Organisation(id));
}
