using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit;

/// <summary>Which entries are asked for. What is given is combined.</summary>
internal sealed record AuditFilter(
    Guid? Person, string? Organisation, string? Action, string? Operation, string? Outcome, string? Resource, DateTimeOffset? From, DateTimeOffset? To)
{
    public static AuditFilter Read(Query query) => new(
        query.Uuid("person"), query.Text("organisation"), query.Code("action", Actions.All), query.Text("operation"),
        query.Code("outcome", Outcomes.All), query.Text("resource"), query.Instant("from"), query.Instant("to", end: true));

    public static RouteHandlerBuilder Describe(RouteHandlerBuilder route) => route
        .Asks("person", "Whose data it was: the person's id.", "uuid")
        .Asks("organisation", "Who acted or received.")
        .Asks("action", "What kind of act.", codes: Actions.All)
        .Asks("operation", "The operation's name: `referral.read`.")
        .Asks("outcome", "Whether it was permitted.", codes: Outcomes.All)
        .Asks("resource", "The id of what it was about.")
        .Asks("from", "At this instant or later; of a date its first moment in UTC.", "date-time")
        .Asks("to", "Before this instant; a date is included.", "date-time");

    /// <summary>The entries that it lets through, with their numbers.</summary>
    public IQueryable<Numbered> Apply(Db db)
    {
        var rows = db.AuditEntries.AsNoTracking()
            .Where(e => Person == null || e.Person == Person)
            .Where(e => Organisation == null || e.Organisation == Organisation)
            .Where(e => Action == null || e.Action == Action)
            .Where(e => Operation == null || e.Operation == Operation)
            .Where(e => Outcome == null || e.Outcome == Outcome)
            .Where(e => Resource == null || e.ResourceId == Resource)
            .Where(e => From == null || e.At >= From)
            .Where(e => To == null || e.At < To);
        return Number(db, rows);
    }

    public static IQueryable<Numbered> Number(Db db, IQueryable<AuditEntry> entries)
    {
        var sequence = db.AuditSequence;
        return entries.Join(sequence, e => e.Id, s => s.EntryId, (e, s) => new Numbered { Index = s.Index, Entry = e });
    }
}
