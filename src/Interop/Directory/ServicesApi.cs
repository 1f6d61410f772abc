using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Directory;

/// <param name="PlacesFree">0 to 100000.</param>
internal sealed record CapacityInput(int PlacesFree);

internal static class ServicesApi
{
    internal static Task<IResult> Create(string id, Call call, OrganisationRegister register, Db db, CancellationToken ct) => call.ActAsync<CareServiceView>(
        async body =>
        {
            if (!Vocabulary.IsSlug(id) || !await db.Organisations.AnyAsync(o => o.Id == id, ct))
                return Refusal.NotFound;
            var input = Fields.Read(body, CareServiceInput.Read, out var refusal);
            if (refusal is not null)
                return refusal;
            var added = await register.AddServiceAsync(call.Caller, id, input, ct);
            return added.Refusal is { } refused ? refused : new Done(201, added.Value!.Id.ToString(), $"/v1/directory/services/{added.Value.Id}");
        },
        async done => CareServiceView.Of((await FindAsync(db, Id<CareService>.Parse(done.Subject, null), ct))!),
        ct);

    internal static Task<IResult> Get(Id<CareService> id, Call call, Db db, CancellationToken ct) => call.ReadAsync<CareServiceView>(
        async () => await FindAsync(db, id, ct) is { } service ? CareServiceView.Of(service) : Refusal.NotFound, ct);

    internal static Task<IResult> ListOf(string id, HttpContext http, Call call, Organisations organisations, Db db, CancellationToken ct)
    {
        var query = new Query(http);
        return PageAsync(query, new(Organisation: id), call, db, async () => await organisations.FindAsync(id, ct) is null ? Refusal.NotFound : null, ct);
    }

    internal static Task<IResult> Search(HttpContext http, Call call, Db db, CancellationToken ct)
    {
        var query = new Query(http);
        var criteria = new ServiceCriteria(
            Service: query.Code("service", Vocabulary.Services),
            Need: query.Text("need", 60),
            Language: query.Text("language", 60),
            Jurisdiction: query.Text("jurisdiction", 6));
        if (criteria.Need is { } need && !Vocabulary.IsNeed(need))
            query.Fail("need", "need", Vocabulary.NeedNames);
        if (criteria.Language is { } language && !Vocabulary.IsLanguage(language))
            query.Fail("language", "language");
        if (criteria.Jurisdiction is { } area && !Vocabulary.IsJurisdiction(area))
            query.Fail("jurisdiction", "jurisdiction");
        return PageAsync(query, criteria, call, db, () => Task.FromResult<Refusal?>(null), ct);
    }

    /// <summary>Only the provider of a service tells its capacity; anybody else's service is not there for this.</summary>
    internal static Task<IResult> SetCapacity(Id<CareService> id, Call call, Db db, Trail trail, CancellationToken ct) => call.ChangeAsync<CareServiceView>(
        async body =>
        {
            if (await db.CareServices.SingleOrDefaultAsync(s => s.Id == id, ct) is not { } service || service.Organisation != call.Caller.Organisation)
                return Refusal.NotFound;
            if (call.CheckVersion(service.Version, required: true) is { } stale)
                return stale;
            var places = Fields.Read(body, f => f.Integer("placesFree", 0, CareServiceInput.MaxPlaces), out var invalid);
            if (invalid is not null)
                return invalid;
            service.PlacesFree = places;
            service.Version++;
            trail.Write(call.Caller, new(Actions.Update, "service.capacity")
            {
                ResourceType = "HealthcareService",
                ResourceId = service.Id.ToString(),
                Details = new JsonObject { ["placesFree"] = places, ["version"] = service.Version },
            });
            return CareServiceView.Of(service);
        }, ct);

    static Task<IResult> PageAsync(Query query, ServiceCriteria criteria, Call call, Db db, Func<Task<Refusal?>> check, CancellationToken ct)
    {
        var limit = query.Limit();
        var after = query.CursorId();
        return call.ReadAsync<Page<CareServiceView>>(async () =>
        {
            if ((query.Refusal() ?? await check()) is { } refusal)
                return refusal;
            var items = await db.SearchServicesAsync(criteria, after, limit + 1, ct);
            return new Page<CareServiceView>([.. items.Take(limit).Select(CareServiceView.Of)], items.Count > limit ? Query.WriteCursor(items[limit - 1].Id.Value) : null);
        }, ct);
    }

    static Task<CareService?> FindAsync(Db db, Id<CareService> id, CancellationToken ct) =>
        db.CareServices.AsNoTracking().SingleOrDefaultAsync(s => s.Id == id, ct);
}
