using Interop.Platform.Http;

namespace Interop.Consent;

/// <summary>What the kind of a consent asks of its parts, and what needs a consent of its own (42 CFR 2.31(b), (d), 2.35).</summary>
/// <param name="kind">null where the body names none, or none that there is: its parts are then read as of any.</param>
internal sealed class KindRules(ConsentKind? kind)
{
    static readonly Dictionary<string, string> s_purposeMissing = new()
    {
        [Purposes.Treatment] = "consent.purpose-treatment",
        [Purposes.JusticeMonitoring] = "consent.purpose-monitoring",
        [Purposes.Research] = "consent.purpose-research",
        [Purposes.Proceedings] = "consent.purpose-proceedings",
    };

    public bool NeedsMatter => kind?.NeedsMatter is true;

    public IReadOnlyList<string> ReadCategories(Fields f)
    {
        var own = kind?.Categories ?? Categories.All;
        var categories = f.Codes("categories", c => own.Contains(c) || WhyNot(c) is not null, string.Join(", ", own), 20);
        foreach (var (index, category) in categories.Index())
            if (category is not null && !own.Contains(category))
                f.Fail($"categories[{index}]", WhyNot(category)!, kind!.IsSeparate ? kind.Name : category);
        return categories;
    }

    public IReadOnlyList<string> ReadPurposes(Fields f)
    {
        var purposes = f.Codes("purposes", Purposes.Codes, 20);
        if (kind is null)
            return purposes;
        var known = purposes.Select(p => p is null ? null : Purposes.Normal(p)).ToList();
        foreach (var (index, purpose) in known.Index())
            if (purpose == Purposes.Proceedings && kind.Name != Kinds.Proceedings)
                f.Fail($"purposes[{index}]", "consent.needs-own", Kinds.Proceedings);
            else if (purpose is not (null or Purposes.Proceedings) && kind.Name == Kinds.Proceedings)
                f.Fail($"purposes[{index}]", "consent.not-combined", Kinds.Proceedings);
        if (kind.Purpose is { } needed && known.Count > 0 && !known.Contains(null) && !known.Contains(needed))
            f.Fail("purposes", s_purposeMissing[needed]);
        return purposes;
    }

    /// <summary>Only what justice made a condition may be irrevocable for a time (2.35(c)); everything else the person takes back at will (2.31(a)(6)).</summary>
    public void CheckRevocable(Fields f)
    {
        if (f.Has("revocable") && kind is not (null or { Name: Kinds.Referral or Kinds.JusticeMonitoring }))
            f.Fail("revocable", "consent.always-revocable");
    }

    /// <summary>Of a category that there is, and that a consent of this kind cannot be about; null: it is no word for it at all.</summary>
    string? WhyNot(string category) => kind switch
    {
        null => null,
        _ when category == Categories.Referral || !Categories.All.Contains(category) => null,
        { Recipient: Side.Justice } => "consent.beyond-closed-list",
        { IsSeparate: true } => "consent.not-combined",
        _ when category == Categories.CounsellingNotes => "consent.needs-own",
        _ => null,
    };
}
