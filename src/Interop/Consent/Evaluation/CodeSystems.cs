namespace Interop.Consent.Evaluation;

/// <summary>The systems that the engine knows by name, and the older names that they still go by.</summary>
internal static class CodeSystems
{
    public const string Confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    public const string ActCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    public const string ActReason = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
    public const string Scope = "http://terminology.hl7.org/CodeSystem/consentscope";
    public const string ResourceTypes = "http://hl7.org/fhir/resource-types";
    public const string MediaTypes = "urn:ietf:bcp:13";

    /// <summary>Ours: purposes that v3-ActReason has no word for, and our names of those that it has.</summary>
    public const string Purpose = "urn:interop:purpose";

    /// <summary>Ours: what kind of consent it is, where that decides what it may be used for.</summary>
    public const string ConsentKind = "urn:interop:consent-kind";
    public const string ReportCategory = "urn:interop:report-category";
    public const string Organisation = "urn:interop:organisation";
    public const string Person = "urn:interop:person";

    const string Terminology = "http://terminology.hl7.org/CodeSystem/";
    const string OldV3 = "http://hl7.org/fhir/v3/";

    static readonly Dictionary<string, string> s_alias = new(StringComparer.Ordinal)
    {
        ["urn:oid:2.16.840.1.113883.5.25"] = Confidentiality,
        ["urn:oid:2.16.840.1.113883.5.4"] = ActCode,
        ["urn:oid:2.16.840.1.113883.5.8"] = ActReason,
        ["http://hl7.org/fhir/fhir-types"] = ResourceTypes,
        ["http://hl7.org/fhir/consentscope"] = Scope,
    };

    public static string? Normal(string? system)
    {
        if (string.IsNullOrEmpty(system))
            return null;
        system = system.TrimEnd('/');
        if (system.StartsWith("https://terminology.hl7.org/", StringComparison.Ordinal))
            system = string.Concat("http", system.AsSpan(5));
        if (system.StartsWith(OldV3, StringComparison.Ordinal))
            return $"{Terminology}v3-{system[OldV3.Length..]}";
        return s_alias.GetValueOrDefault(system, system);
    }

    /// <summary>A purpose as it was written and, where it is one of ours by whichever name, as ours.</summary>
    public static IEnumerable<Code> Purposes(Code code)
    {
        yield return code;
        if (code.System is null or ActReason && Consent.Purposes.Codes.Contains(code.Value) && (code.System is null || char.IsUpper(code.Value[0])))
            yield return new(Purpose, Consent.Purposes.Normal(code.Value));
    }
}
