using Interop.Consent;
using Interop.Directory;
using Interop.Persons;
using Interop.Platform.Http;

namespace Interop.Referrals;

/// <summary>The points at which a person can be turned from prison to treatment, in both vocabularies.</summary>
internal static class Intercepts
{
    /// <summary>UNODC/WHO code, and the intercepts of the Sequential Intercept Model that it can be; the first where nothing is said.</summary>
    static readonly (string Code, int[] Sequential)[] s_map =
        [("pre-arrest", [0, 1]), ("arrest", [1]), ("pretrial", [2]), ("trial", [3]), ("sentencing", [3]), ("post-sentence", [4, 5])];

    public static IReadOnlyList<string> Codes { get; } = [.. s_map.Select(m => m.Code)];

    public static IReadOnlyList<int> Sequential(string code) => s_map.Single(m => m.Code == code).Sequential;
}

/// <summary>The matter in which the person is referred.</summary>
/// <param name="Number">As the caller numbers it; resolved within the caller's own organisation.</param>
/// <param name="Jurisdiction">Whose law: ISO 3166 code of the country or subdivision.</param>
/// <param name="Offence">Stays with the justice side.</param>
public sealed record MatterInput(string Number, string Jurisdiction, string? Offence)
{
    internal static MatterInput Read(Fields f) => new(f.Text("number", 100)!, f.Text("jurisdiction", 60)!, f.Text("offence", 200, required: false));
}

/// <summary>What the court wants to be told of.</summary>
/// <param name="Category">attendance, progress, phase, drug-test or treatment-status.</param>
/// <param name="Every">ISO 8601 duration: P7D, P1M (30 days).</param>
public sealed record ReportingInput(string Category, string Every)
{
    internal static ReportingInput Read(Fields f) => new(f.Code("category", Categories.Justice)!, f.Duration("every")!);
}

/// <summary>A referral of a person to treatment.</summary>
/// <param name="Intercept">pre-arrest, arrest, pretrial, trial, sentencing or post-sentence.</param>
/// <param name="SequentialIntercept">0–5, where the intercept can be two of the Sequential Intercept Model's.</param>
/// <param name="Service">outpatient, intensive-outpatient, residential, opioid-agonist, brief-intervention, aftercare or social-support.</param>
/// <param name="Needs">women, women-with-children, pregnant, adolescent, indigenous, lgbti, disability, co-occurring, language:&lt;bcp47&gt;.</param>
/// <param name="ProviderId">The care organisation that is asked.</param>
/// <param name="RespondBy">Until when it should answer; else the exchange's default.</param>
/// <param name="Note">For the provider: conditions and reporting duty, not the case file.</param>
public sealed record ReferralRequest(
    PersonInput Person, MatterInput Matter, string Intercept, int? SequentialIntercept, string Service, IReadOnlyList<string> Needs,
    string ProviderId, IReadOnlyList<ReportingInput> Reporting, DateTimeOffset? RespondBy, string? Note)
{
    internal static ReferralRequest Read(Fields f, DateTimeOffset now)
    {
        var request = new ReferralRequest(
            f.Object("person", p => PersonInput.Read(p, now))!,
            f.Object("matter", MatterInput.Read)!,
            f.Code("intercept", Intercepts.Codes)!,
            f.Integer("sequentialIntercept", 0, 5, required: false),
            f.Code("service", Vocabulary.Services)!,
            f.Codes("needs", Vocabulary.IsNeed, Vocabulary.NeedNames, 20, required: false),
            f.Text("providerId", 63)!,
            f.Objects("reporting", ReportingInput.Read, 5, required: false),
            f.Instant("respondBy", required: false),
            f.Text("note", 2000, required: false));
        if (request is { Intercept: { } intercept, SequentialIntercept: { } sequential } && !Intercepts.Sequential(intercept).Contains(sequential))
            f.Fail("sequentialIntercept", "code.unknown", string.Join(", ", Intercepts.Sequential(intercept)));
        foreach (var (index, twice) in request.Reporting.Index().Where(r => request.Reporting.Take(r.Index).Any(e => e?.Category == r.Item?.Category && e is not null)))
            f.Fail($"reporting[{index}].category", "list.repeated", twice.Category);
        if (request.RespondBy <= now)
            f.Fail("respondBy", "date.past");
        return request;
    }
}

/// <param name="Identifiers">The provider's own identifiers of the person: linked to the exchange's, shown to nobody else.</param>
public sealed record AcceptanceRequest(IReadOnlyList<IdentifierInput> Identifiers)
{
    internal static AcceptanceRequest Read(Fields f) => new(f.Objects("identifiers", IdentifierInput.Read, 20, required: false));
}

/// <param name="Reason">Why.</param>
public sealed record ReasonRequest(string Reason)
{
    internal static ReasonRequest Read(Fields f) => new(f.Text("reason", 500)!);
}

/// <param name="Reason">Why, where there is something to say.</param>
public sealed record OptionalReasonRequest(string? Reason)
{
    internal static OptionalReasonRequest Read(Fields f) => new(f.Text("reason", 500, required: false));
}

/// <param name="Kind">completed, neutral (moved away, transferred) or unsuccessful.</param>
public sealed record DischargeRequest(string Kind, string? Reason)
{
    public const string Completed = "completed";

    public static IReadOnlyList<string> Kinds { get; } = [Completed, "neutral", "unsuccessful"];

    internal static DischargeRequest Read(Fields f) => new(f.Code("kind", Kinds)!, f.Text("reason", 500, required: false));
}

/// <param name="ProviderId">Another care organisation.</param>
public sealed record ReassignmentRequest(string ProviderId, string? Reason)
{
    internal static ReassignmentRequest Read(Fields f) => new(f.Text("providerId", 63)!, f.Text("reason", 500, required: false));
}

/// <param name="At">When it takes place.</param>
/// <param name="Kind">What it is: assessment, first visit, session. Text of at most 60.</param>
public sealed record AppointmentRequest(DateTimeOffset At, string Kind)
{
    internal static AppointmentRequest Read(Fields f) => new(f.Instant("at") ?? default, f.Text("kind", 60)!);
}

/// <param name="Outcome">attended, missed, excused or cancelled.</param>
public sealed record OutcomeRequest(string Outcome)
{
    public const string Missed = "missed";

    public static IReadOnlyList<string> Outcomes { get; } = ["attended", Missed, "excused", "cancelled"];

    internal static OutcomeRequest Read(Fields f) => new(f.Code("outcome", Outcomes)!);
}
