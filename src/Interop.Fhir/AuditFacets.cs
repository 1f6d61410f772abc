using System.Linq.Expressions;
using Hl7.Fhir.Model;
using Interop.Audit;

namespace Interop.Fhir;

/// <summary>
/// One way to look at an entry of the log. An entry tells of an act, and may tell of a decision on consent and of a disclosure too;
/// FHIR has an AuditEvent for each, so an entry is one event or several.
/// </summary>
/// <param name="Suffix">What the event's id has behind the entry's.</param>
/// <param name="Holds">Of which entries there is such an event.</param>
internal sealed record AuditFacet(string Suffix, Coding Type, Expression<Func<AuditEntry, bool>> Holds);

internal static class AuditFacets
{
    const string Exchange = "interop";

    /// <summary>A call by somebody's software.</summary>
    public static AuditFacet Call { get; } = new("", Balp.Rest, e => e.Organisation != Exchange && e.Action != Actions.Deliver);

    /// <summary>What the exchange did by itself: a timer, an expiry.</summary>
    public static AuditFacet Activity { get; } = new("", Balp.Activity, e => e.Organisation == Exchange && e.Action != Actions.Deliver);

    /// <summary>An event told to somebody: sent, or collected.</summary>
    public static AuditFacet Transmission { get; } = new("", Balp.Transmit, e => e.Action == Actions.Deliver);

    /// <summary>That a consent permitted it, or that none did.</summary>
    public static AuditFacet Decision { get; } = new(".authz", Balp.SecurityAlert,
        e => e.Person != null && (e.Outcome == Outcomes.Denied || (e.Outcome == Outcomes.Permitted && e.Ground == Grounds.Consent)));

    /// <summary>A person's data left the exchange for an organisation whose own it is not.</summary>
    public static AuditFacet Export { get; } = new(".source", Balp.Export,
        e => e.Person != null && e.Outcome == Outcomes.Permitted && e.Ground != null && e.Ground != Grounds.Authorship && e.Discloser != null && e.Discloser != e.Organisation);

    /// <summary>An organisation put a person's data in.</summary>
    public static AuditFacet Import { get; } = new(".recipient", Balp.Import,
        e => e.Person != null && e.Outcome == Outcomes.Permitted && e.Organisation != Exchange && (e.Action == Actions.Create || e.Action == Actions.Update));

    /// <summary>In the order in which the events of one entry are shown. Of the first three exactly one holds.</summary>
    public static IReadOnlyList<AuditFacet> All { get; } = [Call, Activity, Transmission, Decision, Export, Import];

    static readonly IReadOnlyList<(AuditFacet Facet, Func<AuditEntry, bool> Holds)> s_compiled = [.. All.Select(f => (f, f.Holds.Compile()))];

    public static IEnumerable<AuditFacet> Of(AuditEntry entry) => s_compiled.Where(f => f.Holds(entry)).Select(f => f.Facet);

    /// <summary>The entry and the facet that an event's id names; null where it names none.</summary>
    public static (Guid Entry, string Suffix)? Parse(string id) =>
        id.Length >= 36 && Guid.TryParseExact(id[..36], "D", out var entry) && id[..36] == entry.ToString("D") && All.Any(f => f.Suffix == id[36..]) ? (entry, id[36..]) : null;

    public static string IdOf(AuditEntry entry, AuditFacet facet) => $"{entry.Id:D}{facet.Suffix}";

    /// <summary>Whether the entry tells of a search: the query itself, or one of the records that it showed.</summary>
    public static Expression<Func<AuditEntry, bool>> IsQuery { get; } =
        e => e.Action == Actions.Query || (e.Action == Actions.Read && (e.Operation == FhirDesk.SearchOperation || e.Operation.EndsWith(".list")));

    public static Func<AuditEntry, bool> Queries { get; } = IsQuery.Compile();
}
