using Hl7.Fhir.Model;

namespace Interop.Fhir;

/// <summary>Codes and profiles of IHE Basic Audit Log Patterns 1.1 (profiles.ihe.net/ITI/BALP), and the vocabularies that it uses.</summary>
internal static class Balp
{
    const string Root = "https://profiles.ihe.net/ITI/BALP/";
    const string Dicom = "http://dicom.nema.org/resources/ontology/DCM";
    const string Snomed = "http://snomed.info/sct";
    const string Participation = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
    const string EntityType = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
    const string EntityRole = "http://terminology.hl7.org/CodeSystem/object-role";
    const string SourceType = "http://terminology.hl7.org/CodeSystem/security-source-type";

    public const string Interaction = "http://hl7.org/fhir/restful-interaction";
    public const string ResourceType = "http://hl7.org/fhir/resource-types";

    /// <summary>RFC 9068 tokens name themselves so; BALP asks for the prefix.</summary>
    public const string TokenId = "urn:ietf:params:oauth:jti:";

    public static Coding Rest => new("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest");
    public static Coding Activity => new(Dicom, "110100");
    public static Coding Export => new(Dicom, "110106");
    public static Coding Import => new(Dicom, "110107");
    public static Coding SecurityAlert => new(Dicom, "110113");
    public static Coding Transmit => new("http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle", "transmit");
    public static Coding Disclose => new("http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle", "disclose");
    public static Coding ConsentDecision => new(Root + "CodeSystem/AuthZsubType", "AuthZ-Consent");

    public static Coding Application => new(Dicom, "110150");
    public static Coding Destination => new(Dicom, "110152");
    public static Coding Source => new(Dicom, "110153");
    public static Coding Custodian => new("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "custodian");
    public static Coding RecordKeeper => new(Snomed, "159541003");
    public static Coding PatientAdvocate => new(Snomed, "429577009");
    public static Coding Recipient => new(Participation, "IRCP");
    public static Coding Author => new(Participation, "AUT");
    public static Coding Organisation => new("http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PROV");
    public static Coding Authorizer => new("http://terminology.hl7.org/CodeSystem/extra-security-role-type", "authserver");
    public static Coding TokenUser => new(Root + "CodeSystem/UserAgentTypes", "UserOauthAgent");

    public static Coding Person => new(EntityType, "1");
    public static Coding SystemObject => new(EntityType, "2");
    public static Coding PatientRole => new(EntityRole, "1");
    public static Coding DomainResource => new(EntityRole, "4");
    public static Coding QueryRole => new(EntityRole, "24");
    public static Coding ApplicationServer => new(SourceType, "4");
    public static Coding SecurityServer => new(SourceType, "6");

    public const string AuthZConsent = "AuthZconsent";
    public const string DisclosureSource = "PrivacyDisclosure.Source";
    public const string DisclosureRecipient = "PrivacyDisclosure.Recipient";
    public const string AccessToken = "OAUTHaccessTokenUse.Minimal";

    /// <summary>Every profile that an event here can claim.</summary>
    public static IReadOnlyList<string> Profiles { get; } =
    [
        .. new[] { "Create", "Read", "Update", "Delete", "Query" }.SelectMany(p => new[] { Profile(p), Profile("Patient" + p) }),
        Profile(AccessToken), Profile(AuthZConsent), Profile(DisclosureSource), Profile(DisclosureRecipient),
    ];

    public static string Profile(string name) => $"{Root}StructureDefinition/IHE.BasicAudit.{name}";
}
