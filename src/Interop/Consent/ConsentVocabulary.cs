using Interop.Platform;

namespace Interop.Consent;

/// <summary>On which side of the exchange an organisation stands, as far as consents tell them apart.</summary>
internal enum Side
{
    Justice,
    Care,

    /// <summary>Whoever evaluates: treatment providers, social services, the statistics office. Never the justice side.</summary>
    Research,
}

internal static class Sides
{
    extension(Side side)
    {
        public bool Has(OrganisationKind kind) => side switch
        {
            Side.Justice => kind.IsJustice,
            Side.Care => kind.IsCare,
            _ => kind.IsCare || kind is OrganisationKind.Statistics,
        };
    }
}

/// <summary>What a consent is for, and so what may pass under it from whom to whom (42 CFR 2.31, 2.35).</summary>
/// <param name="Purpose">Every consent of this kind names it; null: its purposes are free.</param>
/// <param name="Categories">What it can be about. Of the justice side, what is not in its closed list cannot be asked for at all (P8).</param>
/// <param name="Scope">consentscope, in a FHIR Consent of this kind.</param>
/// <param name="ActCode">v3-ActCode, beside our own code among the categories of a FHIR Consent.</param>
/// <param name="IsSeparate">It is never combined with anything else (42 CFR 2.31(b), (d)).</param>
internal sealed record ConsentKind(
    string Name, Side Discloser, Side Recipient, string? Purpose, IReadOnlyList<string> Categories,
    bool NeedsMatter = false, bool IsSeparate = false, string Scope = "patient-privacy", string ActCode = "IDSCL");

internal static class Kinds
{
    public const string Referral = "referral";
    public const string JusticeMonitoring = "justice-monitoring";
    public const string Treatment = "treatment";
    public const string Research = "research";
    public const string CounsellingNotes = "counselling-notes";
    public const string Proceedings = "proceedings";

    /// <summary>Of none of these kinds: what a person permits and denies in FHIR's own terms. It opens nothing that needs a consent of its own.</summary>
    public const string General = "general";

    static readonly ConsentKind[] s_all =
    [
        new(Referral, Side.Justice, Side.Care, Purposes.Treatment, [Categories.Referral]),
        new(JusticeMonitoring, Side.Care, Side.Justice, Purposes.JusticeMonitoring, Categories.Justice, NeedsMatter: true),
        new(Treatment, Side.Care, Side.Care, Purposes.Treatment, [.. Categories.Justice, .. Categories.Care]),
        new(Research, Side.Care, Side.Research, Purposes.Research, [.. Categories.Justice, .. Categories.Care], Scope: "research", ActCode: "RESEARCH"),
        new(CounsellingNotes, Side.Care, Side.Care, null, [Categories.CounsellingNotes], IsSeparate: true),
        new(Proceedings, Side.Care, Side.Justice, Purposes.Proceedings, Categories.Justice, NeedsMatter: true, IsSeparate: true),
    ];

    public static IReadOnlyList<string> All { get; } = [.. s_all.Select(k => k.Name)];

    /// <summary>null: no such kind.</summary>
    public static ConsentKind? Find(string? name) => Array.Find(s_all, k => k.Name == name);
}

internal static class Categories
{
    public const string Referral = "referral";
    public const string Attendance = "attendance";
    public const string Progress = "progress";
    public const string Phase = "phase";
    public const string DrugTest = "drug-test";
    public const string TreatmentStatus = "treatment-status";

    /// <summary>Kept apart from the rest of the record: only a consent of its own is about them (42 CFR 2.31(b)).</summary>
    public const string CounsellingNotes = "counselling-notes";

    /// <summary>What the justice side may be told of, and nothing else (P8).</summary>
    public static IReadOnlyList<string> Justice { get; } = [Attendance, Progress, Phase, DrugTest, TreatmentStatus];

    /// <summary>Parts of the health record, as the FHIR resources that each consists of.</summary>
    static readonly Dictionary<string, string[]> s_care = new(StringComparer.Ordinal)
    {
        ["conditions"] = ["Condition", "AllergyIntolerance", "FamilyMemberHistory"],
        ["medications"] = ["MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense", "Immunization"],
        ["results"] = ["Observation", "DiagnosticReport", "Specimen"],
        ["screening"] = ["QuestionnaireResponse", "RiskAssessment"],
        ["care-plans"] = ["CarePlan", "Goal", "ServiceRequest", "CareTeam"],
        ["encounters"] = ["Encounter", "EpisodeOfCare", "Appointment", "Procedure"],
        ["documents"] = ["DocumentReference", "Composition", "Binary"],
    };

    public static IReadOnlyList<string> Care { get; } = [.. s_care.Keys];

    public static IReadOnlyList<string> All { get; } = [Referral, .. Justice, .. Care, CounsellingNotes];

    /// <summary>The FHIR resource types of a part of the health record; none of any other category.</summary>
    public static IReadOnlyList<string> ResourceTypesOf(string category) => s_care.GetValueOrDefault(category, []);
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
    public const string Treatment = "treatment";
    public const string JusticeMonitoring = "justice-monitoring";
    public const string Research = "research";
    public const string Emergency = "emergency";

    /// <summary>Use in civil, criminal, administrative or legislative proceedings against the person (42 CFR 2.31(d)).</summary>
    public const string Proceedings = "proceedings";

    static readonly Dictionary<string, string> s_byCode = new(StringComparer.Ordinal)
    {
        [Treatment] = Treatment, ["TREAT"] = Treatment,
        [JusticeMonitoring] = JusticeMonitoring,
        ["payment"] = "payment", ["HPAYMT"] = "payment",
        ["operations"] = "operations", ["HOPERAT"] = "operations",
        [Research] = Research, ["HRESCH"] = Research,
        [Emergency] = Emergency, ["ETREAT"] = Emergency,
        [Proceedings] = Proceedings, ["HLEGAL"] = Proceedings,
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
