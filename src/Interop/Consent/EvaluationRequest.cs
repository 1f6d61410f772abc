using System.Text.Json;
using Interop.Consent.Evaluation;
using Interop.Directory;
using Interop.Platform;
using Interop.Platform.Http;

namespace Interop.Consent;

/// <summary>Would these consents let this be seen? About consents that come along nothing stored is looked at.</summary>
/// <param name="AsOf">The instant asked about; a date is its first moment. Left out: now.</param>
/// <param name="Consents">FHIR R4 Consents. Instead of these: <paramref name="Person"/>.</param>
/// <param name="Context">FHIR resources to which references of the consents and of the request lead: organisations, groups. Bundles too.</param>
/// <param name="Resources">FHIR resources, each of which is decided on.</param>
/// <param name="Person">A person's id: the stored consents that the caller is party to.</param>
/// <param name="Jurisdiction">ISO 3166 code: under which law's pack consents that come along are read. Left out: the plain default.</param>
public sealed record EvaluationRequest(
    DateTimeOffset? AsOf, IReadOnlyList<JsonElement> Consents, IReadOnlyList<JsonElement> Context, QuestionInput Request,
    IReadOnlyList<JsonElement> Resources, Guid? Person, string? Jurisdiction)
{
    internal const string Operation = "consent.evaluate";

    internal static Answer<Inquiry> Read(JsonElement body)
    {
        var faults = new Faults();
        var inquiry = Fields.Read(body, f => Read(f, faults), out var refusal);
        return refusal is null && faults.All.Count == 0 ? inquiry : Refusal.Invalid([.. refusal?.Faults ?? [], .. faults.All]);
    }

    static Inquiry Read(Fields f, Faults faults)
    {
        var question = f.Any("request") is { } asked ? f.Nested(asked, "request", q => QuestionInput.Read(q, asked, faults)) : null;
        var person = f.Id<Persons.Person>("person", required: false);
        var (consents, context, resources) = (Elements(f, "consents", Inquiry.MostConsents), Elements(f, "context", int.MaxValue), Elements(f, "resources", Inquiry.MostResources));
        if (person is not null && f.Has("consents"))
            f.Fail("person", "evaluation.both");
        var asOf = f.InstantOrDate("asOf", end: false, TimeZoneInfo.Utc, required: false);
        var jurisdiction = f.Text("jurisdiction", 6, required: false);
        if (jurisdiction is not null && !Vocabulary.IsJurisdiction(jurisdiction))
            f.Fail("jurisdiction", "jurisdiction");
        return (question ?? QuestionInput.Nothing) with
        {
            AsOf = asOf,
            Consents = consents,
            Context = context,
            Resources = resources,
            Person = person?.Value,
            Jurisdiction = jurisdiction,
        };
    }

    static IReadOnlyList<(JsonElement, Place)> Elements(Fields f, string name, int most)
    {
        if (f.Any(name, required: false) is not { } list)
            return [];
        if (list.ValueKind is not JsonValueKind.Array)
            f.Fail(name, "type.list");
        else if (list.GetArrayLength() > most)
            f.Fail(name, "list.long", most);
        else
            return [.. list.EnumerateArray().Index().Select(i => (i.Item, Place.Of($"{name}[{i.Index}]")))];
        return [];
    }
}

/// <summary>Who would see what, for which purpose.</summary>
/// <param name="Actor">Who would see it, by every name that they go by: `{reference}` or `{system, value}`, with a `role` where it matters.</param>
/// <param name="Purpose">One of ours (treatment, justice-monitoring …), a Coding, or a bare code, which matches in any system.</param>
/// <param name="Action">A Coding, a bare code, or a list: collect, access, use, disclose, correct. Left out: whichever.</param>
/// <param name="Class">Codings of what would be seen: resource types, profiles. Left out: whatever the consents speak of.</param>
/// <param name="Category">Codings: only consents of one of these scopes or categories are asked.</param>
/// <param name="Matter">A matter's id: justice consents of other matters do not speak to it.</param>
/// <param name="Discloser">An organisation's id: consents for other disclosers do not speak to it.</param>
public sealed record QuestionInput(JsonElement Actor, JsonElement Purpose, JsonElement? Action, JsonElement? Class, JsonElement? Category, string? Matter, string? Discloser)
{
    internal static Inquiry Nothing { get; } = new() { Operation = EvaluationRequest.Operation, Actors = [], Purposes = [] };

    internal static Inquiry Read(Fields f, JsonElement json, Faults faults)
    {
        foreach (var name in (string[])["actor", "purpose", "action", "class", "category"])
            if (f.Any(name, required: name is "actor" or "purpose") is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 0 && name is "actor" or "purpose")
                f.Fail(name, "required");
        var place = Place.Of("request");
        return Nothing with
        {
            Actors = Asked.Actors(json, place, "actor", faults),
            Purposes = Asked.Codes(json, place, "purpose", faults),
            Actions = Asked.Set(json, place, "action", faults),
            Classes = Asked.Set(json, place, "class", faults),
            Categories = Asked.Set(json, place, "category", faults),
            Matter = f.Text("matter", 63, required: false),
            Discloser = f.Text("discloser", 63, required: false),
        };
    }
}

/// <summary>What doors take in more than one shape.</summary>
internal static class Asked
{
    /// <summary>Codings, CodeableConcepts or bare codes; one or a list of them.</summary>
    public static IReadOnlyList<Code> Codes(JsonElement parent, Place place, string name, Faults faults)
    {
        if (!Faults.Has(parent, name, out var given))
            return [];
        var codes = new List<Code>();
        foreach (var (value, at) in Each(given, place, name))
        {
            var read = value.ValueKind switch
            {
                JsonValueKind.String => Text(value, at, faults) is { } bare ? [new(null, bare)] : [],
                JsonValueKind.Object when value.TryGetProperty("coding", out _) => faults.Codings(value, at, "coding"),
                JsonValueKind.Object => Coding(value, at, faults) is { } coding ? [coding] : [],
                _ => (IReadOnlyList<Code>)[],
            };
            if (read.Count == 0)
                faults.Add(at, "type.coding");
            codes.AddRange(read);
        }
        return codes;
    }

    public static CodeSet? Set(JsonElement parent, Place place, string name, Faults faults) =>
        Codes(parent, place, name, faults) is { Count: > 0 } codes ? new(codes) : null;

    public static IReadOnlyList<Actor> Actors(JsonElement parent, Place place, string name, Faults faults)
    {
        if (!Faults.Has(parent, name, out var given))
            return [];
        var actors = new List<Actor>();
        foreach (var (value, at) in Each(given, place, name))
        {
            var names = value.ValueKind switch
            {
                JsonValueKind.String when Text(value, at, faults) is { } reference => new([Names.Reference(reference)]),
                JsonValueKind.Object when Guarded(() => FhirResources.Identifier(value, at, faults), at, faults) is { } identifier => new([identifier]),
                JsonValueKind.Object => Guarded(() => FhirResources.Reference(value, at, faults).Names, at, faults) ?? Names.None,
                _ => Names.None,
            };
            if (names.IsEmpty)
                faults.Add(at, "type.actor");
            actors.Add(new(names, value.ValueKind is JsonValueKind.Object ? Set(value, at, "role", faults) : null));
        }
        return actors;
    }

    public static string? Jurisdiction(JsonElement parent, Place place, Faults faults)
    {
        var code = faults.Text(parent, place, "jurisdiction");
        if (code is not null && !Vocabulary.IsJurisdiction(code))
            faults.Add(place.At("jurisdiction"), "jurisdiction");
        return code;
    }

    static IEnumerable<(JsonElement Value, Place Place)> Each(JsonElement value, Place place, string name) =>
        value.ValueKind is JsonValueKind.Array ? value.EnumerateArray().Index().Select(i => (i.Item, place.At(name, i.Index))) : [(value, place.At(name))];

    /// <summary>A Coding; some older callers write the code as value.</summary>
    static Code? Coding(JsonElement value, Place at, Faults faults) => Guarded<object>(
        () => faults.Coding(value, at) ?? (faults.Text(value, at, "value") is { } code ? new Code(CodeSystems.Normal(faults.Text(value, at, "system")), code) : null), at, faults) as Code?;

    static string? Text(JsonElement value, Place at, Faults faults) => Guarded(value.GetString, at, faults) is { Length: > 0 } text ? text : null;

    static T? Guarded<T>(Func<T?> read, Place at, Faults faults) where T : class
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException) // a lone surrogate
        {
            faults.Add(at, "text.unicode");
            return null;
        }
    }
}
