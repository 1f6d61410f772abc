using Interop.Audit;
using Interop.Matters;
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
    internal static Task<IResult> Capture(Call call, Db db, Work work, ConsentIntake intake, PersonRegister persons, ConsentRegister register, Trail trail, CancellationToken ct) =>
        call.ActAsync(
            async body =>
            {
                var (request, person, matter, faults) = await intake.ReadAsync(body, given: true, ct);
                if (faults.Count > 0)
                    return Refusal.Invalid(faults);
                if (matter?.DisposedAt is not null)
                    return Refusal.Conflict("matter", "matter.disposed");
                if (matter?.SupervisionEndedAt is not null && request.UntilEvent == UntilEvents.EndOfSupervision)
                    return Refusal.Conflict("untilEvent", "matter.supervision-ended");
                var consent = ConsentIntake.New(request, call.Caller, person, matter?.Id, work.Now);
                await register.AddAsync(consent, ct);
                foreach (var recipient in request.Kind == Kinds.JusticeMonitoring ? request.Recipients : [])
                    await persons.MakeKnownAsync(person, recipient, ct);
                trail.Write(call.Caller, Told(consent, Actions.Create, "consent.capture"));
                return new Done(201, consent.Id.ToString(), $"/v1/consents/{consent.Id}");
            },
            done => ShowAsync(call, db, work, Guid.Parse(done.Subject), ct),
            ct);

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
    internal static Task<IResult> Revoke(Id<ConsentGiven> id, Call call, Db db, Work work, Gate gate, ConsentRegister register, Trail trail, CancellationToken ct) =>
        call.ActAsync(
            async body =>
            {
                if (await db.Consents.AsNoTracking().Where(c => c.Id == id).Select(c => new { c.PersonId }).SingleOrDefaultAsync(ct) is not { } found)
                    return Refusal.NotFound;
                await gate.OpenAsync([found.PersonId.Value], ct, exclusive: true); // before any other row (P3)
                var consent = await db.Consents.SingleOrDefaultAsync(c => c.Id == id, ct) ?? throw new DbUpdateConcurrencyException(); // erased while its lock was waited for
                if (ConsentView.For(call.Caller, consent, work.Now) is null)
                    return Refusal.NotFound.Of(consent.PersonId.Value, "Consent", id.Value);
                if (call.CheckVersion(consent.Version) is { } stale)
                    return stale;
                var request = Fields.Read(body, RevocationRequest.Read, out var refusal);
                if (refusal is not null)
                    return refusal;
                if (consent.EndedAt is not null || consent.Until <= work.Now)
                    return Refusal.Conflict("", "consent.already-ended");
                if (await NotYetRevocableAsync(db, consent, work.Now, ct) is { } notYet)
                    return notYet;
                await register.EndAsync(consent, work.Now, ConsentEnds.Revoked, request.Reason, ct);
                trail.Write(call.Caller, Told(consent, Actions.Update, "consent.revoke"));
                return new Done(200, id.ToString());
            },
            done => ShowAsync(call, db, work, Guid.Parse(done.Subject), ct),
            ct);

    static async Task<Answer<ConsentView>> ShowAsync(Call call, Db db, Work work, Guid id, CancellationToken ct)
    {
        var key = new Id<ConsentGiven>(id);
        var consent = await db.Consents.AsNoTracking().SingleOrDefaultAsync(c => c.Id == key, ct);
        if (consent is null)
            return Refusal.NotFound;
        return ConsentView.For(call.Caller, consent, work.Now) is { } view ? view : Refusal.NotFound.Of(consent.PersonId.Value, "Consent", id);
    }

    /// <summary>42 CFR 2.35(c): revocable from a stated time or event, whichever comes first.</summary>
    static async Task<Refusal?> NotYetRevocableAsync(Db db, ConsentGiven consent, DateTimeOffset now, CancellationToken ct)
    {
        if (consent.Revocable is not { } revocable || revocable.From <= now)
            return null;
        if (revocable.Event == UntilEvents.FinalDisposition
            && await db.Matters.AnyAsync(m => m.Id == consent.MatterId && m.DisposedAt != null && m.DisposedAt <= now, ct))
            return null;
        if (revocable.Event == UntilEvents.EndOfTreatment && await EndConsentsAtEndOfTreatment.HasEndedAsync(db, consent, ct))
            return null;
        if (revocable.Event == UntilEvents.EndOfSupervision && await EndConsentsAtEndOfSupervision.HasEndedAsync(db, consent, ct))
            return null;
        return (revocable.From, revocable.Event) switch
        {
            ({ } from, { } e) => Refusal.Conflict("", "consent.not-revocable-until-either", Iso(from), e),
            ({ } from, null) => Refusal.Conflict("", "consent.not-revocable-until", Iso(from)),
            (_, var e) => Refusal.Conflict("", "consent.not-revocable-until-event", e!),
        };
    }

    static string Iso(DateTimeOffset t) => t.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    static Record Told(ConsentGiven c, string action, string operation) => new(action, operation)
    {
        Person = c.PersonId.Value,
        ResourceType = "Consent",
        ResourceId = c.Id.ToString(),
        Consents = [new(c.Id.Value, c.Version)],
    };
}
