using Hl7.Fhir.Model;

namespace Interop.Fhir;

/// <summary>What is served, made from <see cref="FhirTypes"/>.</summary>
internal static class Conformance
{
    /// <param name="authority">Where tokens come from, where not from here: SMART configuration at this face names its endpoints.</param>
    public static CapabilityStatement Of(string root, string? authority)
    {
        var service = new CodeableConcept("http://terminology.hl7.org/CodeSystem/restful-security-service", "SMART-on-FHIR");
        var security = new CapabilityStatement.SecurityComponent { Cors = false, Service = [service], Description = "SMART Backend Services: client credentials, system scopes." };
        if (authority is null)
            security.Extension.Add(TokensAt(root));
        return Of(root, security);
    }

    static Extension TokensAt(string root)
    {
        var uris = new Extension { Url = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris" };
        uris.AddExtension("token", new FhirUri($"{root}/connect/token"));
        uris.AddExtension("introspect", new FhirUri($"{root}/connect/introspect"));
        uris.AddExtension("revoke", new FhirUri($"{root}/connect/revocation"));
        return uris;
    }

    static CapabilityStatement Of(string root, CapabilityStatement.SecurityComponent security)
    {
        return new()
        {
            Status = PublicationStatus.Active,
            Date = "2026-11-24",
            Name = "Interop",
            Title = "Interop: between courts and clinics",
            Kind = CapabilityStatementKind.Instance,
            Software = new() { Name = "Interop", Version = typeof(Conformance).Assembly.GetName().Version!.ToString(3) },
            Implementation = new() { Description = "Referrals to treatment, as the person's consent permits.", Url = $"{root}/fhir" },
            FhirVersion = FHIRVersion.N4_0_1,
            Format = ["application/fhir+json", "json"],
            Rest = [new() { Mode = CapabilityStatement.RestfulCapabilityMode.Server, Security = security, Resource = [.. FhirTypes.All.Select(ResourceOf)] }],
        };
    }

    static CapabilityStatement.ResourceComponent ResourceOf(FhirType type) => new()
    {
        Type = type.Name,
        Documentation = type.Documentation,
        SupportedProfile = type.Profiles,
        Interaction = [.. InteractionsOf(type).Select(i => new CapabilityStatement.ResourceInteractionComponent { Code = i })],
        Versioning = type.IsPublic ? CapabilityStatement.ResourceVersionPolicy.NoVersion
            : type.Permissions.Contains('u') ? CapabilityStatement.ResourceVersionPolicy.VersionedUpdate : CapabilityStatement.ResourceVersionPolicy.Versioned,
        ReadHistory = type.HasHistory,
        UpdateCreate = false,
        ConditionalCreate = false,
        ConditionalUpdate = false,
        ReferencePolicy = [CapabilityStatement.ReferenceHandlingPolicy.Literal, CapabilityStatement.ReferenceHandlingPolicy.Logical],
        SearchParam = [.. type.Parameters.Select(p =>
        {
            var (kind, url) = FhirTypes.Definition(type, p);
            return new CapabilityStatement.SearchParamComponent
            {
                Name = p.Name,
                Definition = url,
                Type = kind,
                Documentation = p.Modifiers.Length > 0 ? $"Modifiers: {string.Join(", ", p.Modifiers.Select(m => ":" + m))}." : null,
            };
        })],
    };

    static IEnumerable<CapabilityStatement.TypeRestfulInteraction> InteractionsOf(FhirType type) => type.Permissions.Select(InteractionOf)
        .Concat(type.HasHistory ? [CapabilityStatement.TypeRestfulInteraction.Vread, CapabilityStatement.TypeRestfulInteraction.HistoryInstance] : []);

    static CapabilityStatement.TypeRestfulInteraction InteractionOf(char permission) => permission switch
    {
        'c' => CapabilityStatement.TypeRestfulInteraction.Create,
        'r' => CapabilityStatement.TypeRestfulInteraction.Read,
        'u' => CapabilityStatement.TypeRestfulInteraction.Update,
        _ => CapabilityStatement.TypeRestfulInteraction.SearchType,
    };
}
