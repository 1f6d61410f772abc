using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;

namespace Interop.Audit;

/// <summary>Which entries are asked for. Filters are combined: each that is given must hold.</summary>
/// <param name="Person">Whose data it was: the person's id.</param>
/// <param name="Organisation">Who acted or received.</param>
/// <param name="Action">What kind of act.</param>
/// <param name="Operation">The operation's name: referral.read.</param>
/// <param name="Outcome">Whether it was permitted.</param>
/// <param name="Resource">The id of what it was about.</param>
/// <param name="Consent">The id of a consent that it rests on.</param>
/// <param name="Client">The software that called.</param>
/// <param name="Actor">The human behind the call, as the client named them.</param>
/// <param name="From">At this instant or later; of a date its first moment in UTC.</param>
/// <param name="To">Before this instant; a date is included.</param>
internal sealed record AuditFilter(
    Guid? Person = null, string? Organisation = null, string? Action = null, string? Operation = null, string? Outcome = null, string? Resource = null,
    Guid? Consent = null, string? Client = null, string? Actor = null, DateTimeOffset? From = null, DateTimeOffset? To = null)
{
    public static AuditFilter Read(Query q) => new(
        q.Uuid("person"), q.Text("organisation"), q.Code("action", Actions.All), q.Text("operation"), q.Code("outcome", Outcomes.All), q.Text("resource"),
        q.Uuid("consent"), q.Text("client"), q.Text("actor"), q.Instant("from"), q.Instant("to", end: true));

    public static AuditFilter Read(Fields f) => new(
        f.Uuid("person", required: false), f.Text("organisation", 200, required: false), f.Code("action", Actions.All, required: false),
        f.Text("operation", 200, required: false), f.Code("outcome", Outcomes.All, required: false), f.Text("resource", 200, required: false),
        f.Uuid("consent", required: false), f.Text("client", 200, required: false), f.Text("actor", 200, required: false),
        f.InstantOrDate("from", end: false, TimeZoneInfo.Utc, required: false), f.InstantOrDate("to", end: true, TimeZoneInfo.Utc, required: false));

    public static RouteHandlerBuilder Describe(RouteHandlerBuilder route) => route
        .Asks("person", "Whose data it was: the person's id.", "uuid")
        .Asks("organisation", "Who acted or received.")
        .Asks("action", "What kind of act.", codes: Actions.All)
        .Asks("operation", "The operation's name: `referral.read`.")
        .Asks("outcome", "Whether it was permitted.", codes: Outcomes.All)
        .Asks("resource", "The id of what it was about.")
        .Asks("consent", "The id of a consent that it rests on.", "uuid")
        .Asks("client", "The software that called.")
        .Asks("actor", "The human behind the call, as the client named them.")
        .Asks("from", "At this instant or later; of a date its first moment in UTC.", "date-time")
        .Asks("to", "Before this instant; a date is included.", "date-time");

    /// <summary>What is not given here, as it was saved.</summary>
    public AuditFilter Or(AuditFilter saved) => new(
        Person ?? saved.Person, Organisation ?? saved.Organisation, Action ?? saved.Action, Operation ?? saved.Operation, Outcome ?? saved.Outcome, Resource ?? saved.Resource,
        Consent ?? saved.Consent, Client ?? saved.Client, Actor ?? saved.Actor, From ?? saved.From, To ?? saved.To);

    public EntryFilter ToFilter() => new()
    {
        Concerns =
        [
            .. Person is { } person ? [new Concern { Persons = [person] }] : Array.Empty<Concern>(),
            .. Consent is { } consent ? [new Concern { Consents = [consent] }] : Array.Empty<Concern>(),
            .. Resource is { } resource ? [new Concern { Resources = [resource] }] : Array.Empty<Concern>(),
        ],
        Organisations = One(Organisation),
        Clients = One(Client),
        Actors = One(Actor),
        Actions = One(Action),
        Operations = One(Operation),
        Outcomes = One(Outcome),
        From = From,
        To = To,
    };

    static IReadOnlyList<string>? One(string? value) => value is null ? null : [value];
}
