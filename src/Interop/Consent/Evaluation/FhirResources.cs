using System.Text.Json;

namespace Interop.Consent.Evaluation;

/// <summary>Draws from a FHIR resource what consents can tell data apart by. Iterative: how deep it is, is the caller's choice.</summary>
internal static class FhirResources
{
    static readonly string[] s_dates =
    [
        "effectiveDateTime", "effectiveInstant", "effectivePeriod", "onsetDateTime", "onsetPeriod", "performedDateTime", "performedPeriod",
        "occurrenceDateTime", "occurrencePeriod", "period", "start", "authoredOn", "authored", "recordedDate", "dateAsserted", "date", "dateTime",
        "issued", "created", "sent", "started", "whenHandedOver", "recorded", "timestamp",
    ];

    static readonly HashSet<string> s_authors =
        ["author", "recorder", "asserter", "requester", "performer", "informationSource", "enterer", "sender", "source", "creator"];

    static readonly string[] s_subjects = ["subject", "patient", "for", "beneficiary"];

    /// <param name="index">Names an item that has no id.</param>
    public static Item? Item(JsonElement json, Place place, int index, TimeZoneInfo zone, Faults faults)
    {
        if (!Type(json, place, faults, out var type))
            return null;
        var content = Walk(json);
        var names = NamesOf(json, place, type, null, faults);
        var subject = type == "Patient" ? names : new(s_subjects.SelectMany(s => faults.Objects(json, place, s)).SelectMany(s => Reference(s.Element, s.Place, faults).Names.All));
        var meta = faults.Object(json, place, "meta");
        return new(
            faults.Text(json, place, "id") is { } id ? $"{type}/{id}" : $"resources[{index}]",
            names,
            new(ClassesOf(json, place, type, faults)),
            new(meta is var (m, at) ? faults.Codings(m, at, "security") : []),
            new(content.Codes),
            Age(json, place, zone, faults),
            new(content.References),
            new(content.Authors),
            subject);
    }

    /// <param name="fullUrl">Of the Bundle's entry that it came in.</param>
    /// <param name="at">Who is a member of a group then; UTC ticks.</param>
    public static Known? Known(JsonElement json, Place place, string? fullUrl, long at, TimeZoneInfo zone, Faults faults)
    {
        if (!Type(json, place, faults, out var type))
            return null;
        var members = type switch
        {
            "Group" => faults.Objects(json, place, "member").Where(m => IsMember(m.Element, m.Place)).SelectMany(m => References(m, "entity")),
            "CareTeam" => faults.Objects(json, place, "participant").Where(m => Covers(m.Element, m.Place)).SelectMany(m => References(m, "member")),
            "PractitionerRole" => References((json, place), "practitioner"),
            _ => null,
        };
        var listed = members?.ToList();
        var described = type == "Group" && (IsFalse(json, "actual") || (listed!.Count == 0 && json.TryGetProperty("characteristic", out _)));
        return new(type, NamesOf(json, place, type, fullUrl, faults), new(Walk(json).References), listed, !described);

        bool IsMember(JsonElement member, Place where) => !(member.TryGetProperty("inactive", out var inactive) && inactive.ValueKind is JsonValueKind.True) && Covers(member, where);

        bool Covers(JsonElement member, Place where) => faults.Period(member, where, "period", zone) is not { } period || period.Contains(at);

        IEnumerable<Names> References((JsonElement Element, Place Place) parent, string name) =>
            faults.Objects(parent.Element, parent.Place, name).Select(r => Reference(r.Element, r.Place, faults).Names);
    }

    /// <summary>A Reference: by address, by identifier or both; with how it was written, for the trace.</summary>
    public static (Names Names, string Written) Reference(JsonElement reference, Place place, Faults faults)
    {
        var address = faults.Text(reference, place, "reference");
        var identifier = faults.Object(reference, place, "identifier") is var (i, at) ? Identifier(i, at, faults) : null;
        var names = new List<string>();
        if (address is not null)
            names.Add(Names.Reference(address));
        if (identifier is not null)
            names.Add(identifier);
        return (new(names), address ?? identifier ?? faults.Text(reference, place, "display") ?? "?");
    }

    public static string? Identifier(JsonElement identifier, Place place, Faults faults) =>
        faults.Text(identifier, place, "value") is { } value ? Names.Identifier(CodeSystems.Normal(faults.Text(identifier, place, "system")), value) : null;

    static bool Type(JsonElement json, Place place, Faults faults, out string type)
    {
        type = "";
        if (json.ValueKind is not JsonValueKind.Object)
            faults.Add(place, "type.object");
        else if (faults.Text(json, place, "resourceType") is not { } named)
            faults.Add(place.At("resourceType"), "required");
        else
            type = named;
        return type.Length > 0;
    }

    static Names NamesOf(JsonElement json, Place place, string type, string? fullUrl, Faults faults)
    {
        var names = faults.Objects(json, place, "identifier").Select(i => Identifier(i.Element, i.Place, faults)).OfType<string>();
        if (faults.Text(json, place, "id") is { } id)
            names = names.Prepend($"{type}/{id}");
        return new(fullUrl is null ? names : names.Append(Names.Reference(fullUrl)));
    }

    static IEnumerable<Code> ClassesOf(JsonElement json, Place place, string type, Faults faults)
    {
        yield return new(CodeSystems.ResourceTypes, type);
        if (faults.Object(json, place, "meta") is var (meta, _) && meta.TryGetProperty("profile", out var profiles) && profiles.ValueKind is JsonValueKind.Array)
            foreach (var profile in profiles.EnumerateArray().Where(p => p.ValueKind is JsonValueKind.String))
                yield return new(null, profile.GetString()!.Split('|')[0]);
        if (type is not ("DocumentReference" or "Composition" or "Binary"))
            yield break;
        foreach (var code in ((string[])["type", "category", "class"]).SelectMany(n => faults.Concepts(json, place, n).Codes))
            yield return code;
        foreach (var (content, at) in faults.Objects(json, place, "content"))
            if (faults.Object(content, at, "attachment") is var (attachment, where) && faults.Text(attachment, where, "contentType") is { } media)
                yield return new(CodeSystems.MediaTypes, media);
        if (faults.Text(json, place, "contentType") is { } binary)
            yield return new(CodeSystems.MediaTypes, binary);
    }

    static Interval? Age(JsonElement json, Place place, TimeZoneInfo zone, Faults faults)
    {
        foreach (var name in s_dates)
            if (json.TryGetProperty(name, out var value))
                return value.ValueKind is JsonValueKind.Object ? faults.Period(json, place, name, zone) : faults.Date(json, place, name, zone)?.Interval;
        return null;
    }

    static (List<Code> Codes, List<string> References, List<string> Authors) Walk(JsonElement json)
    {
        var (codes, references, authors) = (new List<Code>(), new List<string>(), new List<string>());
        var left = new Stack<(JsonElement Element, bool Author, bool Top)>([(json, false, true)]);
        while (left.TryPop(out var next))
        {
            if (next.Element.ValueKind is JsonValueKind.Array)
            {
                foreach (var element in next.Element.EnumerateArray())
                    left.Push((element, next.Author, false));
                continue;
            }
            if (next.Element.ValueKind is not JsonValueKind.Object)
                continue;
            Read(next.Element, next.Author, next.Top);
            foreach (var member in next.Element.EnumerateObject())
                if (!(next.Top && member.NameEquals("meta")))
                    left.Push((member.Value, next.Author || (next.Top && s_authors.Contains(member.Name)), false));
        }
        return (codes, references, authors);

        void Read(JsonElement e, bool author, bool top)
        {
            if (Text(e, "code") is { } code)
                codes.Add(new(CodeSystems.Normal(Text(e, "system")), code));
            if (top)
                return;
            if (Text(e, "reference") is { } reference)
                Refer(Names.Reference(reference), author);
            if (e.TryGetProperty("identifier", out var identifier) && identifier.ValueKind is JsonValueKind.Object && Text(identifier, "value") is { } value)
                Refer(Names.Identifier(CodeSystems.Normal(Text(identifier, "system")), value), author);
        }

        void Refer(string name, bool author)
        {
            references.Add(name);
            if (author)
                authors.Add(name);
        }
    }

    static string? Text(JsonElement e, string name) =>
        e.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    static bool IsFalse(JsonElement e, string name) => e.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.False;
}
