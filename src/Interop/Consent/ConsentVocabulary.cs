namespace Interop.Consent;

internal static class Kinds
{
    public const string Referral = "referral";
    public const string JusticeMonitoring = "justice-monitoring";

    /// <summary>Of none of these kinds: what a person permits and denies in FHIR's own terms. It opens nothing that needs a consent of its own.</summary>
    public const string General = "general";

    /// <summary>The kinds that the gate enforces. A consent that nobody would enforce is not taken.</summary>
    public static IReadOnlyList<string> All { get; } = [Referral, JusticeMonitoring];
}

internal static class Categories
{
    public const string Referral = "referral";
    public const string Attendance = "attendance";
    public const string Progress = "progress";
    public const string Phase = "phase";
    public const string DrugTest = "drug-test";
    public const string TreatmentStatus = "treatment-status";

    /// <summary>What the justice side may be told of, and nothing else (P8).</summary>
    public static IReadOnlyList<string> Justice { get; } = [Attendance, Progress, Phase, DrugTest, TreatmentStatus];
}

internal static class UntilEvents
{
    public const string FinalDisposition = "final-disposition";

    public const string EndOfTreatment = "end-of-treatment";

    public const string EndOfSupervision = "end-of-supervision";

    public static IReadOnlyList<string> All { get; } = [FinalDisposition, EndOfTreatment, EndOfSupervision];
}

internal static class Purposes
{
    public const string JusticeMonitoring = "justice-monitoring";

    static readonly Dictionary<string, string> s_byCode = new(StringComparer.Ordinal)
    {
        ["treatment"] = "treatment", ["TREAT"] = "treatment",
        [JusticeMonitoring] = JusticeMonitoring,
        ["payment"] = "payment", ["HPAYMT"] = "payment",
        ["operations"] = "operations", ["HOPERAT"] = "operations",
        ["research"] = "research", ["HRESCH"] = "research",
        ["emergency"] = "emergency", ["ETREAT"] = "emergency",
    };

    /// <summary>Ours and the v3-ActReason codes that mean the same.</summary>
    public static IReadOnlyCollection<string> Codes => s_byCode.Keys;

    /// <summary>Our name for a purpose, whichever way it was written.</summary>
    public static string Normal(string code) => s_byCode[code];
}

internal static class SignatureMethods
{
    public const string WitnessedMark = "witnessed-mark";

    public static IReadOnlyList<string> All { get; } = ["electronic", "paper", WitnessedMark];
}
