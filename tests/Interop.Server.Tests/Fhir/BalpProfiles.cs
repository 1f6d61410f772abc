using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Fhir;

/// <summary>What a slice of agents or entities must have, where its type says that it is of the slice.</summary>
/// <param name="Type">System and code of the type by which it is told.</param>
/// <param name="Has">Members that it must have.</param>
/// <param name="HasNot">Members that it must not have.</param>
/// <param name="Fixed">Members that have one value.</param>
public sealed record Slice(string Type, int Min, int Max, string Has, string HasNot = "", params (string Path, string Value)[] Fixed);

/// <summary>The elements that a profile of IHE BALP requires and fixes.</summary>
/// <param name="Type">AuditEvent.type.</param>
/// <param name="Subtypes">One of them must be there.</param>
/// <param name="Action">AuditEvent.action.</param>
/// <param name="Outcome">AuditEvent.outcome; null where any will do.</param>
public sealed record BalpProfile(string? Type, string[] Subtypes, string? Action, string? Outcome, Slice[] Agents, Slice[] Entities, int MinAgents = 2, int MinEntities = 1)
{
    /// <summary>No entity may be of another slice.</summary>
    public bool Closed { get; init; }

    /// <summary>The type of the agent that is also the source's observer (invariant val-audit-source).</summary>
    public string? Observer { get; init; }
}

/// <summary>
/// The profiles as tables. From the FSH sources of BALP 1.1.4, IHE/ITI.BasicAudit, input/fsh: PatientCreate, PatientRead,
/// PatientUpdate, PatientDelete, PatientQuery (each with its profile without a patient), AuthZ, Disclose, OAUTHaccessToken; the last
/// as published, StructureDefinition-IHE.BasicAudit.OAUTHaccessTokenUse.Minimal.
/// </summary>
public static class BalpProfiles
{
    const string Dicom = "http://dicom.nema.org/resources/ontology/DCM|";
    const string Participation = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType|";
    const string EntityType = "http://terminology.hl7.org/CodeSystem/audit-entity-type|";
    const string ObjectRole = "http://terminology.hl7.org/CodeSystem/object-role";
    const string Rest = "http://terminology.hl7.org/CodeSystem/audit-event-type|rest";
    const string Interaction = "http://hl7.org/fhir/restful-interaction|";
    const string Disclose = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle|disclose";
    const string UserAgent = "https://profiles.ihe.net/ITI/BALP/CodeSystem/UserAgentTypes|UserOauthAgent";
    const string Root = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";

    static readonly Slice s_source = new(Dicom + "110153", 1, 1, "who network", "media");
    static readonly Slice s_destination = new(Dicom + "110152", 1, 1, "who network", "media");
    static readonly Slice s_reader = new(Participation + "IRCP", 0, 1, "who", "media network", ("requestor", "true"));
    static readonly Slice s_author = new(Participation + "AUT", 0, 1, "who", "media network", ("requestor", "true"));
    static readonly Slice s_data = new(EntityType + "2", 1, 1, "what role", "", ("role.system", ObjectRole), ("role.code", "4"));
    static readonly Slice s_deleted = s_data with { HasNot = "lifecycle name query detail" };
    static readonly Slice s_query = new(EntityType + "2", 1, 1, "query", "what lifecycle detail", ("role.system", ObjectRole), ("role.code", "24"));
    static readonly Slice s_patient = new(EntityType + "1", 1, 1, "what role", "", ("role.system", ObjectRole), ("role.code", "1"), ("what.type", "Patient"));
    static readonly Slice s_token = new(UserAgent, 1, int.MaxValue, "policy", "media network", ("requestor", "true"));

    static readonly BalpProfile s_create = new(Rest, [Interaction + "create"], "C", "0", [s_source, s_destination, s_author], [s_data]);
    static readonly BalpProfile s_read = new(Rest, [Interaction + "read", Interaction + "vread"], "R", "0", [s_destination, s_source, s_reader], [s_data]);
    static readonly BalpProfile s_update = new(Rest, [Interaction + "update", Interaction + "patch"], "U", "0", [s_source, s_destination, s_author], [s_data]);
    static readonly BalpProfile s_delete = new(Rest, [Interaction + "delete"], "D", "0",
        [
            new(Dicom + "110150", 1, 1, "who network", "role altId name location policy media purposeOfUse"),
            new("http://terminology.hl7.org/CodeSystem/provenance-participant-type|custodian", 1, 1, "who network", "role altId name location policy media purposeOfUse"),
            new(Participation + "AUT", 0, 1, "who", "altId location policy media network", ("requestor", "true")),
        ], [s_deleted]);
    static readonly BalpProfile s_find = new(Rest, [Interaction + "search", Interaction + "search-type", Interaction + "search-system"], "E", "0", [s_source, s_destination, s_reader], [s_query]);

    public static IReadOnlyDictionary<string, BalpProfile> All { get; } = new Dictionary<string, BalpProfile>
    {
        [Root + "Create"] = s_create,
        [Root + "PatientCreate"] = s_create with { Entities = [s_data, s_patient], MinEntities = 2 },
        [Root + "Read"] = s_read,
        [Root + "PatientRead"] = s_read with { Entities = [s_data, s_patient], MinEntities = 2 },
        [Root + "Update"] = s_update,
        [Root + "PatientUpdate"] = s_update with { Entities = [s_data, s_patient], MinEntities = 2 },
        [Root + "Delete"] = s_delete,
        [Root + "PatientDelete"] = s_delete with { Entities = [s_deleted, s_patient with { HasNot = "lifecycle securityLabel name query detail" }], MinEntities = 2 },
        [Root + "Query"] = s_find,
        [Root + "PatientQuery"] = s_find with { Entities = [s_query, s_patient] },
        [Root + "OAUTHaccessTokenUse.Minimal"] = new(null, [], null, null, [s_token], [], 1, 0),
        [Root + "AuthZconsent"] = new(Dicom + "110113", ["https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType|AuthZ-Consent"], "E", null,
            [
                new(Dicom + "110150", 1, 1, "who network", "role altId name location media purposeOfUse"),
                new(Participation + "IRCP", 1, 1, "who", "altId location media network", ("requestor", "true")),
                new("http://terminology.hl7.org/CodeSystem/v3-RoleClass|PROV", 1, 1, "who", "role altId name location policy media network", ("requestor", "false")),
                new("http://terminology.hl7.org/CodeSystem/extra-security-role-type|authserver", 1, 1, "who", "role altId name location policy media network purposeOfUse", ("requestor", "false")),
            ],
            [s_patient, new("http://hl7.org/fhir/resource-types|Consent", 1, int.MaxValue, "what"), new(UserAgent, 0, 1, "what.identifier.value")], 2, 2)
        {
            Closed = true,
            Observer = "http://terminology.hl7.org/CodeSystem/extra-security-role-type|authserver",
        },
        [Root + "PrivacyDisclosure.Source"] = Disclosure("110106", "R", "110153"),
        [Root + "PrivacyDisclosure.Recipient"] = Disclosure("110107", "C", "110152"),
    };

    static BalpProfile Disclosure(string type, string action, string observer) => new(Dicom + type, [Disclose], action, null,
        [
            s_source with { HasNot = "" }, s_destination with { HasNot = "" },
            new("http://snomed.info/sct|159541003", 0, 1, "who"), new("http://snomed.info/sct|429577009", 0, 1, "who"),
        ], [s_patient], 2, 2)
    {
        Observer = Dicom + observer,
    };

    /// <summary>What of an event is not as the profile has it; nothing where it is.</summary>
    public static IEnumerable<string> Faults(JsonNode e, BalpProfile profile)
    {
        var (agents, entities) = (List(e, "agent"), List(e, "entity"));
        if (e["recorded"] is null || e["outcome"] is null || e["modifierExtension"] is not null || e.At("source.observer") is null)
            yield return "recorded, outcome or source.observer is missing, or there is a modifierExtension";
        if (profile.Type is not null && Coding(e["type"]!) != profile.Type)
            yield return $"type is {Coding(e["type"]!)}";
        if (profile.Subtypes.Length > 0 && !List(e, "subtype").Select(s => Coding(s)).Any(profile.Subtypes.Contains))
            yield return "subtype lacks what it must have";
        if (profile.Action is not null && e["action"]?.ToString() != profile.Action)
            yield return $"action is {e["action"]}";
        if (profile.Outcome is not null && e["outcome"]?.ToString() != profile.Outcome)
            yield return $"outcome is {e["outcome"]}";
        if (agents.Count < profile.MinAgents || agents.Any(a => a["requestor"] is null) || entities.Count < profile.MinEntities)
            yield return "too few agents or entities, or an agent that does not say whether it is the requestor";
        foreach (var fault in Of(agents, profile.Agents, a => List(a["type"]!, "coding").Select(Coding)).Concat(Of(entities, profile.Entities, n => [Coding(n["type"]!)])))
            yield return fault;
        if (profile.Closed && entities.FirstOrDefault(n => !profile.Entities.Any(s => s.Type == Coding(n["type"]!))) is { } other)
            yield return $"an entity of type {Coding(other["type"]!)}";
        if (profile.Observer is { } observer && agents.Single(a => List(a["type"]!, "coding").Select(Coding).Contains(observer))["who"]!.ToJsonString() != e.At("source.observer")!.ToJsonString())
            yield return "the observer is not the agent that it must be";
    }

    static IEnumerable<string> Of(IReadOnlyList<JsonNode> nodes, Slice[] slices, Func<JsonNode, IEnumerable<string>> types)
    {
        foreach (var slice in slices)
        {
            var members = nodes.Where(n => types(n).Contains(slice.Type)).ToList();
            if (members.Count < slice.Min || members.Count > slice.Max)
                yield return $"{members.Count} of {slice.Type}";
            foreach (var member in members)
            {
                foreach (var name in slice.Has.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(n => member.At(n) is null))
                    yield return $"{slice.Type} without {name}";
                foreach (var name in slice.HasNot.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(n => member.At(n) is not null))
                    yield return $"{slice.Type} with {name}";
                foreach (var (path, value) in slice.Fixed.Where(f => member.At(f.Path)?.ToString() != f.Value))
                    yield return $"{slice.Type} with {path} {member.At(path)}";
            }
        }
    }

    static IReadOnlyList<JsonNode> List(JsonNode node, string name) => [.. node[name]?.AsArray().Select(n => n!) ?? []];

    static string Coding(JsonNode coding) => $"{coding["system"]}|{coding["code"]}";
}
