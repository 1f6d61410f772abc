using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit;

/// <summary>A question to be asked of the log again.</summary>
/// <param name="Name">As the organisation calls it; no two of its own are called alike.</param>
/// <param name="Filters">At least one.</param>
internal sealed record SavedQueryInput(string Name, AuditFilter Filters)
{
    public static SavedQueryInput Read(Fields f)
    {
        var input = new SavedQueryInput(f.Text("name", 100) ?? "", f.Object("filters", AuditFilter.Read) ?? new());
        if (f.Has("filters") && input.Filters == new AuditFilter() && f.Sound)
            f.Fail("filters", "required");
        return input;
    }
}

/// <summary>A saved query. It is run by <c>GET /v1/audit/entries?query={id}</c>.</summary>
/// <param name="CreatedBy">The client that saved it.</param>
internal sealed record SavedQueryView(Id<SavedQuery> Id, string Name, AuditFilter Filters, string CreatedBy, DateTimeOffset CreatedAt)
{
    public static SavedQueryView Of(SavedQuery q) => new(q.Id, q.Name, q.Filters, q.CreatedBy, q.CreatedAt);
}

/// <summary>The saved queries of each organisation: its own alone.</summary>
internal sealed class SavedQueries(Db db)
{
    public const int Most = 200;

    public Task<SavedQuery?> FindAsync(Guid id, string organisation, CancellationToken ct)
    {
        var wanted = new Id<SavedQuery>(id);
        return db.AuditQueries.SingleOrDefaultAsync(q => q.Id == wanted && q.Organisation == organisation, ct);
    }

    public Task<List<SavedQuery>> OfAsync(string organisation, CancellationToken ct) =>
        db.AuditQueries.Where(q => q.Organisation == organisation).OrderBy(q => q.Name).ToListAsync(ct);
}

internal static class SavedQueriesApi
{
    public static void MapSavedQueries(this RouteGroupBuilder audit)
    {
        audit.MapPost("/queries", Save).Does("audit.query-save", Actions.Create, Scopes.AuditRead).Takes<SavedQueryInput>().Gives<SavedQueryView>(201, 409, 422);
        audit.MapGet("/queries", List).Does("audit.query-list", Actions.Query, Scopes.AuditRead).Gives<Page<SavedQueryView>>(200);
        audit.MapGet("/queries/{id}", Read).Does("audit.query-read", Actions.Read, Scopes.AuditRead).Gives<SavedQueryView>(200, 404);
        audit.MapDelete("/queries/{id}", Delete).Does("audit.query-delete", Actions.Delete, Scopes.AuditRead).GivesNothing(404);
    }

    /// <summary>Save a query of the log.</summary>
    internal static Task<IResult> Save(Call call, Db db, Work work, SavedQueries queries, Trail trail, CancellationToken ct) => call.ActAsync<SavedQueryView>(
        async body =>
        {
            var input = Fields.Read(body, SavedQueryInput.Read, out var refusal);
            if (refusal is not null)
                return refusal;
            var own = await queries.OfAsync(call.Caller.Organisation, ct);
            if (own.Any(q => q.Name == input.Name))
                return Refusal.Conflict("name", "audit.query-exists");
            if (own.Count >= SavedQueries.Most)
                return Refusal.Conflict("", "audit.query-too-many", SavedQueries.Most);
            var query = new SavedQuery
            {
                Id = Id<SavedQuery>.New(work.Now),
                Organisation = call.Caller.Organisation,
                Name = input.Name,
                Filters = input.Filters,
                CreatedBy = call.Caller.Client,
                CreatedAt = work.Now,
            };
            db.AuditQueries.Add(query);
            return new Done(201, query.Id.ToString(), $"/v1/audit/queries/{query.Id}");
        },
        async done =>
        {
            // Under its key, a repeat finds what was saved; if it was deleted since, there is nothing to answer with.
            if (await queries.FindAsync(Guid.Parse(done.Subject), call.Caller.Organisation, ct) is not { } query)
                return Refusal.NotFound;
            trail.Write(call.Caller, About(query.Id, call.IsRepeat ? Actions.Read : Actions.Create, "audit.query-save"));
            return SavedQueryView.Of(query);
        }, ct);

    /// <summary>The organisation's saved queries, by name.</summary>
    internal static Task<IResult> List(HttpContext http, Call call, SavedQueries queries, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        return query.Refusal() is { } refusal
            ? Task.FromResult(refusal.ToResult())
            : call.ReadAsync<Page<SavedQueryView>>(async () =>
            {
                var found = await queries.OfAsync(call.Caller.Organisation, ct);
                trail.Write(call.Caller, new(Actions.Query, "audit.query-list"));
                return new Page<SavedQueryView>([.. found.Select(SavedQueryView.Of)], null);
            }, ct);
    }

    /// <summary>A saved query.</summary>
    internal static Task<IResult> Read(Id<SavedQuery> id, Call call, SavedQueries queries, Trail trail, CancellationToken ct) => call.ReadAsync<SavedQueryView>(async () =>
    {
        if (await queries.FindAsync(id.Value, call.Caller.Organisation, ct) is not { } query)
            return Refusal.NotFound;
        trail.Write(call.Caller, About(id, Actions.Read, "audit.query-read"));
        return SavedQueryView.Of(query);
    }, ct);

    /// <summary>Delete a saved query. What was found with it stays in the log as it was recorded.</summary>
    internal static Task<IResult> Delete(Id<SavedQuery> id, Call call, Db db, SavedQueries queries, Trail trail, CancellationToken ct) => call.ActAsync<Nothing>(
        async _ =>
        {
            if (await queries.FindAsync(id.Value, call.Caller.Organisation, ct) is not { } query)
                return Refusal.NotFound;
            db.AuditQueries.Remove(query);
            trail.Write(call.Caller, About(id, Actions.Delete, "audit.query-delete"));
            return new Done(204, id.ToString());
        },
        _ => Task.FromResult<Answer<Nothing>>(new Nothing()), ct);

    static Record About(Id<SavedQuery> id, string action, string operation) => new(action, operation) { ResourceType = "AuditQuery", ResourceId = id.ToString() };
}
