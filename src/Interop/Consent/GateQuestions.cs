using Interop.Consent.Evaluation;

namespace Interop.Consent;

/// <summary>The rows of the gate's table as questions to the engine.</summary>
internal static class GateQuestions
{
    static readonly CodeSet s_treatment = new(CodeSystems.Purposes(new(null, Purposes.Treatment)));
    static readonly CodeSet s_monitoring = new(CodeSystems.Purposes(new(null, Purposes.JusticeMonitoring)));

    static readonly CodeSet s_proceedings = new(CodeSystems.Purposes(new(null, Purposes.Proceedings)));
    static readonly CodeSet s_emergency = new(CodeSystems.Purposes(new(null, Purposes.Emergency)));

    static readonly Dictionary<string, Item> s_items = Categories.All.ToDictionary(c => c, c =>
        new Item(c, Names.None, new([]), new([]), new([new(CodeSystems.ReportCategory, c)]), null, Names.None, Names.None, Names.None));

    /// <summary>Who is referred, in which matter, what is asked.</summary>
    public static Item Referral { get; } = s_items[Categories.Referral];

    /// <summary>May the referrer tell this provider?</summary>
    public static Question MayBeReferred(ReferralFacts facts, string provider, DateTimeOffset at) =>
        new([Organisation(provider)], s_treatment, at.UtcTicks, Matter: facts.Matter.ToString("D"), Discloser: facts.Referrer);

    /// <summary>May this justice organisation follow the matter? By whichever provider's word, or with a discloser by that one's.</summary>
    public static Question MayMonitor(ReferralFacts facts, string recipient, DateTimeOffset at, string? discloser = null) =>
        new([Organisation(recipient)], s_monitoring, at.UtcTicks, Matter: facts.Matter.ToString("D"), Discloser: discloser);

    /// <summary>Has a court ordered that this provider tell this justice organisation?</summary>
    public static Question MayBeOrdered(ReferralFacts facts, string recipient, DateTimeOffset at) =>
        new([Organisation(recipient)], s_proceedings, at.UtcTicks, Discloser: facts.Provider);

    /// <summary>Does an emergency open to this provider what others hold?</summary>
    public static Question MayTreatInEmergency(string recipient, DateTimeOffset at) => new([Organisation(recipient)], s_emergency, at.UtcTicks);

    /// <summary>A report of the closed list. What has no time of its own is of now.</summary>
    public static Item Report(string category, DateTimeOffset occurredAt) =>
        s_items[category] with { Age = new(occurredAt.UtcTicks, occurredAt.UtcTicks + 1) };

    static Actor Organisation(string id) => new(StoredConsents.Organisation(id));
}
