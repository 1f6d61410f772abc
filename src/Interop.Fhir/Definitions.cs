using Hl7.Fhir.Model;
using Interop.Consent;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;

namespace Interop.Fhir;

/// <summary>
/// What is ours in Consents, defined: code systems made from the vocabularies that are enforced, a value set of each, and the
/// extensions for what R4 has no element for. The same files lie in contracts/fhir.
/// </summary>
internal static class Definitions
{
    const string Day = "2026-11-24";

    /// <summary>Of v3-ActReason: what a purpose of ours is, or is nearest to.</summary>
    static readonly Dictionary<string, string[]> s_nearest = new(StringComparer.Ordinal)
    {
        [Purposes.JusticeMonitoring] = ["HLEGAL", "HCOMPL", "COC"],
        [Purposes.Treatment] = ["TREAT"],
        ["payment"] = ["HPAYMT"],
        ["operations"] = ["HOPERAT"],
        [Purposes.Research] = ["HRESCH"],
        ["emergency"] = ["ETREAT"],
        [Purposes.Proceedings] = ["HLEGAL"],
    };

    static readonly (string Name, string Url, string Title, IEnumerable<string> Codes)[] s_systems =
    [
        ("ConsentKind", Systems.ConsentKind, "Kinds of consent: what the law lets a consent be used for. In Consent.category", Kinds.All.Append(Kinds.General)),
        ("Purpose", Systems.Purpose, "Purposes of use, among them justice-monitoring, for which v3-ActReason has no word", Purposes.Codes.Select(Purposes.Normal).Distinct()),
        ("ReportCategory", Systems.ReportCategory, "What can be told: the referral, the closed list of the justice side, and parts of the health record. In Consent.provision.code", Categories.All),
        ("ConsentEvent", Systems.ConsentEvent, "Events that end a consent, or from which it may be revoked", UntilEvents.All),
        ("SignatureMethod", Systems.SignatureMethod, "How a consent was signed", SignatureMethods.All),
    ];

    public static IReadOnlyList<Resource> All { get; } =
    [
        .. s_systems.Select(s => SystemOf(s.Name, s.Url, s.Title, s.Codes)),
        .. s_systems.Select(s => SetOf(s.Name, s.Url, s.Title)),
        Simple("ConsentMatter", Systems.ConsentMatter, "The matter to which a consent is bound (42 CFR 2.35): its id, or its number within the organisation that writes", "Consent", "Identifier", null),
        Simple("ConsentUntilEvent", Systems.ConsentUntilEvent, "The event that ends the consent", "Consent", "code", "ConsentEvent"),
        Simple("ConsentRevocationReason", Systems.RevocationReason, "Why it was revoked, in the person's words", "Consent", "string", null),
        Complex("ConsentRevocable", Systems.ConsentRevocable, "From when a limited consent may be revoked: an instant, an event, or whichever comes first (42 CFR 2.35(c))",
            ("from", "dateTime", null, 0), ("event", "code", "ConsentEvent", 0)),
        Complex("ConsentSignature", Systems.ConsentSignature, "Who signed, how and when (42 CFR 2.31(a)); a mark has a witness",
            ("method", "code", "SignatureMethod", 1), ("at", "dateTime", null, 1), ("by", "string", null, 1), ("witness", "string", null, 0)),
        Simple("RedisclosureNotice", Systems.RedisclosureNotice, "The notice against redisclosure in words (42 CFR 2.32), beside its code in meta.security", "Meta", "string", null),
        Simple("ReliedConsent", Systems.ReliedConsent, "A consent that the disclosure rests on, with its scope in words (42 CFR 2.32)", "Meta", "Reference", null),
    ];

    /// <summary>Reads one.</summary>
    public static Func<string, IResult> Read(FhirType type) => id => All.FirstOrDefault(r => r.TypeName == type.Name && r.Id == id) is { } found ? FhirShown.Of(found) : Refusal.NotFound.ToResult();

    /// <summary>Finds them by id or address.</summary>
    public static Func<HttpContext, FhirDesk, CancellationToken, Task<IResult>> Search(FhirType type) => (http, desk, ct) => desk.SearchPublicAsync(http, type, search =>
    {
        var (ids, urls) = (search.Occurrences(FhirTypes.Id), search.Occurrences(FhirTypes.Url));
        return [.. All.Where(r => r.TypeName == type.Name && ids.All(any => any.Contains(r.Id)) && urls.All(any => any.Contains(((IConformanceResource)r).Url)))];
    }, ct);

    static string IdOf(string name) => string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));

    static CodeSystem SystemOf(string name, string url, string title, IEnumerable<string> codes)
    {
        var system = new CodeSystem
        {
            Id = IdOf(name), Url = url, Version = "1", Name = name, Title = title, Status = PublicationStatus.Active, Date = Day, Publisher = "Interop", Description = title + ".",
            CaseSensitive = true, Content = CodeSystemContentMode.Complete,
            Concept = [.. codes.Select(c => new CodeSystem.ConceptDefinitionComponent { Code = c, Display = c.Replace('-', ' ') })],
        };
        if (url != Systems.Purpose)
            return system;
        system.Property = [new() { Code = "nearest", Description = "The code of v3-ActReason that is the same, or nearest.", Type = CodeSystem.PropertyType.Coding }];
        foreach (var concept in system.Concept)
            concept.Property = [.. s_nearest[concept.Code!].Select(code => new CodeSystem.ConceptPropertyComponent { Code = "nearest", Value = new Coding(Systems.ActReason, code) })];
        return system;
    }

    static ValueSet SetOf(string name, string url, string title) => new()
    {
        Id = IdOf(name), Url = SetUrl(name), Version = "1", Name = name, Title = title, Status = PublicationStatus.Active, Date = Day, Publisher = "Interop", Description = title + ".",
        Compose = new() { Include = [new() { System = url }] },
    };

    static string SetUrl(string name) => $"urn:interop:vs:{IdOf(name)}";

    static StructureDefinition Simple(string name, string url, string title, string context, string type, string? set) => ExtensionOf(name, url, title, context,
    [
        new ElementDefinition { ElementId = "Extension.extension", Path = "Extension.extension", Max = "0" },
        Fixed("Extension.url", "Extension.url", url),
        Value("Extension.value[x]", "Extension.value[x]", type, set),
    ]);

    static StructureDefinition Complex(string name, string url, string title, params (string Name, string Type, string? Set, int Min)[] parts) => ExtensionOf(name, url, title, "Consent",
    [
        .. parts.SelectMany(p => new[]
        {
            new ElementDefinition { ElementId = $"Extension.extension:{p.Name}", Path = "Extension.extension", SliceName = p.Name, Min = p.Min, Max = "1" },
            new ElementDefinition { ElementId = $"Extension.extension:{p.Name}.extension", Path = "Extension.extension.extension", Max = "0" },
            Fixed($"Extension.extension:{p.Name}.url", "Extension.extension.url", p.Name),
            Value($"Extension.extension:{p.Name}.value[x]", "Extension.extension.value[x]", p.Type, p.Set),
        }),
        Fixed("Extension.url", "Extension.url", url),
        new ElementDefinition { ElementId = "Extension.value[x]", Path = "Extension.value[x]", Max = "0" },
    ]);

    static StructureDefinition ExtensionOf(string name, string url, string title, string context, List<ElementDefinition> elements) => new()
    {
        Id = IdOf(name), Url = url, Version = "1", Name = name, Title = title, Status = PublicationStatus.Active, Date = Day, Publisher = "Interop", Description = title + ".",
        FhirVersion = FHIRVersion.N4_0_1, Kind = StructureDefinition.StructureDefinitionKind.ComplexType, Abstract = false,
        Context = [new() { Type = StructureDefinition.ExtensionContextType.Element, Expression = context }],
        Type = "Extension", BaseDefinition = "http://hl7.org/fhir/StructureDefinition/Extension", Derivation = StructureDefinition.TypeDerivationRule.Constraint,
        Differential = new() { Element = [new() { ElementId = "Extension", Path = "Extension", Short = title, Definition = title + ".", Min = 0, Max = "1" }, .. elements] },
    };

    static ElementDefinition Fixed(string id, string path, string url) => new() { ElementId = id, Path = path, Fixed = new FhirUri(url) };

    static ElementDefinition Value(string id, string path, string type, string? set) => new()
    {
        ElementId = id, Path = path, Min = 1,
        Type = [new() { Code = type }],
        Binding = set is null ? null : new() { Strength = BindingStrength.Required, ValueSet = SetUrl(set) },
    };
}
