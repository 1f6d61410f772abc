using System.Buffers.Text;
using System.Globalization;
using System.Linq.Expressions;
using System.Text;
using Hl7.Fhir.Model;
using Interop.Audit;

namespace Interop.Fhir;

/// <summary>A search for AuditEvents as a search of the log: which entries, and which of their facets.</summary>
internal sealed class AuditSearch
{
    static readonly string[] s_actions = ["C", "R", "U", "D", "E"];
    static readonly string[] s_outcomes = ["0", "4", "8", "12"];

    readonly IReadOnlyList<(AuditFacet Facet, int Rank, Expression<Func<AuditEntry, bool>> Holds)> _facets;
    readonly IReadOnlyList<Func<AuditEntry, bool>> _compiled;
    readonly EntryFilter _filter;

    AuditSearch(EntryFilter filter, IEnumerable<(AuditFacet Facet, Expression<Func<AuditEntry, bool>> Holds)> facets)
    {
        _facets = [.. facets.Select(f => (f.Facet, AuditFacets.All.ToList().IndexOf(f.Facet), f.Holds))];
        _compiled = [.. _facets.Select(f => f.Holds.Compile(preferInterpretation: true))];
        _filter = filter;
        Filter = filter with { Where = [.. filter.Where, Conditions.Any([.. _facets.Select(f => f.Holds)])] };
    }

    /// <summary>The entries that have any event asked for.</summary>
    public EntryFilter Filter { get; }

    public IEnumerable<AuditFacet> Facets => _facets.Select(f => f.Facet);

    /// <summary>The last event of the page before: its entry's number, and its place among that entry's events.</summary>
    public (long Index, int Rank)? After { get; private init; }

    /// <summary>Whose data was asked about, where it was one person's.</summary>
    public Guid? Person { get; private init; }

    /// <summary>The entries that have this event and it is asked for.</summary>
    public EntryFilter FilterOf(AuditFacet facet) => _filter with { Where = [.. _filter.Where, _facets.Single(f => f.Facet == facet).Holds] };

    /// <summary>The events of an entry that were asked for, each with its place.</summary>
    public IEnumerable<(int Rank, AuditFacet Facet)> Of(AuditEntry entry) => _facets.Index().Where(f => _compiled[f.Index](entry)).Select(f => (f.Item.Rank, f.Item.Facet));

    /// <summary>Faults go to <paramref name="search"/>.</summary>
    public static AuditSearch Read(SearchRequest search)
    {
        var persons = search.Occurrences(FhirTypes.Patient).Select(o => o.Select(v => SearchRequest.IdIn("Patient", v)).Select(IdOf).OfType<Guid>().ToList()).ToList();
        var where = new List<Expression<Func<AuditEntry, bool>>>();
        var (from, to) = Times(search, where);
        var concerns = persons.Select(p => new Concern { Persons = p }).Concat(search.Occurrences(FhirTypes.Entity).Select(ConcernOf)).ToList();
        var agents = search.Occurrences(FhirTypes.Agent).Select(o => o.Select(v => AgentOf(v, search.IsByIdentifier(FhirTypes.Agent))).ToList()).ToList();
        var filter = new EntryFilter
        {
            Concerns = concerns,
            Organisations = agents is [[{ Kind: AgentKind.Organisation, Value: var organisation }]] ? [organisation] : null,
            Clients = agents is [[{ Kind: AgentKind.Client, Value: var client }]] ? [client] : null,
            Actors = agents is [[{ Kind: AgentKind.Actor, Value: var actor }]] ? [actor] : null,
            Outcomes = OutcomesOf(search),
            From = from,
            To = to,
        };
        if (filter is { Organisations: null, Clients: null, Actors: null })
            foreach (var agent in agents)
                where.Add(Conditions.Any([.. agent.Select(IsAgent)]));
        var facets = AuditFacets.All.Select(f => (f, Holds: Holding(f, search, concerns))).Where(f => f.Holds is not null).Select(f => (f.f, f.Holds!));
        var ids = Ids(search);
        return new(ids is null ? filter with { Where = where } : filter with { Where = where, Ids = ids }, facets)
        {
            After = Position(search),
            Person = persons is [[var one]] ? one : null,
        };
    }

    /// <summary>What of an entry makes this facet an event that was asked for; null where none can be.</summary>
    static Expression<Func<AuditEntry, bool>>? Holding(AuditFacet facet, SearchRequest search, IReadOnlyList<Concern> concerns)
    {
        var holds = facet.Holds;
        if (facet == AuditFacets.Decision) // it names the person and the consents; its profile leaves no room for the record
            foreach (var (persons, resources) in concerns.Select(c => (c.Persons, c.Resources)))
                holds = holds.And(e => !resources.Contains(e.ResourceId!) || persons.Contains(e.Person!.Value));
        foreach (var tokens in search.Tokens(FhirTypes.Type))
            if (!tokens.Any(t => Matches(t, facet.Type)))
                return null;
        foreach (var tokens in search.Tokens(FhirTypes.Subtype))
            holds = holds.And(Conditions.Any([.. tokens.Select(t => SubtypeOf(facet, t))]));
        if (search.Codes(FhirTypes.Action, "http://hl7.org/fhir/audit-event-action", s_actions) is { } actions)
            holds = holds.And(Conditions.Any([.. actions.Select(a => ActionOf(facet, a))]));
        foreach (var values in search.Occurrences(FhirTypes.Id))
        {
            var ids = values.Select(AuditFacets.Parse).OfType<(Guid Entry, string Suffix)>().Where(i => i.Suffix == facet.Suffix).Select(i => i.Entry).ToList();
            holds = holds.And(e => ids.Contains(e.Id));
        }
        return holds;
    }

    static Expression<Func<AuditEntry, bool>> ActionOf(AuditFacet facet, string letter)
    {
        if (facet == AuditFacets.Call || facet == AuditFacets.Activity)
            return letter switch
            {
                "E" => AuditFacets.IsQuery,
                "R" => AuditFacets.IsQuery.Not().And(e => e.Action == Actions.Read),
                "C" => e => e.Action == Actions.Create,
                "U" => e => e.Action == Actions.Update,
                _ => e => e.Action == Actions.Delete,
            };
        var own = facet == AuditFacets.Decision ? "E" : facet == AuditFacets.Import ? "C" : "R";
        return letter == own ? _ => true : _ => false;
    }

    static Expression<Func<AuditEntry, bool>> SubtypeOf(AuditFacet facet, Token token)
    {
        var any = new List<Expression<Func<AuditEntry, bool>>>();
        var value = token.Value;
        var interacts = facet == AuditFacets.Call || facet == AuditFacets.Export || facet == AuditFacets.Import;
        if (interacts && token.System is null or Balp.Interaction)
        {
            var acts = facet == AuditFacets.Export ? (Expression<Func<AuditEntry, bool>>)(e => e.Action != Actions.Deliver) : _ => true;
            if (value is "search-type")
                any.Add(acts.And(AuditFacets.IsQuery).And(e => e.Operation.StartsWith("fhir.")));
            else if (value is "search")
                any.Add(acts.And(AuditFacets.IsQuery).And(e => !e.Operation.StartsWith("fhir.")));
            else
                any.Add(acts.And(AuditFacets.IsQuery.Not()).And(e => e.Action == value));
        }
        if (token.System is null or Systems.Operation)
        {
            if (facet == AuditFacets.Call)
                any.Add(e => e.Operation == value && e.Action != Actions.Delete);
            else if (facet == AuditFacets.Activity || facet == AuditFacets.Transmission)
                any.Add(e => e.Operation == value);
        }
        if ((facet == AuditFacets.Decision && Matches(token, Balp.ConsentDecision)) || ((facet == AuditFacets.Export || facet == AuditFacets.Import) && Matches(token, Balp.Disclose)))
            any.Add(_ => true);
        if (facet == AuditFacets.Export && Matches(token, Balp.Transmit))
            any.Add(e => e.Action == Actions.Deliver);
        return Conditions.Any(any);
    }

    static IReadOnlyList<string>? OutcomesOf(SearchRequest search) =>
        search.Codes(FhirTypes.Outcome, "http://terminology.hl7.org/CodeSystem/audit-event-outcome", s_outcomes) is not { } codes ? null :
        [
            .. codes.SelectMany(c => c switch
            {
                "0" => [Outcomes.Permitted],
                "4" => [Outcomes.Refused, Outcomes.Failed],
                "8" => [Outcomes.Denied],
                _ => Array.Empty<string>(),
            }),
        ];

    /// <summary>The time within which all of it lies; what a range of times does not say, as a condition.</summary>
    static (DateTimeOffset? From, DateTimeOffset? To) Times(SearchRequest search, List<Expression<Func<AuditEntry, bool>>> where)
    {
        DateTimeOffset? from = null, to = null;
        foreach (var ranges in search.Times(FhirTypes.Date).Concat(search.Times(FhirTypes.LastUpdated)))
        {
            if (ranges is not [var one])
            {
                where.Add(Conditions.Any([.. ranges.Select(r => Within(r.From, r.To))]));
                continue;
            }
            from = one.From is { } f && (from is null || f > from) ? f : from;
            to = one.To is { } t && (to is null || t < to) ? t : to;
        }
        return (from, to);
    }

    static Expression<Func<AuditEntry, bool>> Within(DateTimeOffset? from, DateTimeOffset? to) => e => (from == null || e.At >= from) && (to == null || e.At < to);

    /// <summary>Entries that lead the search, where ids do: each occurrence is asked of the facets too.</summary>
    static List<Guid>? Ids(SearchRequest search) =>
        search.Occurrences(FhirTypes.Id) is [var first, ..] ? first.Select(AuditFacets.Parse).OfType<(Guid Entry, string Suffix)>().Select(i => i.Entry).Distinct().ToList() : null;

    /// <summary>A reference of any type names by its id; its type says which of an entry's ids is meant.</summary>
    static Concern ConcernOf(IReadOnlyList<string> values)
    {
        var (persons, consents, resources) = (new List<Guid>(), new List<Guid>(), new List<string>());
        foreach (var value in values)
        {
            var parts = value.Split('/');
            var (type, id) = parts.Length == 1 ? (null, parts[0]) : (parts[^2], parts[^1]);
            if (type is null or "Patient" && IdOf(id) is { } person)
                persons.Add(person);
            if (type is null or "Consent" && IdOf(id) is { } consent)
                consents.Add(consent);
            resources.Add(id);
        }
        return new() { Persons = persons, Consents = consents, Resources = resources };
    }

    enum AgentKind
    {
        Organisation,
        Client,
        Actor,
        Any,
        Nobody,
    }

    /// <summary>Who acted or received: an organisation, its client, or the human whom the client named.</summary>
    static (AgentKind Kind, string Value) AgentOf(string value, bool byIdentifier)
    {
        var parts = byIdentifier ? value.Split('|', 2) : value.Split('/');
        var (system, id) = parts.Length == 1 ? (null, parts[0]) : (parts[^2], parts[^1]);
        return (system switch
        {
            null => AgentKind.Any,
            Systems.Organisation or "Organization" => AgentKind.Organisation,
            Systems.Client or "Device" => AgentKind.Client,
            Systems.Actor => AgentKind.Actor,
            _ => AgentKind.Nobody,
        }, id);
    }

    static Expression<Func<AuditEntry, bool>> IsAgent((AgentKind Kind, string Value) agent)
    {
        var value = agent.Value;
        return agent.Kind switch
        {
            AgentKind.Organisation => e => e.Organisation == value,
            AgentKind.Client => e => e.Client == value,
            AgentKind.Actor => e => e.Actor == value,
            AgentKind.Any => e => e.Organisation == value || e.Client == value || e.Actor == value,
            _ => _ => false,
        };
    }

    static (long, int)? Position(SearchRequest search)
    {
        if (search.Position is not { } text)
            return null;
        if (Base64Url.IsValid(text, out var length) && length <= 40
            && Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text)).Split('.') is [var index, var rank]
            && long.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && int.TryParse(rank, NumberStyles.None, CultureInfo.InvariantCulture, out var place))
            return (number, place);
        search.Fail("_cursor", "cursor.bad");
        return null;
    }

    static Guid? IdOf(string? text) => Guid.TryParseExact(text, "D", out var id) ? id : null;

    static bool Matches(Token token, Coding coding) => token.Value == coding.Code && (token.System is null || token.System == coding.System);
}
