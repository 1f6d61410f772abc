using System.Text.Json;
using Interop.Audit;
using Interop.Consent.Evaluation;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Interop.Consent;

/// <summary>CDS Hooks: what this server offers.</summary>
internal sealed record CdsServicesView(IReadOnlyList<CdsServiceView> Services);

internal sealed record CdsServiceView(string Hook, string Title, string Description, string Id);

/// <summary>One card with the decision.</summary>
internal sealed record CdsCardsView(IReadOnlyList<CdsCardView> Cards);

/// <param name="Summary">The decision's code.</param>
/// <param name="Detail">The same in words.</param>
/// <param name="Indicator">info for a permit, critical for a deny, warning where no consent speaks to it.</param>
internal sealed record CdsCardView(string Summary, string Detail, string Indicator, CdsSourceView Source, CdsDecisionView Extension);

internal sealed record CdsSourceView(string Label);

/// <param name="Decision">CONSENT_PERMIT, CONSENT_DENY or NO_CONSENT.</param>
/// <param name="Resources">Of each resource of `content`; left out where there was none.</param>
/// <param name="BasedOn">The consent that decided.</param>
internal sealed record CdsDecisionView(string Decision, IReadOnlyList<ObligationView> Obligations, IReadOnlyList<ResourceDecisionView>? Resources, string? BasedOn, PackView Pack)
{
    public static IReadOnlyList<string> Decisions { get; } = ["NO_CONSENT", "CONSENT_DENY", "CONSENT_PERMIT"];
}

internal static class CdsHooksApi
{
    public static void MapCdsHooks(this IEndpointRouteBuilder routes)
    {
        var cds = routes.MapGroup("/cds-services").WithTags("Enforcement");
        cds.MapGet("/", Discover).IsPublic().WithName("cds.discover").Produces<CdsServicesView>(200);
        cds.MapPost($"/{CdsHooksRequest.Hook_}", Consult).Does("cds.consult", Actions.Query, Scopes.ConsentsEvaluate)
            .Takes<CdsHooksRequest>().Gives<CdsCardsView>(200, 422);
    }

    /// <summary>Lists the decision support services (CDS Hooks discovery).</summary>
    internal static IResult Discover(HttpContext http) => new Shown<CdsServicesView>(200, new([new(
        CdsHooksRequest.Hook_, http.Text("cds.title"), http.Text("cds.description"), CdsHooksRequest.Hook_)]), null);

    /// <summary>
    /// Asks whether the patient's consents permit something (hook patient-consent-consult). Of the stored consents that the caller is
    /// party to, or, where the prefetch has Consents, of those.
    /// </summary>
    internal static Task<IResult> Consult(Call call, Inquiries inquiries, CancellationToken ct) =>
        inquiries.AskAsync(call, CdsHooksRequest.Read, (answer, inquiry) => Card(answer, inquiry, call.Language), ct);

    static CdsCardsView Card(Evaluated e, Inquiry inquiry, string language)
    {
        var (code, text, indicator) = e.Decision switch
        {
            Decision.Permit => (CdsDecisionView.Decisions[2], "cds.permit", "info"),
            Decision.Deny => (CdsDecisionView.Decisions[1], "cds.deny", "critical"),
            _ => (CdsDecisionView.Decisions[0], "cds.no-consent", "warning"),
        };
        var answer = EvaluationView.Of(e, language);
        return new([new(code, Language.Text(language, text), indicator, new("Interop"),
            new(code, answer.Obligations, inquiry.Resources.Count > 0 ? answer.Resources : null, e.DecidedBy?.Reference, answer.Pack))]);
    }
}

/// <summary>A call of the hook patient-consent-consult. Members that CDS Hooks knows and this hook has no use for are passed over.</summary>
/// <param name="HookInstance">Chosen by the caller, one for each call.</param>
/// <param name="Prefetch">FHIR resources or Bundles: Consents in it are asked instead of the stored ones, what else is in it is what their references lead to.</param>
public sealed record CdsHooksRequest(string Hook, string HookInstance, CdsContextInput Context, JsonElement? Prefetch)
{
    internal const string Hook_ = "patient-consent-consult";

    internal static Answer<Inquiry> Read(JsonElement body)
    {
        var (faults, root) = (new Faults(), Place.Of("context"));
        if (body.ValueKind is not JsonValueKind.Object)
            return Refusal.Invalid(new Fault("", "type.object"));
        try
        {
            Check(body, faults);
            if (faults.Object(body, Place.Of(""), "context") is not var (context, _))
                return Refusal.Invalid([.. faults.All, new("context", "required")]);
            var inquiry = CdsContextInput.Read(context, root, faults);
            var (consents, surroundings) = Prefetched(body, faults);
            if (consents.Count == 0 && inquiry.AsOf is not null)
                faults.Add(root.At("asOf"), "evaluation.now-only");
            return faults.All.Count > 0 ? Refusal.Invalid(faults.All) : consents.Count == 0 ? inquiry : inquiry with { Consents = consents, Context = surroundings, Person = null, Identifiers = [] };
        }
        catch (InvalidOperationException) // a lone surrogate
        {
            return Refusal.Invalid(new Fault("", "text.unicode"));
        }
    }

    static void Check(JsonElement body, Faults faults)
    {
        var (hook, instance) = (body.TryGetProperty("hook", out var h) ? h : default, body.TryGetProperty("hookInstance", out var i) ? i : default);
        if (hook.ValueKind is not JsonValueKind.String)
            faults.Add(Place.Of("hook"), "required");
        else if (hook.GetString() != Hook_)
            faults.Add(Place.Of("hook"), "code.unknown", Hook_);
        if (instance.ValueKind is not JsonValueKind.String || instance.GetString() is not { Length: > 0 and <= 200 })
            faults.Add(Place.Of("hookInstance"), "required");
    }

    static (List<(JsonElement, Place)> Consents, List<(JsonElement, Place)> Context) Prefetched(JsonElement body, Faults faults)
    {
        var (consents, context) = (new List<(JsonElement, Place)>(), new List<(JsonElement, Place)>());
        if (body.TryGetProperty("prefetch", out var prefetch) && prefetch.ValueKind is JsonValueKind.Object)
            foreach (var (resource, at) in prefetch.EnumerateObject().SelectMany(m => CdsContextInput.ResourcesOf(prefetch, Place.Of("prefetch"), m.Name, faults)))
                (faults.Text(resource, at, "resourceType") == "Consent" ? consents : context).Add((resource, at));
        return (consents, context);
    }
}

/// <summary>What is asked.</summary>
/// <param name="PatientId">Identifiers by which the caller knows the person, or the person's id.</param>
/// <param name="Category">Only consents of one of these scopes or categories. Older callers: `scope`, a code of consentscope.</param>
/// <param name="PurposeOfUse">One or several; any of them will do.</param>
/// <param name="Actor">Identifiers of who would see it; an organisation of the exchange has the system `urn:interop:organisation`.</param>
/// <param name="Class">Codings of what would be seen.</param>
/// <param name="Content">A FHIR resource or Bundle: each resource in it is decided on.</param>
/// <param name="Jurisdiction">ISO 3166 code: under which law's pack Consents of the prefetch are read.</param>
/// <param name="AsOf">With Consents of the prefetch only: who enforces, enforces now.</param>
public sealed record CdsContextInput(
    JsonElement PatientId, JsonElement? Category, string? Scope, JsonElement PurposeOfUse, JsonElement Actor, JsonElement? Class, JsonElement? Content,
    string? Jurisdiction, DateTimeOffset? AsOf)
{
    internal static Inquiry Read(JsonElement context, Place root, Faults faults)
    {
        foreach (var name in (string[])["patientId", "purposeOfUse", "actor"])
            if (!context.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.Null || (value.ValueKind is JsonValueKind.Array && value.GetArrayLength() == 0))
                faults.Add(root.At(name), "required");
        var (person, identifiers) = Patient(context, root, faults);
        List<Code> categories = [.. Asked.Codes(context, root, "category", faults), .. Asked.Codes(context, root, "scope", faults).Select(c => c with { System = c.System ?? CodeSystems.Scope })];
        return QuestionInput.Nothing with
        {
            Operation = "cds.consult",
            Actors = Asked.Actors(context, root, "actor", faults),
            Purposes = Asked.Codes(context, root, "purposeOfUse", faults),
            Classes = Asked.Set(context, root, "class", faults),
            Categories = categories.Count > 0 ? new(categories) : null,
            Jurisdiction = Asked.Jurisdiction(context, root, faults),
            AsOf = faults.Date(context, root, "asOf", TimeZoneInfo.Utc) is var (at, _) ? new(at.Start, TimeSpan.Zero) : null,
            Person = person,
            Identifiers = identifiers,
            Resources = [.. ResourcesOf(context, root, "content", faults)],
        };
    }

    /// <summary>Resources; of a Bundle, those in it.</summary>
    internal static IEnumerable<(JsonElement, Place)> ResourcesOf(JsonElement parent, Place place, string name, Faults faults) =>
        faults.Objects(parent, place, name).SelectMany(r => r.Element.TryGetProperty("resourceType", out var type) && type.ValueKind is JsonValueKind.String && type.ValueEquals("Bundle")
            ? faults.Objects(r.Element, r.Place, "entry").SelectMany(e => faults.Objects(e.Element, e.Place, "resource"))
            : [r]);

    /// <summary>By identifiers, or as CDS Hooks itself has it, by the id alone.</summary>
    static (Guid? Person, IReadOnlyList<IdentifierInput> Identifiers) Patient(JsonElement context, Place root, Faults faults)
    {
        if (context.TryGetProperty("patientId", out var id) && id.ValueKind is JsonValueKind.String)
            return (Guid.TryParseExact(id.GetString(), "D", out var bare) ? bare : Guid.Empty, []);
        var identifiers = new List<IdentifierInput>();
        foreach (var (identifier, at) in faults.Objects(context, root, "patientId"))
            if (faults.Text(identifier, at, "value") is not { } value)
                faults.Add(at.At("value"), "required");
            else if (faults.Text(identifier, at, "system") is not { } system || system == CodeSystems.Person)
                return (Guid.TryParseExact(value, "D", out var person) ? person : Guid.Empty, []);
            else
                identifiers.Add(new(system, value));
        return (null, identifiers);
    }
}
