using Interop.Audit;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Interop.Persons;

internal static class DisclosureRequestsApi
{
    public static void MapDisclosureRequests(this RouteGroupBuilder persons)
    {
        persons.MapPost("/{id}/disclosure-requests", Register).Does("disclosure-request.create", Actions.Create, Scopes.ConsentsWrite, kind => kind.IsCare)
            .Takes<DisclosureRequestInput>().Gives<DisclosureRequestView>(201, 404, 422);
        persons.MapGet("/{id}/disclosure-requests", List).WithMetadata(new AlsoScope(Scopes.AuditRead))
            .Does("disclosure-request.list", Actions.Query, Scopes.ConsentsRead, IsCareOrOversight).Gives<Page<DisclosureRequestView>>(200, 404).Pages();
        persons.MapGet("/{id}/disclosure-requests/{rid}", Read).WithMetadata(new AlsoScope(Scopes.AuditRead))
            .Does("disclosure-request.read", Actions.Read, Scopes.ConsentsRead, IsCareOrOversight).Gives<DisclosureRequestView>(200, 404);
        persons.MapPost("/{id}/disclosure-requests/{rid}/answer", Answer).Does("disclosure-request.answer", Actions.Update, Scopes.ConsentsWrite, kind => kind.IsCare)
            .Takes<DisclosureAnswerInput>().Gives<DisclosureRequestView>(200, 404, 409, 412, 422);
    }

    /// <summary>Register that the person asked for an accounting. From when it was received the time to answer runs; once it has passed, that is an event.</summary>
    internal static Task<IResult> Register(Id<Person> id, Call call, Db db, Work work, PersonRegister register, IOptions<AccountingOptions> options, Trail trail, CancellationToken ct) =>
        call.ActAsync(
            async body =>
            {
                await work.LockAsync([id.Value], exclusive: false, ct); // or an erasure comes between the look and the row
                if (await OpenAsync(id, call, db, register, ct) is { } notFound)
                    return notFound;
                var input = Fields.Read(body, f => DisclosureRequestInput.Read(f, work.Now), out var refusal);
                if (refusal is not null)
                    return refusal;
                var request = new DisclosureRequest
                {
                    Id = Id<DisclosureRequest>.New(work.Now),
                    Version = 1,
                    PersonId = id,
                    Organisation = call.Caller.Organisation,
                    ReceivedAt = input.ReceivedAt,
                    DueAt = input.ReceivedAt + options.Value.AccountingWithin,
                    Language = input.Language,
                    By = input.By,
                    CreatedAt = work.Now,
                };
                db.DisclosureRequests.Add(request);
                return new Done(201, request.Id.ToString(), $"/v1/persons/{id}/disclosure-requests/{request.Id}");
            },
            done => ShowAsync(id, Id<DisclosureRequest>.Parse(done.Subject, null), call.IsRepeat ? Actions.Read : Actions.Create, "disclosure-request.create", call, db, work, register, trail, ct), ct);

    /// <summary>The requests for an accounting of this person: a care organisation's own, to oversight all. Newest first.</summary>
    internal static Task<IResult> List(Id<Person> id, HttpContext http, Call call, Db db, Work work, PersonRegister register, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        var (limit, cursor) = (query.Limit(), query.CursorId());
        if (query.Refusal() is { } refusal)
            return Task.FromResult(refusal.ToResult());
        return call.ReadAsync<Page<DisclosureRequestView>>(async () =>
        {
            if (await OpenAsync(id, call, db, register, ct) is { } notFound)
                return notFound;
            var rows = (await Own(id, call, db).AsNoTracking().ToListAsync(ct)).OrderByDescending(r => r.Id.Value).Where(r => cursor is null || r.Id.Value < cursor).ToList(); // a handful
            trail.Write(call.Caller, new(Actions.Query, "disclosure-request.list") { Person = id.Value });
            return new Page<DisclosureRequestView>([.. rows.Take(limit).Select(r => DisclosureRequestView.Of(r, work.Now))], rows.Count > limit ? Query.WriteCursor(rows[limit - 1].Id.Value) : null);
        }, ct);
    }

    /// <summary>A request for an accounting.</summary>
    internal static Task<IResult> Read(Id<Person> id, Id<DisclosureRequest> rid, Call call, Db db, Work work, PersonRegister register, Trail trail, CancellationToken ct) =>
        call.ReadAsync(() => ShowAsync(id, rid, Actions.Read, "disclosure-request.read", call, db, work, register, trail, ct), ct);

    /// <summary>Record that the person was given the accounting.</summary>
    internal static Task<IResult> Answer(Id<Person> id, Id<DisclosureRequest> rid, Call call, Db db, Work work, PersonRegister register, Trail trail, CancellationToken ct) =>
        call.ActAsync(
            async body =>
            {
                if (await OpenAsync(id, call, db, register, ct) is { } notFound)
                    return notFound;
                if (await Own(id, call, db).SingleOrDefaultAsync(r => r.Id == rid, ct) is not { } request)
                    return Refusal.NotFound;
                if (call.CheckVersion(request.Version) is { } stale)
                    return stale;
                var input = Fields.Read(body, f => DisclosureAnswerInput.Read(f, request.ReceivedAt, work.Now), out var refusal);
                if (refusal is not null)
                    return refusal;
                if (request.AnsweredAt is not null)
                    return Refusal.Conflict("", "accounting.answered");
                request.AnsweredAt = input.At ?? work.Now;
                request.Version++;
                return new Done(200, rid.ToString());
            },
            _ => ShowAsync(id, rid, call.IsRepeat ? Actions.Read : Actions.Update, "disclosure-request.answer", call, db, work, register, trail, ct), ct);

    static async Task<Answer<DisclosureRequestView>> ShowAsync(
        Id<Person> id, Id<DisclosureRequest> rid, string action, string operation, Call call, Db db, Work work, PersonRegister register, Trail trail, CancellationToken ct)
    {
        if (await OpenAsync(id, call, db, register, ct) is { } notFound)
            return notFound;
        if (await Own(id, call, db).AsNoTracking().SingleOrDefaultAsync(r => r.Id == rid, ct) is not { } request)
            return Refusal.NotFound;
        trail.Write(call.Caller, new(action, operation) { Person = id.Value, ResourceType = "DisclosureRequest", ResourceId = rid.ToString(), Ground = Grounds.Authorship });
        return DisclosureRequestView.Of(request, work.Now);
    }

    /// <summary>404 where the caller does not know the person.</summary>
    internal static async Task<Refusal?> OpenAsync(Id<Person> id, Call call, Db db, PersonRegister register, CancellationToken ct)
    {
        if (!await db.Persons.AnyAsync(p => p.Id == id, ct))
            return Refusal.NotFound;
        return call.Caller.Kind.IsCare && !await register.KnowsAsync(call.Caller.Organisation, id, ct) ? Refusal.NotFound.Of(id.Value, "Person", id.Value) : null;
    }

    static IQueryable<DisclosureRequest> Own(Id<Person> id, Call call, Db db)
    {
        var own = call.Caller.Organisation;
        var requests = db.DisclosureRequests.Where(r => r.PersonId == id);
        return call.Caller.Kind.IsCare ? requests.Where(r => r.Organisation == own) : requests;
    }

    static bool IsCareOrOversight(OrganisationKind kind) => kind.IsCare || kind is OrganisationKind.Oversight;
}
