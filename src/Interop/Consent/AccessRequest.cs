using System.Text.Json;
using Interop.Consent.Evaluation;
using Interop.Persons;
using Interop.Platform;

namespace Interop.Consent;

/// <summary>AuthZEN: may the subject do this to the resource?</summary>
public sealed record AccessEvaluationRequest(AccessSubjectInput Subject, AccessActionInput Action, AccessResourceInput Resource, AccessContextInput? Context);

/// <summary>AuthZEN: several at once. What the top says is the default of each evaluation.</summary>
/// <param name="Evaluations">Each may have subject, action, resource and context of its own. Left out or empty: one evaluation, of the top.</param>
public sealed record AccessEvaluationsRequest(
    AccessSubjectInput? Subject, AccessActionInput? Action, AccessResourceInput? Resource, AccessContextInput? Context, IReadOnlyList<JsonElement> Evaluations, AccessOptionsInput? Options);

/// <summary>Who would see it.</summary>
/// <param name="Type">organization, practitioner, group …: a FHIR type, in whichever case.</param>
/// <param name="Id">The organisation's id; or with another type, the id in references to it.</param>
/// <param name="Properties">`identifier`: further names, `{system, value}`. `role`.</param>
public sealed record AccessSubjectInput(string Type, string Id, JsonElement? Properties);

/// <summary>What they would do.</summary>
/// <param name="Name">access, use, disclose, correct, collect; read and can_read are access.</param>
public sealed record AccessActionInput(string Name, JsonElement? Properties);

/// <summary>Whose data, or which.</summary>
/// <param name="Type">person or Patient: all that the consents speak of. Else a FHIR type: data of that class.</param>
/// <param name="Id">The person's id, where it is a person.</param>
/// <param name="Properties">`person` (id) or `patientId` (identifiers) of whose data it is; `resource`: the FHIR resource itself, which then is decided on.</param>
public sealed record AccessResourceInput(string Type, string Id, JsonElement? Properties);

/// <summary>What for.</summary>
/// <param name="Purpose">As in `POST /v1/consents/evaluation`, like what follows. Left out: only consents for any purpose apply.</param>
/// <param name="Consents">FHIR Consents: asked instead of the stored ones.</param>
/// <param name="Context">FHIR resources that references of the consents lead to.</param>
/// <param name="AsOf">With <paramref name="Consents"/> only: who enforces, enforces now.</param>
public sealed record AccessContextInput(
    JsonElement? Purpose, JsonElement? Category, string? Matter, string? Discloser, string? Jurisdiction,
    IReadOnlyList<JsonElement> Consents, IReadOnlyList<JsonElement> Context, DateTimeOffset? AsOf);

/// <param name="EvaluationsSemantic">execute_all (default), deny_on_first_deny or permit_on_first_permit.</param>
public sealed record AccessOptionsInput([property: System.Text.Json.Serialization.JsonPropertyName("evaluations_semantic")] string? EvaluationsSemantic)
{
    internal const string ExecuteAll = "execute_all";
    internal const string DenyOnFirstDeny = "deny_on_first_deny";
    internal const string PermitOnFirstPermit = "permit_on_first_permit";

    internal static IReadOnlyList<string> Semantics { get; } = [ExecuteAll, DenyOnFirstDeny, PermitOnFirstPermit];
}

/// <summary>Reads one evaluation, what it lacks taken from the defaults.</summary>
internal static class AccessReading
{
    public const string Operation = "access.evaluate";

    static readonly string[] s_reads = ["read", "can_read", "view", "can_view", "get", "search", "query"];

    /// <summary>AuthZEN answers what it cannot understand with 400.</summary>
    public static Answer<Inquiry> Read(JsonElement defaults, JsonElement own)
    {
        var faults = new Faults();
        try
        {
            var inquiry = Read(defaults, own, faults);
            return faults.All.Count == 0 ? inquiry : Refusal.Unparsable(faults.All);
        }
        catch (InvalidOperationException) // a lone surrogate, or something that is no object
        {
            return Refusal.Unparsable(new Fault("", "text.unicode"));
        }
    }

    static Inquiry Read(JsonElement defaults, JsonElement own, Faults faults)
    {
        var (subject, action, resource) = (Part("subject"), Part("action"), Part("resource"));
        var context = Part("context", required: false);
        var place = Place.Of("context");
        var inquiry = QuestionInput.Nothing with
        {
            Operation = Operation,
            Actors = Subject(subject, faults),
            Purposes = [.. Asked.Codes(context, place, "purpose", faults), .. Asked.Codes(context, place, "purposeOfUse", faults)],
            Actions = Need(action, "action", "name", faults) is { } name ? new([new(null, s_reads.Contains(name) ? "access" : name)]) : null,
            Categories = Asked.Set(context, place, "category", faults),
            Matter = faults.Text(context, place, "matter"),
            Discloser = faults.Text(context, place, "discloser"),
            Jurisdiction = Asked.Jurisdiction(context, place, faults),
            Consents = [.. faults.Objects(context, place, "consents")],
            Context = [.. faults.Objects(context, place, "context")],
            AsOf = faults.Date(context, place, "asOf", TimeZoneInfo.Utc) is var (at, _) ? new(at.Start, TimeSpan.Zero) : null,
        };
        inquiry = Resource(inquiry, resource, faults);
        if (inquiry.AsOf is not null && inquiry.IsOfStored)
            faults.Add(place.At("asOf"), "evaluation.now-only");
        return inquiry;

        JsonElement Part(string part, bool required = true)
        {
            if (Faults.Has(own, part, out var found) || Faults.Has(defaults, part, out found))
            {
                if (found.ValueKind is not JsonValueKind.Object)
                    faults.Add(Place.Of(part), "type.object");
                return found;
            }
            if (required)
                faults.Add(Place.Of(part), "required");
            return default;
        }
    }

    static IReadOnlyList<Actor> Subject(JsonElement subject, Faults faults)
    {
        var place = Place.Of("subject");
        var (type, id) = (Need(subject, "subject", "type", faults), Need(subject, "subject", "id", faults));
        if (type is null || id is null)
            return [];
        var properties = faults.Object(subject, place, "properties");
        var names = new List<string> { id.Contains('/', StringComparison.Ordinal) ? Names.Reference(id) : $"{FhirType(type)}/{id}" };
        if (properties is var (own, at))
            names.AddRange(faults.Objects(own, at, "identifier").Select(i => FhirResources.Identifier(i.Element, i.Place, faults)).OfType<string>());
        return [new(new(names), properties is var (more, where) ? Asked.Set(more, where, "role", faults) : null)];
    }

    static Inquiry Resource(Inquiry inquiry, JsonElement resource, Faults faults)
    {
        var place = Place.Of("resource");
        var (type, id) = (Need(resource, "resource", "type", faults), Need(resource, "resource", "id", faults));
        if (type is null || id is null)
            return inquiry;
        var ofPerson = FhirType(type) is "Patient" or "Person";
        if (ofPerson)
            inquiry = inquiry with { Person = PersonId(id) };
        else
            inquiry = inquiry with { Classes = new([new(CodeSystems.ResourceTypes, FhirType(type))]) };
        if (faults.Object(resource, place, "properties") is var (properties, at))
        {
            if (faults.Object(properties, at, "resource") is { } data)
                inquiry = inquiry with { Resources = [data] };
            if (faults.Text(properties, at, "person") is { } person)
                inquiry = inquiry with { Person = PersonId(person) };
            inquiry = inquiry with
            {
                Identifiers = [.. faults.Objects(properties, at, "patientId").Select(i => (System: faults.Text(i.Element, i.Place, "system"), Value: faults.Text(i.Element, i.Place, "value")))
                    .Where(i => i is { System: not null, Value: not null }).Select(i => new IdentifierInput(i.System!, i.Value!))],
            };
        }
        return inquiry.Consents.Count > 0 ? inquiry with { Person = null, Identifiers = [] } : inquiry;
    }

    static string? Need(JsonElement part, string name, string member, Faults faults)
    {
        if (part.ValueKind is not JsonValueKind.Object)
            return null;
        var text = faults.Text(part, Place.Of(name), member);
        if (text is null && !(part.TryGetProperty(member, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.String)))
            faults.Add(Place.Of(name).At(member), "required");
        return text;
    }

    /// <summary>What is no id of a person names nobody.</summary>
    static Guid PersonId(string id) => Guid.TryParseExact(id.StartsWith("Patient/", StringComparison.Ordinal) ? id["Patient/".Length..] : id, "D", out var person) ? person : Guid.Empty;

    /// <summary>observation: Observation; organisation too.</summary>
    static string FhirType(string type) => type.ToLowerInvariant() is "organisation" or "organization" ? "Organization" : char.ToUpperInvariant(type[0]) + type[1..];
}
