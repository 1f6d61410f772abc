using Interop.Audit;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent;

internal static class ConsentsApi
{
    public static void MapConsents(this IEndpointRouteBuilder routes)
    {
        var consents = routes.MapGroup("/v1/consents").WithTags("Consent");
        consents.MapPost("/", Capture).Does("consent.capture", Actions.Create, Scopes.ConsentsWrite)
            .Takes<ConsentRequest>().Gives<ConsentView>(201, 404, 409, 422);
        consents.MapPost("/preview", Preview).Does("consent.preview", Actions.Query, Scopes.ConsentsWrite)
            .Takes<ConsentRequest>().Gives<ConsentPreview>(200, 422);
        consents.MapGet("/", List).Does("consent.list", Actions.Query, Scopes.ConsentsRead).Gives<Page<ConsentView>>(200)
            .Asks("person", "The person's id.", "uuid", required: true).Pages();
        consents.MapGet("/{id}", Read).Does("consent.read", Actions.Read, Scopes.ConsentsRead).Gives<ConsentView>(200, 404);
        consents.MapPost("/{id}/revocation", Revoke).Does("consent.revoke", Actions.Update, Scopes.ConsentsWrite)
            .Takes<RevocationRequest>().Gives<ConsentView>(200, 404, 409, 412, 422);
    }

    /// <summary>Captures a consent that the person gave. Every element that 42 CFR 2.31 or 2.35 asks for and that is missing is named.</summary>
    internal static Task<IResult> Capture(Call call, Db db, Work work, ConsentCapture capture, CancellationToken ct)
    {
        ConsentGiven? given = null;
        return call.ActAsync(
            async body =>
            {
                var captured = await capture.CaptureAsync(body, "consent.capture", null, ct);
                given = captured.Value;
                return given is not null ? new Done(201, given.Id.ToString(), $"/v1/consents/{given.Id}") : captured.Refusal!;
            },
            async done => call.IsRepeat ? await ShowAsync(call, db, work, Guid.Parse(done.Subject), ct) : View(call, work, given!), ct, viewReads: false);
    }

    /// <summary>
    /// Says what a consent would let each organisation see, before it is signed. In plain words for the person, in the consent's
    /// language (en, es, fr, pt): per organisation and category, until when, and when it can be withdrawn. Nothing is kept; the
    /// signature may be left out.
    /// </summary>
    internal static async Task<IResult> Preview(Call call, ConsentIntake intake, ConsentPreviewer previewer, Trail trail, CancellationToken ct)
    {
        var (body, _, refusal) = await call.ReadBodyAsync(ct);
        return refusal is not null ? refusal.ToResult() : await call.ReadAsync<ConsentPreview>(async () =>
        {
            var (request, person, matter, faults) = await intake.ReadAsync(body, given: false, ct);
            if (faults.Count > 0)
                return Refusal.Invalid(faults);
            trail.Write(call.Caller, new(Actions.Query, "consent.preview") { Person = person.Value });
            return await previewer.PreviewAsync(request, person, matter, ct);
        }, ct);
    }

    /// <summary>Consents of a person that name the caller, or that it captured; newest first.</summary>
    internal static Task<IResult> List(HttpContext http, Call call, Db db, Work work, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        var person = query.Uuid("person");
        var (limit, cursor) = (query.Limit(), query.CursorId());
        if (person is null && !http.Request.Query.ContainsKey("person"))
            query.Fail("person", "required");
        if (query.Refusal() is { } refusal)
            return Task.FromResult(refusal.ToResult());
        return call.ReadAsync<Page<ConsentView>>(async () =>
        {
            var id = new Id<Person>(person!.Value);
            var rows = await db.Consents.AsNoTracking().Where(c => c.PersonId == id).ToListAsync(ct);
            var seen = rows.OrderByDescending(c => c.Id.Value)
                .Where(c => cursor is null || c.Id.Value.CompareTo(cursor.Value) < 0)
                .Select(c => ConsentView.For(call.Caller, c, work.Now)).OfType<ConsentView>().Take(limit + 1).ToList();
            var page = seen.Take(limit).ToList();
            trail.Write(call.Caller, new(Actions.Query, "consent.list") { Person = page.Count > 0 ? person : null });
            return new Page<ConsentView>(page, seen.Count > limit ? Query.WriteCursor(page[^1].Id.Value) : null);
        }, ct);
    }

    /// <summary>One consent: whole for who captured it or discloses under it, its scope for the recipients it names.</summary>
    internal static Task<IResult> Read(Id<ConsentGiven> id, Call call, Db db, Work work, Trail trail, CancellationToken ct) =>
        call.ReadAsync(async () =>
        {
            var answer = await ShowAsync(call, db, work, id.Value, ct);
            if (answer.Value is { } view)
                trail.Write(call.Caller, new(Actions.Read, "consent.read") { Person = view.PersonId.Value, ResourceType = "Consent", ResourceId = id.ToString() });
            return answer;
        }, ct);

    /// <summary>
    /// Revokes on the person's word. Once this is answered no disclosure that relied on the consent is made. 409 before the date or
    /// event from which a justice consent may be revoked, saying which.
    /// </summary>
    internal static Task<IResult> Revoke(Id<ConsentGiven> id, Call call, Db db, Work work, ConsentChange change, CancellationToken ct)
    {
        ConsentGiven? revoked = null;
        return call.ActAsync(
            async body =>
            {
                var request = Fields.Read(body, RevocationRequest.Read, out var invalid);
                var refused = await change.ChangeAsync(id, "consent.revoke", versionRequired: false, consent => Task.FromResult(invalid), consent => change.RevokeAsync(revoked = consent, request.Reason, ct), ct);
                return refused is null ? new Done(200, id.ToString()) : refused;
            },
            async done => call.IsRepeat ? await ShowAsync(call, db, work, Guid.Parse(done.Subject), ct) : View(call, work, revoked!), ct, viewReads: false);
    }

    static async Task<Answer<ConsentView>> ShowAsync(Call call, Db db, Work work, Guid id, CancellationToken ct)
    {
        var key = new Id<ConsentGiven>(id);
        return await db.Consents.AsNoTracking().SingleOrDefaultAsync(c => c.Id == key, ct) is { } consent ? View(call, work, consent) : Refusal.NotFound;
    }

    static Answer<ConsentView> View(Call call, Work work, ConsentGiven consent) =>
        ConsentView.For(call.Caller, consent, work.Now) is { } view ? view : Refusal.NotFound.Of(consent.PersonId.Value, "Consent", consent.Id.Value);
}
