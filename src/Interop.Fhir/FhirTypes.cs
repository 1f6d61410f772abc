global using FhirTask = Hl7.Fhir.Model.Task;
using Hl7.Fhir.Model;
using Interop.Platform;

namespace Interop.Fhir;

/// <summary>A search parameter that is answered. Its kind and definition are FHIR's own.</summary>
/// <param name="Modifiers">What may follow its name after a colon.</param>
internal sealed record Parameter(string Name, params string[] Modifiers);

/// <summary>What is served of one resource type: the routes, the search and the capability statement are made from this.</summary>
/// <param name="Name">As FHIR names it.</param>
/// <param name="Permissions">Of SMART v2: c create, r read, u update, s search.</param>
internal sealed record FhirType(string Name, string Permissions, IReadOnlyList<Parameter> Parameters, string Documentation)
{
    public string Scope(char permission) => $"system/{Name}.{permission}";

    /// <summary>Whom it is for.</summary>
    public Func<OrganisationKind, bool> For { get; init; } = kind => kind.IsCare;

    /// <summary>Another scope that does as well, for each permission.</summary>
    public Func<char, string>? AlsoScope { get; init; }

    /// <summary>Each version of it can be read.</summary>
    public bool HasHistory { get; init; }

    /// <summary>Published for everybody: definitions, and nobody's data.</summary>
    public bool IsPublic { get; init; }

    /// <summary>The profiles that its resources claim.</summary>
    public IReadOnlyList<string> Profiles { get; init; } = [];
}

internal static class FhirTypes
{
    public const string Id = "_id";
    public const string LastUpdated = "_lastUpdated";
    public const string Identifier = "identifier";
    public const string Status = "status";
    public const string Owner = "owner";
    public const string Requester = "requester";
    public const string Performer = "performer";
    public const string Patient = "patient";
    public const string Subject = "subject";
    public const string Date = "date";
    public const string Agent = "agent";
    public const string Entity = "entity";
    public const string Action = "action";
    public const string Type = "type";
    public const string Subtype = "subtype";
    public const string Outcome = "outcome";
    public const string Category = "category";
    public const string Actor = "actor";
    public const string Organisation = "organization";
    public const string Url = "url";

    static readonly Parameter s_id = new(Id), s_lastUpdated = new(LastUpdated), s_identifier = new(Identifier), s_status = new(Status);
    static readonly Parameter s_owner = new(Owner, "Organization", "identifier"), s_requester = new(Requester, "Organization", "identifier"), s_performer = new(Performer, "Organization", "identifier");
    static readonly Parameter s_patient = new(Patient, "Patient"), s_subject = new(Subject, "Patient");

    public static FhirType Task { get; } = new(nameof(Task), "rus",
        [s_id, s_lastUpdated, s_identifier, s_status, s_owner, s_requester, s_patient, s_subject],
        "The referral as work for the provider. An update moves the referral by its status and statusReason; all else that the owner writes is kept and comes back to it alone.");

    public static FhirType ServiceRequest { get; } = new(nameof(ServiceRequest), "rs",
        [s_id, s_lastUpdated, s_identifier, s_status, s_performer, s_requester, s_patient, s_subject],
        "What the justice organisation asks for. Its id is the Task's.");

    public static FhirType PatientType { get; } = new(nameof(Patient), "rs",
        [s_id, s_lastUpdated, s_identifier],
        "The person referred, while the consent to refer them is in force.");

    public static FhirType Consent { get; } = new(nameof(Consent), "crus",
        [s_id, s_lastUpdated, s_identifier, s_status, s_patient, new(Date), new(Category), new(Actor, "Organization", "identifier"), new(Organisation, "Organization", "identifier")],
        "The register of consents, the same as at /v1/consents, kept as written. An update revokes by its status; what a person signed is not changed. A recipient sees its scope.")
    {
        For = kind => kind.IsCare || kind.IsJustice,
        AlsoScope = permission => permission is 'c' or 'u' ? Scopes.ConsentsWrite : Scopes.ConsentsRead,
        HasHistory = true,
    };

    static FhirType Definitions(string name) => new(name, "rs", [s_id, new(Url)], "What is ours in the resources served here, published for everybody.") { IsPublic = true };

    public static FhirType CodeSystem { get; } = Definitions(nameof(CodeSystem));
    public static FhirType ValueSet { get; } = Definitions(nameof(ValueSet));
    public static FhirType StructureDefinition { get; } = Definitions(nameof(StructureDefinition));

    public static FhirType AuditEvent { get; } = new(nameof(AuditEvent), "rs",
        [s_id, s_lastUpdated, new(Date), s_patient, new(Agent, "identifier"), new(Entity), new(Action), new(Type), new(Subtype), new(Outcome)],
        "The log of who did and saw what, as IHE BALP shapes it: each entry is one event or several. For oversight.")
    {
        For = kind => kind is OrganisationKind.Oversight,
        AlsoScope = _ => Scopes.AuditRead,
        Profiles = Balp.Profiles,
    };

    public static IReadOnlyList<FhirType> All { get; } = [Task, ServiceRequest, PatientType, Consent, AuditEvent, CodeSystem, ValueSet, StructureDefinition];

    /// <summary>FHIR's own definition of a parameter: its kind and its address.</summary>
    public static (SearchParamType Kind, string Url) Definition(FhirType type, Parameter parameter) => parameter.Name switch
    {
        // Of every resource; the SDK's list holds those of each type.
        Id => (SearchParamType.Token, "http://hl7.org/fhir/SearchParameter/Resource-id"),
        LastUpdated => (SearchParamType.Date, "http://hl7.org/fhir/SearchParameter/Resource-lastUpdated"),
        var name when ModelInfo.SearchParameters.First(p => p.Name == name && p.Resource == type.Name) is var own => (own.Type, own.Url!),
        _ => default,
    };
}
