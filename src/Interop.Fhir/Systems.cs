using Interop.Consent.Evaluation;

namespace Interop.Fhir;

/// <summary>The namespaces of identifiers and codes. Ours are URNs until they are published under an address.</summary>
internal static class Systems
{
    public const string Referral = "urn:interop:referral";
    public const string Organisation = "urn:interop:organisation";
    public const string Matter = "urn:interop:matter";
    public const string BusinessStatus = "urn:interop:business-status";
    public const string Service = "urn:interop:service";
    public const string ServiceCategory = "urn:interop:service-category";
    public const string Need = "urn:interop:need";
    public const string Intercept = "urn:interop:intercept";
    public const string SequentialIntercept = "urn:interop:sequential-intercept";
    public const string ReportCategory = "urn:interop:report-category";
    public const string TaskOutput = "urn:interop:task-output";
    public const string Discharge = "urn:interop:discharge";
    public const string Problem = "urn:interop:problem";
    public const string Client = "urn:interop:client";

    /// <summary>The human whom a client named behind its call.</summary>
    public const string Actor = "urn:interop:actor";

    /// <summary>What the log calls an operation: <c>referral.accept</c>.</summary>
    public const string Operation = "urn:interop:operation";
    public const string ResourceType = "urn:interop:resource-type";

    /// <summary>Extension and namespace: an entry's number in the log.</summary>
    public const string LogIndex = "urn:interop:log-index";
    public const string DataAbsent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

    /// <summary>Extension of meta: the notice against redisclosure in words (42 CFR 2.32), beside its code.</summary>
    public const string RedisclosureNotice = "urn:interop:redisclosure-notice";

    /// <summary>Extension of meta: a consent that the disclosure rests on, with its scope in words.</summary>
    public const string ReliedConsent = "urn:interop:relied-consent";

    public const string ConsentKind = CodeSystems.ConsentKind;
    public const string Purpose = CodeSystems.Purpose;
    public const string Person = CodeSystems.Person;

    /// <summary>Codes of what can end a consent, or let it be revoked.</summary>
    public const string ConsentEvent = "urn:interop:consent-event";
    public const string SignatureMethod = "urn:interop:signature-method";

    /// <summary>Extensions of a Consent: what R4 has no element for.</summary>
    public const string ConsentMatter = "urn:interop:consent-matter";
    public const string ConsentUntilEvent = "urn:interop:consent-until-event";
    public const string ConsentRevocable = "urn:interop:consent-revocable";
    public const string ConsentSignature = "urn:interop:consent-signature";
    public const string RevocationReason = "urn:interop:consent-revocation-reason";

    public const string ConsentStatus = "http://hl7.org/fhir/consent-state-codes";
    public const string ConsentScope = CodeSystems.Scope;
    public const string ActReason = CodeSystems.ActReason;
    public const string ParticipationType = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
    public const string TaskStatus = "http://hl7.org/fhir/task-status";
    public const string RequestStatus = "http://hl7.org/fhir/request-status";
    public const string TaskCode = "http://hl7.org/fhir/CodeSystem/task-code";
    public const string ActCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    public const string NullFlavor = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor";
    public const string Bcp47 = "urn:ietf:bcp:47";

    /// <summary>"No redisclosure without consent directive."</summary>
    public const string NoRedisclosure = "NORDSCLCD";
}
