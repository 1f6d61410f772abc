using System.Text.Json;
using Interop.Platform;

namespace Interop.Consent.Evaluation;

/// <summary>A place in a body, told only when something is wrong there.</summary>
internal sealed record Place(Place? Parent, string Step)
{
    public static Place Of(string step) => new(null, step);

    public Place At(string name) => new(this, name);

    public Place At(string name, int index) => new(this, $"{name}[{index}]");

    public override string ToString()
    {
        var steps = new Stack<string>();
        for (var at = this; at is not null; at = at.Parent)
            steps.Push(at.Step);
        return string.Join('.', steps);
    }
}

/// <summary>
/// Reads FHIR JSON leniently: one where a list belongs and a list of one where one belongs are both read; what is not understood
/// becomes a fault at its place.
/// </summary>
internal sealed class Faults
{
    /// <summary>One answer names so many.</summary>
    const int Most = 100;

    readonly List<Fault> _all = [];

    public IReadOnlyList<Fault> All => _all;

    /// <summary>What is read twice is told once.</summary>
    public void Add(Place place, string code, params object[] arguments)
    {
        if (_all.Count < Most && place.ToString() is var path && !_all.Any(f => f.Path == path && f.Code == code))
            _all.Add(new(path, code, arguments));
    }

    /// <summary>Whether there is an element of this name, and not null.</summary>
    public static bool Has(JsonElement parent, string name, out JsonElement value)
    {
        value = default;
        return parent.ValueKind is JsonValueKind.Object && parent.TryGetProperty(name, out value) && value.ValueKind is not JsonValueKind.Null;
    }

    /// <summary>The elements of this name: none, one or several. Anything but objects is a fault.</summary>
    public IEnumerable<(JsonElement Element, Place Place)> Objects(JsonElement parent, Place place, string name) =>
        Has(parent, name, out var value) ? Each(value, place, name) : [];

    IEnumerable<(JsonElement Element, Place Place)> Each(JsonElement value, Place place, string name)
    {
        if (value.ValueKind is JsonValueKind.Object)
            yield return (value, place.At(name));
        else if (value.ValueKind is not JsonValueKind.Array)
            Add(place.At(name), "type.object");
        else
            foreach (var (index, element) in value.EnumerateArray().Index())
                if (element.ValueKind is JsonValueKind.Object)
                    yield return (element, place.At(name, index));
                else if (element.ValueKind is not JsonValueKind.Null)
                    Add(place.At(name, index), "type.object");
    }

    public (JsonElement Element, Place Place)? Object(JsonElement parent, Place place, string name)
    {
        foreach (var found in Objects(parent, place, name))
            return found;
        return null;
    }

    public string? Text(JsonElement parent, Place place, string name)
    {
        if (!Has(parent, name, out var value))
            return null;
        if (value.ValueKind is JsonValueKind.String)
            return value.GetString() is { Length: > 0 } text ? text : null;
        Add(place.At(name), "type.text");
        return null;
    }

    /// <summary>A Coding; null where it names no code.</summary>
    public Code? Coding(JsonElement coding, Place place) =>
        Text(coding, place, "code") is { } code ? new(CodeSystems.Normal(Text(coding, place, "system")), code) : null;

    public IReadOnlyList<Code> Codings(JsonElement parent, Place place, string name) =>
        [.. Objects(parent, place, name).Select(c => Coding(c.Element, c.Place)).OfType<Code>()];

    /// <summary>The codes of CodeableConcepts, and whether one of them is words only.</summary>
    public (List<Code> Codes, bool Opaque, bool Any) Concepts(JsonElement parent, Place place, string name)
    {
        var (codes, opaque, any) = (new List<Code>(), false, false);
        foreach (var (concept, at) in Objects(parent, place, name))
        {
            var own = Codings(concept, at, "coding");
            if (own.Count == 0 && Coding(concept, at) is { } bare) // a Coding where a CodeableConcept belongs
                own = [bare];
            (opaque, any) = (opaque || own.Count == 0, true);
            codes.AddRange(own);
        }
        return (codes, opaque, any);
    }

    public Interval? Period(JsonElement parent, Place place, string name, TimeZoneInfo zone)
    {
        if (Object(parent, place, name) is not var (period, at))
            return null;
        var (start, end) = (Date(period, at, "start", zone), Date(period, at, "end", zone));
        if (start is null && end is null)
            return null;
        return new(start?.Interval.Start ?? long.MinValue, end is { } last ? PartialDate.EndOf(last.Text, last.Interval) : long.MaxValue);
    }

    public (Interval Interval, string Text)? Date(JsonElement parent, Place place, string name, TimeZoneInfo zone)
    {
        if (Text(parent, place, name) is not { } text)
            return null;
        if (PartialDate.TryRead(text, zone, out var interval))
            return (interval, text);
        Add(place.At(name), "type.fhir-date");
        return null;
    }
}
