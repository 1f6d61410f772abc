using Interop.Consent;
using Interop.Platform.Http;

namespace Interop.Compliance;

/// <summary>The values of each category.</summary>
internal static class Values
{
    public const int MaxPhase = 40;

    static readonly Dictionary<string, IReadOnlyList<string>> s_codes = new(StringComparer.Ordinal)
    {
        [Categories.Attendance] = ["attended", "missed", "excused", "cancelled"],
        [Categories.Progress] = ["on-track", "needs-attention", "off-track"],
        [Categories.DrugTest] = ["negative", "positive", "missed", "refused", "invalid"],
        [Categories.TreatmentStatus] = ["admitted", "on-hold", "resumed", "completed", "ended"],
    };

    /// <summary>The category's closed list; a phase is a short text.</summary>
    public static string? Read(Fields f, string? category, bool required) => category switch
    {
        Categories.Phase => f.Text("value", MaxPhase, required),
        { } known => f.Code("value", s_codes[known], required),
        null => f.Any("value", required) is null ? null : "", // the category's own fault says enough
    };
}

/// <summary>A report to the justice side.</summary>
/// <param name="Category">attendance, progress, phase, drug-test or treatment-status.</param>
/// <param name="OccurredAt">When what it tells happened; not in the future.</param>
/// <param name="Value">Of the category's list; for phase a text of at most 40.</param>
/// <param name="Summary">In a sentence, nothing clinical. At most 500.</param>
public sealed record ComplianceRequest(string Category, DateTimeOffset OccurredAt, string Value, string? Summary)
{
    internal static ComplianceRequest Read(Fields f, DateTimeOffset now)
    {
        var category = f.Code("category", Categories.Justice);
        return new(category!, ReadOccurred(f, now, required: true) ?? default, Values.Read(f, category, required: true)!, f.Text("summary", 500, required: false));
    }

    internal static DateTimeOffset? ReadOccurred(Fields f, DateTimeOffset now, bool required)
    {
        var at = f.InstantOrDate("occurredAt", end: false, TimeZoneInfo.Utc, required);
        if (at > now + TimeSpan.FromMinutes(5))
            f.Fail("occurredAt", "date.future");
        return at;
    }
}

/// <summary>What was wrong in a report. Members left out stay as they were.</summary>
public sealed record CorrectionRequest(DateTimeOffset? OccurredAt, string? Value, string? Summary, string? Reason)
{
    internal static CorrectionRequest Read(Fields f, string category, DateTimeOffset now)
    {
        var request = new CorrectionRequest(ComplianceRequest.ReadOccurred(f, now, required: false), Values.Read(f, category, required: false),
            f.Text("summary", 500, required: false), f.Text("reason", 500, required: false));
        if (!f.Has("occurredAt") && !f.Has("value") && !f.Has("summary"))
            f.Fail("value", "required");
        return request;
    }
}

/// <param name="Reason">Why it was entered in error.</param>
public sealed record RetractionRequest(string? Reason)
{
    internal static RetractionRequest Read(Fields f) => new(f.Text("reason", 500, required: false));
}
