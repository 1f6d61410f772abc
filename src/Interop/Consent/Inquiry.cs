using System.Text.Json;
using Interop.Consent.Evaluation;
using Interop.Persons;
using Interop.Platform;

namespace Interop.Consent;

/// <summary>A question as a door understood it, before anything is looked up: whichever door, the same engine answers it.</summary>
internal sealed record Inquiry
{
    /// <summary>What the log calls the door.</summary>
    public required string Operation { get; init; }
    public required IReadOnlyList<Actor> Actors { get; init; }
    public required IReadOnlyList<Code> Purposes { get; init; }
    public CodeSet? Actions { get; init; }
    public CodeSet? Classes { get; init; }
    public CodeSet? Categories { get; init; }
    public string? Matter { get; init; }
    public string? Discloser { get; init; }

    /// <summary>Replayed as of then; null: now.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>Which law's pack, where no stored consent tells.</summary>
    public string? Jurisdiction { get; init; }

    /// <summary>Inline: nothing stored is looked at.</summary>
    public IReadOnlyList<(JsonElement Json, Place Place)> Consents { get; init; } = [];
    public IReadOnlyList<(JsonElement Json, Place Place)> Context { get; init; } = [];
    public IReadOnlyList<(JsonElement Json, Place Place)> Resources { get; init; } = [];

    /// <summary>Whose stored consents are asked, where none came inline: the person's id, or the identifiers that the caller knows them by.</summary>
    public Guid? Person { get; init; }
    public IReadOnlyList<IdentifierInput> Identifiers { get; init; } = [];

    public bool IsOfStored => Person is not null || Identifiers.Count > 0;

    /// <summary>Dates may have come along without their zone: then they are the caller's.</summary>
    public bool HasDates => Consents.Count + Context.Count + Resources.Count > 0;

    /// <summary>Beyond so many tests of a provision against a resource the question is refused, lest one caller hold up all.</summary>
    public const int MostWork = 2_000_000;

    public const int MostResources = 1000;

    public const int MostConsents = 1000;

    /// <summary>How deep a body may be nested: two levels a provision, and some for what is around and in them.</summary>
    public const int MaxDepth = 2 * FhirConsents.Deepest + 100;

    public Question AskedAt(long at, Surroundings surroundings) => new(
        [.. Actors.Select(a => surroundings.Actor(a.Names, a.Roles))], new(Purposes.SelectMany(CodeSystems.Purposes)), at, Actions, Classes, Categories, Matter, Discloser);

    /// <summary>What came with the question, read. What is not understood is refused, each fault at its place.</summary>
    public Answer<Material> Read(DateTimeOffset now, TimeZoneInfo zone, Packs.PackShelf packs)
    {
        var at = (AsOf ?? now).UtcTicks;
        var (faults, surroundings) = (new Faults(), new Surroundings());
        var pack = packs.For(Jurisdiction, null, at);
        if (!HasDates) // nothing came
            return new Material(AskedAt(at, surroundings), [], [], pack, surroundings);
        foreach (var (json, place) in Context.Concat(Resources))
            Guarded(json, place, faults, () => AddKnown(surroundings, json, place, at, zone, faults));
        var reader = new FhirConsents(surroundings, pack, at, zone, faults);
        var consents = Consents.Select(c => Guarded(c.Json, c.Place, faults, () => reader.Read(c.Json, c.Place))).OfType<Directive>().ToList();
        var items = Resources.Index().Select(r => Guarded(r.Item.Json, r.Item.Place, faults, () => FhirResources.Item(r.Item.Json, r.Item.Place, r.Index, zone, faults))).OfType<Item>().ToList();
        if (faults.All.Count > 0)
            return Refusal.Invalid(faults.All);
        var work = consents.Sum(c => (long)c.Provisions.Length) * items.Count;
        if (work > MostWork)
            return Refusal.Invalid(new Fault("", "evaluation.too-much", MostWork));
        return new Material(AskedAt(at, surroundings), consents, items, pack, surroundings);
    }

    static void AddKnown(Surroundings surroundings, JsonElement json, Place place, long at, TimeZoneInfo zone, Faults faults)
    {
        if (json.ValueKind is JsonValueKind.Object && faults.Text(json, place, "resourceType") == "Bundle")
        {
            foreach (var (entry, where) in faults.Objects(json, place, "entry"))
                if (faults.Object(entry, where, "resource") is var (resource, inner) && FhirResources.Known(resource, inner, faults.Text(entry, where, "fullUrl"), at, zone, faults) is { } found)
                    surroundings.Add(found);
        }
        else if (FhirResources.Known(json, place, null, at, zone, faults) is { } known)
            surroundings.Add(known);
    }

    static void Guarded(JsonElement json, Place place, Faults faults, Action read) => Guarded<object>(json, place, faults, () => { read(); return null; });

    static T? Guarded<T>(JsonElement json, Place place, Faults faults, Func<T?> read) where T : class
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException) when (json.ValueKind is JsonValueKind.Object) // a lone surrogate, somewhere in it
        {
            faults.Add(place, "text.unicode");
            return null;
        }
    }
}

/// <summary>What a question is decided on.</summary>
internal sealed record Material(Question Question, IReadOnlyList<Directive> Consents, IReadOnlyList<Item> Items, Packs.Pack Pack, Surroundings Surroundings);
