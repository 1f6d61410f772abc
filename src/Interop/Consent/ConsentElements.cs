using Interop.Platform;

namespace Interop.Consent;

/// <summary>What a consent must state. That an element is missing has a code of its own, beside the place where it is missed.</summary>
internal static class ConsentElements
{
    static readonly Dictionary<string, string> s_missing = new(StringComparer.Ordinal)
    {
        ["personId"] = "consent.no-person", // 42 CFR 2.31(a)(1)
        ["discloser"] = "consent.no-discloser", // (2)
        ["categories"] = "consent.no-information", // (3)
        ["recipients"] = "consent.no-recipient", // (4)
        ["purposes"] = "consent.no-purpose", // (5)
        ["revocable.from"] = "consent.no-revocation", // (6), and of the justice consent 2.35(c): a time or an event
        ["until"] = "consent.no-end", // (7)
        ["signature"] = "consent.no-signature", // (8)
        ["signature.method"] = "consent.no-signature-method",
        ["signature.by"] = "consent.no-signer",
        ["signature.witness"] = "consent.no-witness",
        ["signature.at"] = "consent.no-signature-date", // (9)
        ["matter"] = "consent.no-matter", // 2.35: the matter in which participation is a condition; 2.31(d): the proceedings
        ["kind"] = "consent.no-kind",
        ["from"] = "consent.no-beginning",
        ["language"] = "consent.no-language",
    };

    public static Fault Named(Fault fault) =>
        fault.Code == "required" && s_missing.TryGetValue(fault.Path, out var code) ? fault with { Code = code } : fault;
}
