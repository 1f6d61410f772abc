using Interop.Audit;
using Interop.Consent;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;
using Interop.Referrals;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Interop.Fhir;

internal static class FhirApi
{
    static readonly string[] s_json = ["application/fhir+json", "application/json", "text/json", "json"];

    /// <summary>What answers each type of <see cref="FhirTypes"/>.</summary>
    static readonly (FhirType Type, Delegate Read, Delegate Search, Delegate? Update)[] s_routes =
    [
        (FhirTypes.Task, ReadTask, SearchTasks, UpdateTask),
        (FhirTypes.ServiceRequest, ReadServiceRequest, SearchServiceRequests, null),
        (FhirTypes.PatientType, ReadPatient, SearchPatients, null),
        (FhirTypes.Consent, ReadConsent, SearchConsents, UpdateConsent),
        (FhirTypes.AuditEvent, ReadAuditEvent, SearchAuditEvents, null),
        .. new[] { FhirTypes.CodeSystem, FhirTypes.ValueSet, FhirTypes.StructureDefinition }.Select(type => (type, (Delegate)Definitions.Read(type), (Delegate)Definitions.Search(type), (Delegate?)null)),
    ];

    public static void MapFhir(this IEndpointRouteBuilder routes)
    {
        var fhir = routes.MapGroup("/fhir").WithTags("FHIR").AddEndpointFilter(NegotiateAsync);
        fhir.MapGet("/metadata", Metadata).IsPublic().WithName("fhir.metadata");
        foreach (var (type, read, search, update) in s_routes)
        {
            fhir.MapGet($"/{type.Name}", search).Does(type, 's', FhirDesk.SearchOperation, Actions.Query, "search");
            fhir.MapPost($"/{type.Name}/_search", search).Does(type, 's', FhirDesk.SearchOperation, Actions.Query, "search-by-post").DisableAntiforgery();
            fhir.MapGet($"/{type.Name}/{{id}}", read).Does(type, 'r', FhirDesk.ReadOperation, Actions.Read, "read");
            if (update is not null)
                fhir.MapPut($"/{type.Name}/{{id}}", update).Does(type, 'u', "fhir.update", Actions.Update, "update");
        }
        fhir.MapPost("/Consent", CreateConsent).Does(FhirTypes.Consent, 'c', "fhir.create", Actions.Create, "create");
        fhir.MapGet("/Consent/{id}/_history", ReadHistoryOfConsent).Does(FhirTypes.Consent, 'r', "fhir.history", Actions.Read, "history");
        fhir.MapGet("/Consent/{id}/_history/{version:int}", ReadVersionOfConsent).Does(FhirTypes.Consent, 'r', FhirDesk.ReadOperation, Actions.Read, "vread");
    }

    /// <summary>What this face serves.</summary>
    internal static IResult Metadata(FhirAddress address) => FhirShown.Of(Conformance.Of(address.Root, address.Authority));

    internal static Task<IResult> ReadTask(Id<Referral> id, FhirDesk desk, CancellationToken ct) => desk.ReadTaskAsync(id, ct);

    internal static Task<IResult> SearchTasks(HttpContext http, FhirDesk desk, CancellationToken ct) => desk.SearchTasksAsync(http, ct);

    internal static Task<IResult> UpdateTask(Id<Referral> id, HttpContext http, TaskUpdate update, CancellationToken ct) => update.UpdateAsync(id, http, ct);

    internal static Task<IResult> ReadServiceRequest(Id<Referral> id, FhirDesk desk, CancellationToken ct) => desk.ReadServiceRequestAsync(id, ct);

    internal static Task<IResult> SearchServiceRequests(HttpContext http, FhirDesk desk, CancellationToken ct) => desk.SearchServiceRequestsAsync(http, ct);

    internal static Task<IResult> ReadPatient(Id<Person> id, FhirDesk desk, CancellationToken ct) => desk.ReadPatientAsync(id, ct);

    internal static Task<IResult> SearchPatients(HttpContext http, FhirDesk desk, CancellationToken ct) => desk.SearchPatientsAsync(http, ct);

    internal static Task<IResult> CreateConsent(HttpContext http, ConsentDesk desk, CancellationToken ct) => desk.CreateAsync(http, ct);

    internal static Task<IResult> ReadConsent(Id<ConsentGiven> id, ConsentDesk desk, CancellationToken ct) => desk.ReadAsync(id, ct);

    internal static Task<IResult> ReadHistoryOfConsent(Id<ConsentGiven> id, HttpContext http, ConsentDesk desk, CancellationToken ct) => desk.HistoryAsync(id, http, ct);

    internal static Task<IResult> ReadVersionOfConsent(Id<ConsentGiven> id, int version, ConsentDesk desk, CancellationToken ct) => desk.ReadVersionAsync(id, version, ct);

    internal static Task<IResult> UpdateConsent(Id<ConsentGiven> id, HttpContext http, ConsentDesk desk, CancellationToken ct) => desk.UpdateAsync(id, http, ct);

    internal static Task<IResult> SearchConsents(HttpContext http, ConsentDesk desk, CancellationToken ct) => desk.SearchAsync(http, ct);

    internal static Task<IResult> ReadAuditEvent(string id, AuditDesk desk, CancellationToken ct) => desk.ReadAsync(id, ct);

    internal static Task<IResult> SearchAuditEvents(HttpContext http, AuditDesk desk, CancellationToken ct) => desk.SearchAsync(http, ct);

    /// <summary>For whom the type is. Operations share a name in the log; endpoints must not.</summary>
    static RouteHandlerBuilder Does(this RouteHandlerBuilder route, FhirType type, char permission, string operation, string action, string name) =>
        (type.IsPublic
            ? route.IsPublic()
            : route.Needs(type.Scope(permission), type.For).WithMetadata([new Operation(operation, action), .. type.AlsoScope is { } also ? [new AlsoScope(also(permission))] : Array.Empty<object>()]))
            .WithName($"fhir.{type.Name}.{name}");

    /// <summary>JSON and R4 alone: 406 for another answer, 415 for another body.</summary>
    static async ValueTask<object?> NegotiateAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        if (!IsAcceptable(request))
            return new Refusal(406, "fhir-not-acceptable").ToResult();
        var writes = HttpMethods.IsPut(request.Method) || (HttpMethods.IsPost(request.Method) && !request.Path.Value!.EndsWith("/_search", StringComparison.Ordinal));
        if (writes && !IsFhirJson(request.ContentType))
            return new Refusal(415, "fhir-media-type").ToResult();
        return await next(context);
    }

    static bool IsAcceptable(HttpRequest request)
    {
        if (request.Query["_format"] is [{ } format, ..])
            return s_json.Contains(format.Split(';')[0].Trim().Replace(' ', '+'), StringComparer.OrdinalIgnoreCase); // a plus that was not escaped
        var accept = request.Headers.Accept;
        if (accept.Count == 0 || string.IsNullOrWhiteSpace(accept.ToString()))
            return true;
        return MediaTypeHeaderValue.TryParseList(accept, out var types)
            && types.Any(t => t.Quality is not 0 && (t.MatchesAllTypes || t.MediaType.Equals("application/*", StringComparison.OrdinalIgnoreCase) || IsJson(t)));
    }

    static bool IsFhirJson(string? contentType) => MediaTypeHeaderValue.TryParse(contentType, out var type) && IsJson(type)
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));

    static bool IsJson(MediaTypeHeaderValue type) => s_json.Contains(type.MediaType.ToString(), StringComparer.OrdinalIgnoreCase)
        && type.Parameters.FirstOrDefault(p => p.Name.Equals("fhirVersion", StringComparison.OrdinalIgnoreCase)) is var version
        && (version is null || version.Value.ToString().Trim('"') is "4.0" or "4.0.1");
}
