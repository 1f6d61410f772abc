using Interop.Audit;
using Interop.Directory;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent.WithoutConsent;

internal static class CourtOrdersApi
{
    public static void MapCourtOrders(this IEndpointRouteBuilder routes)
    {
        var orders = routes.MapGroup("/v1/court-orders").WithTags("Consent");
        Func<OrganisationKind, bool> court = kind => kind is OrganisationKind.Court, party = kind => kind.IsJustice || kind.IsCare;
        orders.MapPost("/", Register).Does("court-order.register", Actions.Create, Scopes.ConsentsWrite, court).Takes<CourtOrderRequest>().Gives<CourtOrderView>(201, 404, 422);
        orders.MapGet("/", List).Does("court-order.list", Actions.Query, Scopes.ConsentsRead, party).Gives<Page<CourtOrderView>>(200)
            .Asks("person", "About this person alone: their id.", "uuid").Pages();
        orders.MapGet("/{id}", Read).Does("court-order.read", Actions.Read, Scopes.ConsentsRead, party).Gives<CourtOrderView>(200, 404);
        orders.MapPost("/{id}/revocation", Revoke).Does("court-order.revoke", Actions.Update, Scopes.ConsentsWrite, court)
            .Takes<RevocationRequest>().Gives<CourtOrderView>(200, 404, 409, 412, 422);
    }

    /// <summary>
    /// Registers a court order and the subpoena that goes with it (42 CFR 2.61 to 2.66): the one authorises, the other compels, and both
    /// are required. What the provider reported in the categories that it names is open to its recipients within its dates, whatever
    /// the person consented to. Only a court registers, of a person whom it knows; its recipients and the provider are told.
    /// </summary>
    internal static Task<IResult> Register(
        Call call, Db db, Work work, Gate gate, PersonRegister persons, Organisations organisations, CourtOrderRegister register, Trail trail, CancellationToken ct) =>
        call.ActAsync(
            async body =>
            {
                var own = await organisations.RecallAsync(call.Caller.Organisation, ct);
                var request = Fields.Read(body, f => CourtOrderRequest.Read(f, own?.Zone ?? TimeZoneInfo.Utc, work.Now), out var refusal);
                var faults = refusal?.Faults.ToList() ?? [];
                var person = new Id<Person>(request.PersonId);
                if (faults.All(f => f.Path != "personId"))
                {
                    if (await persons.KnowsAsync(call.Caller.Organisation, person, ct))
                        await gate.OpenAsync([request.PersonId], ct, exclusive: true);
                    else
                        faults.Add(new("personId", "person.unknown"));
                }
                await CheckPartiesAsync(request, organisations, faults, ct);
                if (faults.Count > 0)
                    return Refusal.Invalid(faults);
                var order = New(request, call.Caller, work.Now);
                await register.AddAsync(order, (await organisations.RecallAsync(order.Discloser, ct))?.Jurisdiction, ct);
                foreach (var recipient in order.Recipients)
                    await persons.MakeKnownAsync(person, recipient, ct);
                return new Done(201, order.Id.ToString(), $"/v1/court-orders/{order.Id}");
            },
            done => ShowAsync(Id<CourtOrder>.Parse(done.Subject, null), call.IsRepeat ? Actions.Read : Actions.Create, "court-order.register", call, db, work, trail, ct), ct);

    /// <summary>Court orders that the caller registered, must comply with or receives under; newest first.</summary>
    internal static Task<IResult> List(HttpContext http, Call call, Db db, Work work, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        var person = query.Uuid("person");
        var (limit, cursor) = (query.Limit(), query.CursorId());
        return query.Refusal() is { } refusal
            ? Task.FromResult(refusal.ToResult())
            : call.ReadAsync<Page<CourtOrderView>>(async () =>
            {
                var rows = cursor is { } after ? db.CourtOrders.FromSql($"select * from court_orders where id < {after}") : db.CourtOrders;
                if (person is { } id)
                    rows = rows.Where(o => o.PersonId == new Id<Person>(id));
                var seen = new List<CourtOrderView>();
                await foreach (var order in rows.AsNoTracking().OrderByDescending(o => o.Id).AsAsyncEnumerable().WithCancellation(ct))
                {
                    if (CourtOrderView.For(call.Caller, order, work.Now) is { } view)
                        seen.Add(view);
                    if (seen.Count > limit)
                        break;
                }
                var page = seen.Take(limit).ToList();
                trail.Write(call.Caller, new(Actions.Query, "court-order.list") { Person = page.Count > 0 ? person : null });
                return new Page<CourtOrderView>(page, seen.Count > limit ? Query.WriteCursor(page[^1].Id.Value) : null);
            }, ct);
    }

    /// <summary>A court order: for the court that registered it, the provider that it compels and its recipients.</summary>
    internal static Task<IResult> Read(Id<CourtOrder> id, Call call, Db db, Work work, Trail trail, CancellationToken ct) =>
        call.ReadAsync(() => ShowAsync(id, Actions.Read, "court-order.read", call, db, work, trail, ct), ct);

    /// <summary>The court ends its order. Once this is answered nothing is disclosed under it.</summary>
    internal static Task<IResult> Revoke(Id<CourtOrder> id, Call call, Db db, Work work, Gate gate, CourtOrderRegister register, Trail trail, CancellationToken ct) =>
        call.ActAsync(
            async body =>
            {
                if (await db.CourtOrders.AsNoTracking().SingleOrDefaultAsync(o => o.Id == id, ct) is not { } found)
                    return Refusal.NotFound;
                await gate.OpenAsync([found.PersonId.Value], ct, exclusive: true); // before any other row (P3)
                var order = await db.CourtOrders.SingleOrDefaultAsync(o => o.Id == id, ct) ?? throw new DbUpdateConcurrencyException(); // erased while its lock was waited for
                if (CourtOrderView.For(call.Caller, order, work.Now) is null)
                    return Refusal.NotFound.Of(order.PersonId.Value, CourtOrder.ResourceType, id.Value);
                if (order.Organisation != call.Caller.Organisation)
                    return Refusal.Forbidden; // a recipient: it knows of the order, and ending it is the court's
                if (call.CheckVersion(order.Version) is { } stale)
                    return stale;
                var request = Fields.Read(body, RevocationRequest.Read, out var refusal);
                if (refusal is not null)
                    return refusal;
                if (order.EndedAt is not null || order.Until <= work.Now)
                    return Refusal.Conflict("", "court-order.already-ended");
                await register.EndAsync(order, work.Now, ConsentEnds.Revoked, request.Reason, ct);
                return new Done(200, id.ToString());
            },
            _ => ShowAsync(id, call.IsRepeat ? Actions.Read : Actions.Update, "court-order.revoke", call, db, work, trail, ct), ct);

    static async Task<Answer<CourtOrderView>> ShowAsync(Id<CourtOrder> id, string action, string operation, Call call, Db db, Work work, Trail trail, CancellationToken ct)
    {
        if (await db.CourtOrders.AsNoTracking().SingleOrDefaultAsync(o => o.Id == id, ct) is not { } order)
            return Refusal.NotFound;
        if (CourtOrderView.For(call.Caller, order, work.Now) is not { } view)
            return Refusal.NotFound.Of(order.PersonId.Value, CourtOrder.ResourceType, id.Value);
        trail.Write(call.Caller, new(action, operation) { Person = order.PersonId.Value, ResourceType = CourtOrder.ResourceType, ResourceId = id.ToString() });
        return view;
    }

    static async Task CheckPartiesAsync(CourtOrderRequest request, Organisations organisations, List<Fault> faults, CancellationToken ct)
    {
        var named = request.Recipients.Index().Where(r => r.Item is not null).Select(r => (Path: $"recipients[{r.Index}]", Id: r.Item, Care: false));
        foreach (var (path, id, care) in request.Discloser is { } discloser ? named.Prepend((Path: "discloser", Id: discloser, Care: true)) : named)
            if (await organisations.RecallAsync(id, ct) is not { } organisation)
                faults.Add(new(path, "organisation.unknown"));
            else if (care ? !organisation.Kind.IsCare : !organisation.Kind.IsJustice)
                faults.Add(new(path, care ? "organisation.not-care" : "organisation.not-justice"));
    }

    static CourtOrder New(CourtOrderRequest r, Caller caller, DateTimeOffset now) => new()
    {
        Id = Id<CourtOrder>.New(now),
        Version = 1,
        PersonId = new(r.PersonId),
        Organisation = caller.Organisation,
        Order = new(r.Order.Number, r.Order.IssuedAt),
        Subpoena = new(r.Subpoena.Number, r.Subpoena.IssuedAt),
        Discloser = r.Discloser,
        Recipients = [.. r.Recipients.Distinct()],
        Purpose = r.Purpose,
        Categories = [.. r.Categories.Distinct()],
        Records = r.Records is { } records ? new(records.From, records.Until) : null,
        From = r.From,
        Until = r.Until,
        CreatedAt = now,
    };
}
