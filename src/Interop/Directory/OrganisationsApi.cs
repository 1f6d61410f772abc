using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Directory;

internal static class OrganisationsApi
{
    internal static Task<IResult> Create(Call call, OrganisationRegister register, Organisations organisations, CancellationToken ct) => call.ActAsync<OrganisationView>(
        async body =>
        {
            var input = Fields.Read(body, OrganisationInput.Read, out var refusal);
            if (refusal is not null)
                return refusal;
            var added = await register.AddAsync(call.Caller, input, ct);
            return added.Refusal is { } refused ? refused : new Done(201, added.Value!.Id, $"/v1/organisations/{added.Value.Id}");
        },
        async done => OrganisationView.Of((await organisations.FindAsync(done.Subject, ct))!),
        ct);

    /// <summary>What the auditor's digest takes for office hours, from now on: it says what was done outside of them.</summary>
    internal static Task<IResult> SetOfficeHours(string id, Call call, OrganisationRegister register, Organisations organisations, CancellationToken ct) => call.ActAsync<OrganisationView>(
        async body =>
        {
            var hours = Fields.Read(body, OfficeHours.Read, out var refusal);
            if (refusal is not null)
                return refusal;
            var set = await register.SetOfficeHoursAsync(call.Caller, id, hours, ct);
            return set.Refusal is { } refused ? refused : new Done(200, id);
        },
        async done => OrganisationView.Of((await organisations.FindAsync(done.Subject, ct))!),
        ct);

    internal static Task<IResult> Get(string id, Call call, Organisations organisations, CancellationToken ct) => call.ReadAsync<OrganisationView>(
        async () => await organisations.FindAsync(id, ct) is { } organisation ? OrganisationView.Of(organisation) : Refusal.NotFound, ct);

    internal static Task<IResult> List(HttpContext http, Call call, Db db, CancellationToken ct) => PageAsync(http, call, db, ct);

    internal static Task<IResult> Search(HttpContext http, Call call, Db db, CancellationToken ct) => PageAsync(http, call, db, ct);

    static Task<IResult> PageAsync(HttpContext http, Call call, Db db, CancellationToken ct)
    {
        var query = new Query(http);
        var kind = OrganisationKinds.Parse(query.Code("kind", OrganisationKinds.Codes));
        var limit = query.Limit();
        var after = query.Cursor(Vocabulary.IsSlug);
        return call.ReadAsync<Page<OrganisationView>>(async () =>
        {
            if (query.Refusal() is { } refusal)
                return refusal;
            var found = db.Organisations.AsNoTracking();
            if (kind is { } one)
                found = found.Where(o => o.Kind == one);
            if (after is not null)
                found = found.Where(o => string.Compare(o.Id, after) > 0);
            var items = await found.OrderBy(o => o.Id).Take(limit + 1).ToListAsync(ct);
            return new Page<OrganisationView>([.. items.Take(limit).Select(OrganisationView.Of)], items.Count > limit ? Query.WriteCursor(items[limit - 1].Id) : null);
        }, ct);
    }
}
