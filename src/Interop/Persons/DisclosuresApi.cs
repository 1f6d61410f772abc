using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Directory;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Interop.Persons;

internal static class DisclosuresApi
{
    static readonly IReadOnlyList<Format> s_formats = [Format.Json, Format.Csv, Format.Html];

    public static void MapDisclosures(this RouteGroupBuilder persons) =>
        persons.MapGet("/{id}/disclosures", List).WithMetadata(new AlsoScope(Scopes.AuditRead), Format.Csv, Format.Html)
            .Does("person.disclosures", Actions.Query, Scopes.ConsentsRead, kind => kind.IsCare || kind is OrganisationKind.Oversight).Gives<DisclosurePage>(200, 404)
            .Asks("from", "At this instant or later; of a date its first moment in UTC.", "date-time")
            .Asks("to", "Before this instant; a date is included.", "date-time")
            .Asks("format", "The form: a page of JSON, or the whole as CSV or as a page to print. Without it, Accept decides.", codes: [.. s_formats.Select(f => f.Name)])
            .Asks("language", "Language of the texts, where the person reads another than the caller.", codes: Language.All)
            .Pages();

    /// <summary>
    /// Who was told something of the person, when, on which ground, newest first (42 CFR 2.24, 2.25). Oversight sees all; a care
    /// organisation that knows the person, what it disclosed and what it received. As CSV (RFC 4180) or a page to print it comes whole.
    /// </summary>
    internal static Task<IResult> List(Id<Person> id, HttpContext http, Call call, Db db, Work work, PersonRegister register, Organisations organisations, DisclosureBook book, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        var (from, to) = (query.Instant("from"), query.Instant("to", end: true));
        var format = Format.Best(http, query.Code("format", [.. s_formats.Select(f => f.Name)]), s_formats);
        var language = query.Code("language", Language.All) ?? call.NoticeLanguage;
        var (limit, cursor) = (query.Limit(), query.CursorId());
        var own = call.Caller.Kind.IsCare ? call.Caller.Organisation : null;
        if (query.Refusal() is { } refusal)
            return Task.FromResult(refusal.ToResult());
        return format == Format.Json
            ? call.ReadAsync<DisclosurePage>(async () =>
            {
                if (await DisclosureRequestsApi.OpenAsync(id, call, db, register, ct) is { } notFound)
                    return notFound;
                var entries = await PageAsync(db, book.Of(id, own, from, to), cursor, limit, ct);
                var groups = cursor is null && await AllAsync() is { } all ? DisclosureBook.Group(all) : null;
                Record();
                return new DisclosurePage(
                    await book.ViewAsync([.. entries.Take(limit)], language, ct), entries.Count > limit ? Query.WriteCursor(entries[limit - 1].Id) : null, groups, language);
            }, ct)
            : call.ReadAsync<Accounting>(async () =>
            {
                if (await DisclosureRequestsApi.OpenAsync(id, call, db, register, ct) is { } notFound)
                    return notFound;
                if (await AllAsync() is not { } all)
                    return Refusal.BadQuery(new Fault("from", "accounting.too-many", DisclosureBook.Most));
                var by = await organisations.FindAsync(call.Caller.Organisation, ct);
                Record();
                return new Accounting(id, by!, from, to, work.Now, language, all, DisclosureBook.Group(all));
            }, accounting => format == Format.Csv ? DisclosureCsv.Of(accounting) : DisclosurePrint.Of(accounting), ct);

        // Everything asked for, or null where that is too much for one piece.
        async Task<IReadOnlyList<DisclosureView>?> AllAsync()
        {
            var entries = await book.Of(id, own, from, to).OrderByDescending(e => e.At).ThenByDescending(e => e.Id).Take(DisclosureBook.Most + 1).ToListAsync(ct);
            return entries.Count > DisclosureBook.Most ? null : await book.ViewAsync(entries, language, ct);
        }

        void Record() => trail.Write(call.Caller, new(Actions.Query, "person.disclosures") { Person = id.Value, Details = new JsonObject { ["format"] = format.Name } });
    }

    static async Task<IReadOnlyList<AuditEntry>> PageAsync(Db db, IQueryable<AuditEntry> disclosures, Guid? after, int limit, CancellationToken ct)
    {
        if (after is { } last)
        {
            var at = await db.AuditEntries.Where(e => e.Id == last).Select(e => e.At).SingleOrDefaultAsync(ct);
            disclosures = disclosures.Where(e => e.At <= at).Where(e => e.At < at || e.Id < last);
        }
        return await disclosures.OrderByDescending(e => e.At).ThenByDescending(e => e.Id).Take(limit + 1).ToListAsync(ct);
    }
}
