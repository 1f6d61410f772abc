using System.Text.RegularExpressions;

namespace Interop.Directory;

/// <summary>The closed lists of DESIGN.md section 6.</summary>
internal static partial class Vocabulary
{
    public static IReadOnlyList<string> Services { get; } =
        ["outpatient", "intensive-outpatient", "residential", "opioid-agonist", "brief-intervention", "aftercare", "social-support"];

    public static IReadOnlyList<string> Needs { get; } =
        ["women", "women-with-children", "pregnant", "adolescent", "indigenous", "lgbti", "disability", "co-occurring"];

    public const string NeedNames = "women, women-with-children, pregnant, adolescent, indigenous, lgbti, disability, co-occurring, language:<bcp47>";

    public static IReadOnlyList<string> Sexes { get; } = ["female", "male", "intersex", "unknown"];

    public static bool IsNeed(string need) =>
        Needs.Contains(need) || (need.StartsWith("language:", StringComparison.Ordinal) && IsLanguage(need["language:".Length..]));

    /// <summary>The shape of a BCP 47 tag.</summary>
    public static bool IsLanguage(string tag) => Bcp47().IsMatch(tag);

    public static bool IsJurisdiction(string code) => Iso3166().IsMatch(code);

    public static bool IsSlug(string id) => Slug().IsMatch(id);

    [GeneratedRegex(@"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Bcp47();

    [GeneratedRegex(@"^[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Iso3166();

    [GeneratedRegex(@"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Slug();
}
