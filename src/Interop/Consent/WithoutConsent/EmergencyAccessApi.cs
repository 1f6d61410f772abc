using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Consent.Packs;
using Interop.Contracts;
using Interop.Directory;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Events;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Interop.Consent.WithoutConsent;

internal static class EmergencyAccessApi
{
    public static void MapEmergencyAccess(this IEndpointRouteBuilder routes)
    {
        var accesses = routes.MapGroup("/v1/emergency-access").WithTags("Consent");
        Func<OrganisationKind, bool> reader = kind => kind.IsCare || kind is OrganisationKind.Oversight;
        accesses.MapPost("/", Declare).Does(Digest.EmergencyDeclared, Actions.Create, Scopes.ConsentsWrite, kind => kind is OrganisationKind.Provider)
            .Takes<EmergencyAccessRequest>().Gives<EmergencyAccessView>(201, 422);
        accesses.MapGet("/", List).WithMetadata(new AlsoScope(Scopes.AuditRead)).Does("emergency-access.list", Actions.Query, Scopes.ConsentsRead, reader)
            .Gives<Page<EmergencyAccessView>>(200).Asks("status", "Of this status alone.", codes: EmergencyAccessView.Statuses).Pages();
        accesses.MapGet("/{id}", Read).WithMetadata(new AlsoScope(Scopes.AuditRead)).Does("emergency-access.read", Actions.Read, Scopes.ConsentsRead, reader)
            .Gives<EmergencyAccessView>(200, 404);
        accesses.MapPost("/{id}/review", Review).Does("emergency-access.review", Actions.Update, Scopes.AuditRead, kind => kind is OrganisationKind.Oversight)
            .Takes<EmergencyReviewRequest>().Gives<EmergencyAccessView>(200, 404, 409, 412, 422);
    }

    /// <summary>
    /// Declares a medical emergency in which the person cannot consent (42 CFR 2.51). What providers hold of the person is open to the
    /// caller at once and for a short time, to read; each reading is recorded, those whose records they are are told, and oversight
    /// reviews it. It is taken whether or not anybody is known by that name: only what it opens tells.
    /// </summary>
    internal static Task<IResult> Declare(
        Call call, Db db, Work work, Gate gate, PersonRegister persons, Organisations organisations, PackShelf packs, ITreating treating, EventLog events, Trail trail, IOptions<EmergencyOptions> options, CancellationToken ct) =>
        call.ActAsync(
            async body =>
            {
                var request = Fields.Read(body, EmergencyAccessRequest.Read, out var refusal);
                if (refusal is not null)
                    return refusal;
                var named = request.PersonId ?? (await persons.NamedByAnyAsync(request.Identifiers!, ct) is [var only] ? only : null);
                if (named is { } key)
                    await gate.OpenAsync([key], ct, exclusive: true);
                var person = named is { } id && await db.Persons.AnyAsync(p => p.Id == new Id<Person>(id), ct) ? named : null;
                var own = await organisations.RecallAsync(call.Caller.Organisation, ct);
                var pack = packs.For(own?.Jurisdiction, null, work.Now.UtcTicks);
                var access = new EmergencyAccess
                {
                    Id = Id<EmergencyAccess>.New(work.Now),
                    Version = 1,
                    PersonId = named is { } n ? new Id<Person>(n) : null,
                    ById = request.PersonId is not null,
                    Organisation = call.Caller.Organisation,
                    Disclosers = person is null ? [] : [.. (await treating.ProvidersAsync(person.Value, ct)).Where(p => p != call.Caller.Organisation)],
                    Personnel = request.Personnel.Name,
                    Affiliation = request.Personnel.Affiliation,
                    Nature = request.Nature,
                    DeclaredAt = work.Now,
                    Until = work.Now + options.Value.Window,
                    Pack = pack.ToString(),
                    ReviewBy = pack.EmergencyReview.After(work.Now, own?.Zone ?? TimeZoneInfo.Utc),
                };
                db.EmergencyAccesses.Add(access);
                if (person is not null)
                    db.LawfulGrounds.Add(Opens(access, own?.Jurisdiction));
                await events.RecordAsync(EventTypes.EmergencyAccessDeclared, $"emergency-access/{access.Id}", access.Version, person, [access.Organisation, .. access.Disclosers], null, access.ToEvent(), ct);
                return new Done(201, access.Id.ToString(), $"/v1/emergency-access/{access.Id}");
            },
            done => ShowAsync(Id<EmergencyAccess>.Parse(done.Subject, null), call.IsRepeat ? Actions.Read : Actions.Create, Digest.EmergencyDeclared, call, db, work, trail, ct), ct);

    /// <summary>Emergency accesses, newest first: the caller's own, those that opened its records, and to oversight all.</summary>
    internal static Task<IResult> List(HttpContext http, Call call, Db db, Work work, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        var status = query.Code("status", EmergencyAccessView.Statuses);
        var (limit, cursor) = (query.Limit(), query.CursorId());
        return query.Refusal() is { } refusal
            ? Task.FromResult(refusal.ToResult())
            : call.ReadAsync<Page<EmergencyAccessView>>(async () =>
            {
                var now = work.Now;
                var seen = new List<EmergencyAccess>();
                await foreach (var access in Of(status, now, cursor is { } after ? db.EmergencyAccesses.FromSql($"select * from emergency_accesses where id < {after}") : db.EmergencyAccesses)
                    .AsNoTracking().OrderByDescending(e => e.Id).AsAsyncEnumerable().WithCancellation(ct))
                {
                    if (IsFor(call.Caller, access))
                        seen.Add(access);
                    if (seen.Count > limit)
                        break;
                }
                var page = seen.Take(limit).ToList();
                trail.Write(call.Caller, new(Actions.Query, "emergency-access.list") { Details = new JsonObject { ["shown"] = new JsonArray([.. page.Select(e => (JsonNode)e.Id.ToString())]) } });
                return new Page<EmergencyAccessView>([.. page.Select(e => EmergencyAccessView.Of(e, call.Caller.Organisation, now))], seen.Count > limit ? Query.WriteCursor(page[^1].Id.Value) : null);
            }, ct);
    }

    /// <summary>An emergency access.</summary>
    internal static Task<IResult> Read(Id<EmergencyAccess> id, Call call, Db db, Work work, Trail trail, CancellationToken ct) =>
        call.ReadAsync(() => ShowAsync(id, Actions.Read, "emergency-access.read", call, db, work, trail, ct), ct);

    /// <summary>Oversight says whether the emergency was one. An access that was not justified ends at once.</summary>
    internal static Task<IResult> Review(Id<EmergencyAccess> id, Call call, Db db, Work work, Gate gate, Trail trail, CancellationToken ct) =>
        call.ActAsync(
            async body =>
            {
                if (await db.EmergencyAccesses.AsNoTracking().SingleOrDefaultAsync(e => e.Id == id, ct) is not { } found)
                    return Refusal.NotFound;
                if (found.PersonId is { } person)
                    await gate.OpenAsync([person.Value], ct, exclusive: true); // before any other row (P3)
                var access = await db.EmergencyAccesses.SingleOrDefaultAsync(e => e.Id == id, ct) ?? throw new DbUpdateConcurrencyException(); // erased while its lock was waited for
                if (call.CheckVersion(access.Version) is { } stale)
                    return stale;
                var request = Fields.Read(body, EmergencyReviewRequest.Read, out var refusal);
                if (refusal is not null)
                    return refusal;
                if (access.ReviewedAt is not null)
                    return Refusal.Conflict("", "emergency.reviewed");
                (access.ReviewedAt, access.ReviewedBy, access.Finding, access.Note) = (work.Now, call.Caller.Organisation, request.Finding, request.Note);
                access.Version++;
                foreach (var ground in request.Finding == EmergencyReviewRequest.Unjustified ? await db.LawfulGrounds.Where(g => g.Id == id.Value && g.EndedAt == null).ToListAsync(ct) : [])
                    (ground.EndedAt, ground.EndedBy) = (work.Now, request.Finding);
                return new Done(200, id.ToString());
            },
            _ => ShowAsync(id, call.IsRepeat ? Actions.Read : Actions.Update, "emergency-access.review", call, db, work, trail, ct), ct);

    static async Task<Answer<EmergencyAccessView>> ShowAsync(Id<EmergencyAccess> id, string action, string operation, Call call, Db db, Work work, Trail trail, CancellationToken ct)
    {
        if (await db.EmergencyAccesses.AsNoTracking().SingleOrDefaultAsync(e => e.Id == id, ct) is not { } access)
            return Refusal.NotFound;
        var person = access.PersonId is { } named && await db.Persons.AnyAsync(p => p.Id == named, ct) ? named.Value : (Guid?)null;
        if (!IsFor(call.Caller, access))
            return person is { } of ? Refusal.NotFound.Of(of, EmergencyAccess.ResourceType, id.Value) : Refusal.NotFound;
        trail.Write(call.Caller, new(action, operation) { Person = person, ResourceType = EmergencyAccess.ResourceType, ResourceId = id.ToString() });
        return EmergencyAccessView.Of(access, call.Caller.Organisation, work.Now);
    }

    static bool IsFor(Caller caller, EmergencyAccess access) =>
        caller.Kind is OrganisationKind.Oversight || access.Organisation == caller.Organisation || access.Disclosers.Contains(caller.Organisation);

    static IQueryable<EmergencyAccess> Of(string? status, DateTimeOffset now, IQueryable<EmergencyAccess> accesses) => status switch
    {
        "reviewed" => accesses.Where(e => e.ReviewedAt != null),
        "overdue" => accesses.Where(e => e.ReviewedAt == null && e.ReviewBy <= now),
        "open" => accesses.Where(e => e.ReviewedAt == null && e.ReviewBy > now),
        _ => accesses,
    };

    static LawfulGround Opens(EmergencyAccess access, string? jurisdiction) => new()
    {
        Id = access.Id.Value,
        Kind = Grounds.Emergency,
        PersonId = access.PersonId!.Value,
        Recipient = access.Organisation,
        Jurisdiction = jurisdiction,
        Categories = [],
        From = access.DeclaredAt,
        Until = access.Until,
        RecordedAt = access.DeclaredAt,
    };
}
