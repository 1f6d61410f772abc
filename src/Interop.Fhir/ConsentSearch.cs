using Interop.Consent;
using Interop.Platform;
using Hl7.Fhir.Model;
using FhirConsent = Hl7.Fhir.Model.Consent;
using Person = Interop.Persons.Person;

namespace Interop.Fhir;

/// <summary>A search for Consents: by what the caller is shown of them, so that nothing can be found by what is not.</summary>
internal sealed class ConsentSearch
{
    readonly IReadOnlyList<Guid>? _ids;
    readonly IReadOnlyList<Guid>? _persons;
    readonly IReadOnlyList<string>? _statuses;
    readonly IReadOnlyList<string>? _organisations;
    readonly IReadOnlyList<string>? _actors;
    readonly IReadOnlyList<IReadOnlyList<Token>> _categories;
    readonly IReadOnlyList<IReadOnlyList<Token>> _identifiers;
    readonly IReadOnlyList<IReadOnlyList<TimeRange>> _dates;
    readonly IReadOnlyList<IReadOnlyList<TimeRange>> _updated;

    public ConsentSearch(SearchRequest search)
    {
        _ids = search.Ids(FhirTypes.Id, v => v);
        _persons = search.Ids(FhirTypes.Patient, v => SearchRequest.IdIn("Patient", v));
        _statuses = search.Codes(FhirTypes.Status, Systems.ConsentStatus, ConsentUpdate.Statuses);
        _organisations = search.Organisations(FhirTypes.Organisation);
        _actors = search.Organisations(FhirTypes.Actor);
        (_categories, _identifiers) = ([.. search.Tokens(FhirTypes.Category)], [.. search.Tokens(FhirTypes.Identifier)]);
        (_dates, _updated) = (search.Times(FhirTypes.Date), search.Times(FhirTypes.LastUpdated));
    }

    /// <summary>What the database can tell.</summary>
    public IQueryable<ConsentGiven> Narrow(IQueryable<ConsentGiven> consents)
    {
        if (_ids is { } ids)
        {
            var named = ids.Select(i => new Id<ConsentGiven>(i)).ToList();
            consents = consents.Where(c => named.Contains(c.Id));
        }
        if (_persons is { } of)
        {
            var persons = of.Select(p => new Id<Person>(p)).ToList();
            consents = consents.Where(c => persons.Contains(c.PersonId));
        }
        return consents;
    }

    public bool Matches(FhirConsent c) =>
        _statuses?.Contains(ConsentUpdate.StatusOf(c)) is not false
        && _organisations?.Intersect(c.Organization.SelectMany(Slugs)).Any() is not false
        && _actors?.Intersect(Provisions(c.Provision).SelectMany(p => p.Actor).SelectMany(a => a.Reference is { } r ? Slugs(r) : [])).Any() is not false
        && _categories.All(tokens => tokens.Any(t => c.Category.Exists(k => k.Coding.Exists(o => Is(t, o.System, o.Code)))))
        && _identifiers.All(tokens => tokens.Any(t => c.Identifier.Exists(i => Is(t, i.System, i.Value))))
        && _dates.All(ranges => c.DateTimeElement is { } given && given.TryToDateTimeOffset(TimeSpan.Zero, out var at) && ranges.Any(r => r.Contains(at)))
        && _updated.All(ranges => ranges.Any(r => r.Contains(c.Meta!.LastUpdated!.Value)));

    static bool Is(Token asked, string? system, string? value) => value == asked.Value && (asked.System is null || asked.System == (system ?? ""));

    static IEnumerable<string> Slugs(ResourceReference reference) =>
        ((string?[])[reference.Identifier is { System: Systems.Organisation } i ? i.Value : null, reference.Reference is { } r ? SearchRequest.IdIn("Organization", r) : null]).OfType<string>();

    /// <summary>Itself and all beneath it.</summary>
    static IEnumerable<FhirConsent.provisionComponent> Provisions(FhirConsent.provisionComponent? root)
    {
        var left = new Stack<FhirConsent.provisionComponent>(root is null ? [] : [root]);
        while (left.TryPop(out var next))
        {
            yield return next;
            next.Provision.ForEach(left.Push);
        }
    }
}
