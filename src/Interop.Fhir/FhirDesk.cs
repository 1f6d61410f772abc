using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hl7.Fhir.Model;
using Interop.Audit;
using Interop.Consent;
using Interop.Directory;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;
using Interop.Referrals;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Primitives;
using Person = Interop.Persons.Person;
using Task = System.Threading.Tasks.Task;

namespace Interop.Fhir;

/// <summary>Reads and searches: what the gate lets the caller see, as resources.</summary>
internal sealed class FhirDesk(Call call, WhenAsked<Db> db, WhenAsked<Work> work, ReferralSight sight, WrittenBook written, Organisations organisations, FhirAddress address)
{
    public const string ReadOperation = "fhir.read";
    public const string SearchOperation = "fhir.search";

    public Task<IResult> ReadTaskAsync(Id<Referral> id, CancellationToken ct) =>
        ReadAsync(id, FhirTypes.Task, (sighted, source) => TaskOf(source, sighted.Kept), ct, kept: FhirTypes.Task.Name);

    public Task<IResult> ReadServiceRequestAsync(Id<Referral> id, CancellationToken ct) =>
        ReadAsync(id, FhirTypes.ServiceRequest, (_, source) => ServiceRequestMap.Of(source), ct);

    public Task<IResult> ReadPatientAsync(Id<Person> id, CancellationToken ct) => AnswerAsync(async () =>
    {
        var seen = await sight.ShowPersonAsync(id, ReadOf(FhirTypes.PatientType), ct);
        return seen.Refusal is { } refusal ? refusal : FhirShown.Of(PatientOf(seen.Value!));
    }, ct);

    public Task<IResult> SearchTasksAsync(HttpContext http, CancellationToken ct) =>
        SearchAsync(http, FhirTypes.Task, (search, query, limit) => SearchReferralsAsync(
            FhirTypes.Task, search, search.Codes(FhirTypes.Status, Systems.TaskStatus, StatusMap.Known), StatusMap.Referrals, StatusMap.TaskStatus, FhirTypes.Owner, query, limit,
            async shown =>
            {
                var kept = await written.FindAsync(FhirTypes.Task.Name, [.. shown.Select(s => s.Record.Referral.Id.Value)], ct);
                return (sighted, source) => TaskOf(source, kept.SingleOrDefault(k => k.Referral == sighted.Record.Referral.Id.Value && k.Organisation == call.Caller.Organisation));
            }, ct), ct);

    public Task<IResult> SearchServiceRequestsAsync(HttpContext http, CancellationToken ct) =>
        SearchAsync(http, FhirTypes.ServiceRequest, (search, query, limit) => SearchReferralsAsync(
            FhirTypes.ServiceRequest, search, search.Codes(FhirTypes.Status, Systems.RequestStatus, StatusMap.RequestStatuses), StatusMap.ReferralsOfRequest,
            seen => StatusMap.RequestStatus(seen.Status), FhirTypes.Performer, query, limit,
            _ => Task.FromResult<Func<Sighted, ReferralSource, Resource>>((_, source) => ServiceRequestMap.Of(source)), ct), ct);

    public Task<IResult> SearchPatientsAsync(HttpContext http, CancellationToken ct) =>
        SearchAsync(http, FhirTypes.PatientType, async (search, query, limit) =>
        {
            var named = search.Ids(FhirTypes.Id, v => v);
            var times = search.Times(FhirTypes.LastUpdated);
            var identifiers = search.Tokens(FhirTypes.Identifier).ToList();
            foreach (var tokens in identifiers)
            {
                var values = tokens.Select(t => t.Value).ToList();
                var holders = (await db.Value.PersonIdentifiers.AsNoTracking().Where(i => values.Contains(i.Value)).Select(i => i.PersonId).Distinct().ToListAsync(ct)).Select(p => p.Value).ToList();
                named = named?.Intersect(holders).ToList() ?? holders; // whether the caller may know of that identifier is decided below
            }
            if (search.Refusal is { } refusal)
                return refusal;
            var found = await sight.FindPersonsAsync(named, Matches, limit, search.After, query, ct, search.Counting);
            return Page(search, FhirTypes.PatientType, found.Shown.Select(PatientOf), found.More && found.Shown.Count > 0 ? found.Shown[^1][0].Record.Referral.PersonId.Value : null, found.Total);

            bool Matches(IReadOnlyList<Sighted> referrals) =>
                times.All(ranges => ranges.Any(r => r.Contains(PatientMap.UpdatedAt(referrals))))
                && identifiers.All(tokens => tokens.Any(t => PatientMap.HasIdentifier(referrals, (system, value) => value == t.Value && (t.System is null || t.System == system))));
        }, ct);

    /// <summary>The Task of a referral, with what the caller wrote beside it.</summary>
    public async Task<FhirTask> TaskAsync(Disclosure disclosure, ReferralRecord record, CancellationToken ct) =>
        // What was written is read after the referral: the two may be of different age only so that If-Match finds the caller's version stale.
        TaskOf(await SourceAsync(disclosure, record, ct), (await written.FindAsync(FhirTypes.Task.Name, [record.Referral.Id.Value], ct)).SingleOrDefault(k => k.Organisation == call.Caller.Organisation));

    public async Task<ReferralSource> SourceAsync(Disclosure disclosure, ReferralRecord record, CancellationToken ct) =>
        ReferralSource.Of(sight.View(disclosure, record), disclosure, record, await NamesAsync([record], ct));

    public static FhirTask TaskOf(ReferralSource source, Kept? kept) =>
        TaskMap.Fill(source, kept is null ? null : FhirJson.ReadKept<FhirTask>(kept.Json), kept?.Version ?? 0);

    public async Task<IResult> AnswerAsync(Func<Task<Answer<FhirShown>>> body, CancellationToken ct)
    {
        var answer = await work.Value.RunAsync(body, ct);
        return answer.Refusal is { } refusal ? refusal.ToResult() : answer.Value!;
    }

    async Task<IResult> ReadAsync(Id<Referral> id, FhirType type, Func<Sighted, ReferralSource, Resource> resource, CancellationToken ct, string? kept = null)
    {
        var answer = await sight.ReadAsync(id, ReadOf(type), s => s, ct, kept);
        return answer.Refusal is { } refusal ? refusal.ToResult() : FhirShown.Of(resource(answer.Value!, await SourceAsync(answer.Value!.Disclosure, answer.Value.Record, ct)));
    }

    Patient PatientOf(IReadOnlyList<Sighted> referrals) => PatientMap.Of(referrals, [.. referrals.Select(s => sight.View(s.Disclosure, s.Record))]);

    async Task<Answer<FhirShown>> SearchReferralsAsync(
        FhirType type, SearchRequest search, IReadOnlyList<string>? codes, Func<string, IReadOnlyList<string>> referralsOf, Func<Seen, string> statusOf, string owner,
        Record query, int limit, Func<IReadOnlyList<Sighted>, Task<Func<Sighted, ReferralSource, Resource>>> build, CancellationToken ct)
    {
        var ids = search.Ids(FhirTypes.Id, v => v);
        foreach (var tokens in search.Tokens(FhirTypes.Identifier))
        {
            var named = new List<Guid>();
            foreach (var token in tokens)
            {
                if (token.System is null or Systems.Referral && Guid.TryParseExact(token.Value, "D", out var id))
                    named.Add(id);
                if (token.System != Systems.Referral)
                    named.AddRange(await written.NamedAsync(type.Name, call.Caller.Organisation, token.System, token.Value, ct));
            }
            ids = ids?.Intersect(named).ToList() ?? named;
        }
        var persons = search.Ids(FhirTypes.Patient, v => SearchRequest.IdIn("Patient", v));
        if (search.Ids(FhirTypes.Subject, v => SearchRequest.IdIn("Patient", v)) is { } subjects)
            persons = persons?.Intersect(subjects).ToList() ?? subjects;
        var times = search.Times(FhirTypes.LastUpdated);
        var filter = new ReferralFilter
        {
            Ids = ids,
            Persons = persons,
            Providers = search.Organisations(owner),
            Referrers = search.Organisations(FhirTypes.Requester),
            Statuses = codes is null ? null : [.. codes.SelectMany(referralsOf).Distinct()],
            Where = (_, seen) => codes?.Contains(statusOf(seen)) is not false && times.All(ranges => ranges.Any(r => r.Contains(seen.UpdatedAt))),
        };
        if (search.Refusal is { } refusal)
            return refusal;
        var found = await sight.FindAsync(filter, limit, search.After, query, ct, search.Counting);
        var resource = await build(found.Shown);
        var names = await NamesAsync([.. found.Shown.Select(s => s.Record)], ct);
        return Page(search, type,
            found.Shown.Select(s => resource(s, ReferralSource.Of(sight.View(s.Disclosure, s.Record), s.Disclosure, s.Record, names))),
            found.More && found.Shown.Count > 0 ? found.Shown[^1].Record.Referral.Id.Value : null, found.Total);
    }

    public async Task<IResult> SearchAsync(HttpContext http, FhirType type, Func<SearchRequest, Record, int, Task<Answer<FhirShown>>> find, CancellationToken ct)
    {
        var (form, unreadable) = await FormAsync(http, ct);
        if (unreadable is not null)
            return unreadable.ToResult();
        return await AnswerAsync(() =>
        {
            var search = SearchRequest.Read(type, http.Request.Query.Concat(form), IsStrict(http));
            // As BALP asks: the search text, in base64.
            var query = new Record(Actions.Query, SearchOperation)
            {
                ResourceType = type.Name,
                Details = new JsonObject { ["query"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(search.Recorded(type))) },
            };
            return find(search, query, search.OnlyCount ? 0 : search.Limit);
        }, ct);
    }

    /// <summary>A search of what is nobody's data, all on one page.</summary>
    public async Task<IResult> SearchPublicAsync(HttpContext http, FhirType type, Func<SearchRequest, IReadOnlyList<Resource>> find, CancellationToken ct)
    {
        var (form, unreadable) = await FormAsync(http, ct);
        if (unreadable is not null)
            return unreadable.ToResult();
        var search = SearchRequest.Read(type, http.Request.Query.Concat(form), IsStrict(http));
        if (search.Refusal is { } refusal)
            return refusal.ToResult();
        var found = find(search);
        return Page(search, type, search.OnlyCount ? [] : found, (string?)null, found.Count);
    }

    static bool IsStrict(HttpContext http) => http.Request.Headers["Prefer"].ToString().Contains("handling=strict", StringComparison.OrdinalIgnoreCase);

    static async Task<(IEnumerable<KeyValuePair<string, StringValues>> Form, Refusal? Refusal)> FormAsync(HttpContext http, CancellationToken ct)
    {
        if (!HttpMethods.IsPost(http.Request.Method) || (http.Request.ContentType is null && http.Request.ContentLength is null or 0))
            return ([], null);
        if (http.Request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) is not true)
            return ([], new(415, "fhir-media-type"));
        try
        {
            return await BoundedBody.ReadFormAsync(http.Request, Call.MaxBody, new(), ct) is { } form ? (form, null) : ([], new(413, "payload-too-large"));
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
        {
            return ([], Refusal.Unparsable());
        }
    }

    /// <summary>A Bundle, written entry by entry. It holds what the gate let through, and its total counts by the same decisions.</summary>
    FhirShown Page(SearchRequest search, FhirType type, IEnumerable<Resource> resources, Guid? next, int? total) =>
        Page(search, type, resources, next is { } after ? Query.WriteCursor(after) : null, total);

    public FhirShown Page(SearchRequest search, FhirType type, IEnumerable<Resource> resources, string? next, int? total)
    {
        var (at, noticed) = ($"{address.Base}/{type.Name}", false);
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, FhirJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("resourceType", "Bundle");
            json.WriteString("type", "searchset");
            if (total is { } number)
                json.WriteNumber("total", number);
            json.WriteStartArray("link");
            Link(json, "self", search.Link(at));
            if (next is { } after)
                Link(json, "next", search.Link(at, after));
            json.WriteEndArray();
            var any = false;
            foreach (var resource in resources)
            {
                if (!any)
                    json.WriteStartArray("entry");
                any = true;
                noticed |= FhirShown.IsNoticed(resource);
                json.WriteStartObject();
                json.WriteString("fullUrl", $"{at}/{resource.Id}");
                json.WritePropertyName("resource");
                FhirJson.Write(json, resource);
                json.WriteStartObject("search");
                json.WriteString("mode", "match");
                json.WriteEndObject();
                json.WriteEndObject();
            }
            if (noticed)
                WriteNotice(json);
            if (any)
                json.WriteEndArray();
            json.WriteEndObject();
        }
        return new(buffer.WrittenMemory, noticed);
    }

    /// <summary>An entry beside the matches: the notice against redisclosure, in the recipient's language (42 CFR 2.32).</summary>
    void WriteNotice(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WritePropertyName("resource");
        FhirJson.Write(json, new OperationOutcome
        {
            Issue = [new() { Severity = OperationOutcome.IssueSeverity.Information, Code = OperationOutcome.IssueType.Informational,
                Details = new(Systems.ActCode, Systems.NoRedisclosure, Language.Text(call.NoticeLanguage, "notice.redisclosure")) }],
        });
        json.WriteStartObject("search");
        json.WriteString("mode", "outcome");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    static void Link(Utf8JsonWriter json, string relation, string url)
    {
        json.WriteStartObject();
        json.WriteString("relation", relation);
        json.WriteString("url", url);
        json.WriteEndObject();
    }

    static Record ReadOf(FhirType type) => new(Actions.Read, ReadOperation) { ResourceType = type.Name };

    Task<IReadOnlyDictionary<string, string>> NamesAsync(IReadOnlyList<ReferralRecord> records, CancellationToken ct) =>
        organisations.NamesAsync(records.SelectMany(r => new[] { r.Referral.Referrer, r.Referral.Provider }), ct);
}
