using Hl7.Fhir.Model;
using Interop.Platform;
using FhirConsent = Hl7.Fhir.Model.Consent;

namespace Interop.Fhir;

/// <summary>
/// What an update of a Consent may ask for: its end, and what stands beside what it states. What a person signed is not changed: they
/// give another consent.
/// </summary>
internal static class ConsentUpdate
{
    public const string EnteredInError = "entered-in-error";

    /// <summary>Of a consent that was given, or had been.</summary>
    public static IReadOnlyList<string> Statuses { get; } = ["active", "inactive", EnteredInError];

    static readonly string[] s_own = [Systems.ConsentMatter, Systems.ConsentUntilEvent, Systems.ConsentRevocable, Systems.ConsentSignature];

    public static IEnumerable<Fault> Faults(FhirConsent asked, FhirConsent shown)
    {
        if (!Statuses.Contains(StatusOf(asked)))
            yield return new("Consent.status", "code.unknown", string.Join(", ", Statuses));
        if (asked.ModifierExtension.Count > 0)
            yield return new("Consent.modifierExtension", "fhir.not-understood");
        if (asked.ImplicitRules is not null)
            yield return new("Consent.implicitRules", "fhir.not-understood");
        foreach (var (path, one, other) in new (string, IEnumerable<Base?>, IEnumerable<Base?>)[]
        {
            ("Consent.language", [asked.LanguageElement], [shown.LanguageElement]),
            ("Consent.scope", [asked.Scope], [shown.Scope]),
            ("Consent.category", asked.Category, shown.Category),
            ("Consent.patient", [asked.Patient], [shown.Patient]),
            ("Consent.dateTime", [asked.DateTimeElement], [shown.DateTimeElement]),
            ("Consent.performer", asked.Performer, shown.Performer),
            ("Consent.organization", asked.Organization, shown.Organization),
            ("Consent.policy", asked.Policy, shown.Policy),
            ("Consent.policyRule", [asked.PolicyRule], [shown.PolicyRule]),
            ("Consent.provision", [asked.Provision], [shown.Provision]),
            ("Consent.contained", asked.Contained, shown.Contained),
        })
            if (!AreSame([.. one.OfType<Base>()], [.. other.OfType<Base>()]))
                yield return new(path, "consent.changed");
        foreach (var url in s_own)
            if (!AreSame([.. asked.GetExtensions(url)], [.. shown.GetExtensions(url)]))
                yield return new($"Consent.extension('{url}')", "consent.changed");
    }

    public static string StatusOf(FhirConsent consent) => consent.StatusElement?.JsonValue as string ?? "";

    /// <summary>Whether nothing was written but the status, and what is the server's own.</summary>
    public static bool IsSame(FhirConsent asked, FhirConsent shown)
    {
        var (one, other) = ((FhirConsent)asked.DeepCopy(), (FhirConsent)shown.DeepCopy());
        foreach (var consent in (FhirConsent[])[one, other])
        {
            (consent.Meta ??= new()).VersionId = null;
            consent.Meta.LastUpdated = null;
            consent.StatusElement = null!;
            consent.RemoveExtension(Systems.RevocationReason);
        }
        return one.IsExactly(other);
    }

    static bool AreSame(IReadOnlyList<Base> one, IReadOnlyList<Base> other) => one.Count == other.Count && one.Zip(other).All(p => p.First.IsExactly(p.Second));
}
