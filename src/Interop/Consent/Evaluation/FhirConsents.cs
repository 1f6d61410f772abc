using System.Globalization;
using System.Text.Json;
using Interop.Consent.Packs;

namespace Interop.Consent.Evaluation;

/// <summary>
/// Reads an R4 Consent into what the engine decides on. Iterative, since how deep it is, is the caller's choice, and without a
/// FHIR library, since only what states who may see what is read; what is not understood there is a fault.
/// </summary>
/// <param name="zone">In which partial dates are read where the consent names no zone.</param>
internal sealed class FhirConsents(Surroundings surroundings, Pack pack, long at, TimeZoneInfo zone, Faults faults)
{
    /// <summary>Provisions within provisions.</summary>
    public const int Deepest = 1000;

    const string TimeZoneExtension = "http://hl7.org/fhir/StructureDefinition/timezone";

    /// <summary>The age of the data that its permits are about, where they name none.</summary>
    public Interval? Covering { get; init; }

    public Directive? Read(JsonElement json, Place place)
    {
        if (json.ValueKind is not JsonValueKind.Object)
        {
            faults.Add(place, "type.object");
            return null;
        }
        if (faults.Text(json, place, "resourceType") != "Consent")
            faults.Add(place.At("resourceType"), "fhir.type", "Consent");
        // What changes a resource's meaning in ways that the reader does not know is not to be acted on (FHIR, modifier elements).
        foreach (var modifier in (string[])["modifierExtension", "implicitRules"])
            if (json.TryGetProperty(modifier, out _))
                faults.Add(place.At(modifier), "fhir.not-understood");
        var status = faults.Text(json, place, "status");
        if (status is null)
            faults.Add(place.At("status"), "required");
        var own = ZoneOf(json, place);
        var here = With(json, place);
        var provisions = ReadProvisions(json, place, own, here);
        var categories = faults.Concepts(json, place, "scope").Codes.Concat(faults.Concepts(json, place, "category").Codes).ToList();
        return new Directive
        {
            Reference = faults.Text(json, place, "id") is { } id ? $"Consent/{id}" : place.ToString(),
            Version = faults.Object(json, place, "meta") is var (meta, where) ? faults.Text(meta, where, "versionId") : null,
            Status = status ?? "",
            Period = faults.Object(json, place, "provision") is var (root, top) ? faults.Period(root, top, "period", own) ?? Interval.Always : Interval.Always,
            Categories = new(categories),
            Standing = IsJustice(json, place, categories) ? Standing.Justice : Standing.Ordinary,
            Patient = new(faults.Objects(json, place, "patient").SelectMany(p => Known(FhirResources.Reference(p.Element, p.Place, faults).Names, here).All)),
            Pack = pack,
            Provisions = [.. provisions.SelectMany(Expanded)],
        }.Prepared();
    }

    /// <summary>Root type, else policyRule (rule 2). A root that has neither only binds what is beneath it.</summary>
    List<Provision> ReadProvisions(JsonElement json, Place place, TimeZoneInfo own, Surroundings here)
    {
        var provisions = new List<Provision>();
        if (faults.Object(json, place, "provision") is not var (root, at))
        {
            if (PolicyRule(json, place) is { } rule)
                provisions.Add(new() { Effect = rule, Depth = 0, Path = ProvisionPath.Root });
            return provisions;
        }
        var left = new Stack<(JsonElement Json, Place Place, ProvisionPath Path, int Depth, Provision? Parent)>([(root, at, ProvisionPath.Root, 0, null)]);
        while (left.TryPop(out var next))
        {
            var type = TypeOf(next.Json, next.Place, isRoot: next.Depth == 0);
            var effect = type ?? (next.Depth == 0 ? PolicyRule(json, place) : null);
            if (next.Json.TryGetProperty("modifierExtension", out _))
                faults.Add(next.Place.At("modifierExtension"), "fhir.not-understood");
            var provision = Read(next.Json, next.Place, next.Path, next.Depth, effect ?? Effect.Deny, next.Parent, own, here);
            if (effect is not null)
                provisions.Add(provision);
            if (next.Depth == Deepest && next.Json.TryGetProperty("provision", out _))
            {
                faults.Add(next.Place.At("provision"), "consent.too-deep", Deepest);
                return provisions;
            }
            foreach (var (index, (child, where)) in faults.Objects(next.Json, next.Place, "provision").Index())
                left.Push((child, where, new(next.Path, index), next.Depth + 1, provision));
        }
        return provisions;
    }

    /// <summary>What a provision does not restate it has from its parent; what it restates replaces (rule 4).</summary>
    Provision Read(JsonElement json, Place place, ProvisionPath path, int depth, Effect effect, Provision? parent, TimeZoneInfo own, Surroundings here)
    {
        var purposes = faults.Codings(json, place, "purpose");
        var (labels, classes) = (faults.Codings(json, place, "securityLabel"), faults.Codings(json, place, "class"));
        var (actions, codes) = (faults.Concepts(json, place, "action"), faults.Concepts(json, place, "code"));
        return new()
        {
            Effect = effect,
            Depth = depth,
            Path = path,
            Period = faults.Period(json, place, "period", own) ?? parent?.Period,
            Actors = ReadActors(json, place, here) ?? parent?.Actors,
            Actions = actions.Any ? new(actions.Codes, actions.Opaque) : parent?.Actions,
            Labels = labels.Count > 0 ? new(labels) : parent?.Labels,
            Purposes = purposes.Count > 0 ? new(purposes.SelectMany(CodeSystems.Purposes)) : parent?.Purposes,
            Classes = classes.Count > 0 ? new(classes) : parent?.Classes,
            Codes = codes.Any ? new(codes.Codes, codes.Opaque) : parent?.Codes,
            DataPeriod = faults.Period(json, place, "dataPeriod", own) ?? parent?.DataPeriod ?? (effect is Effect.Permit ? Covering : null),
            Data = ReadData(json, place, here) ?? parent?.Data,
        };
    }

    /// <summary>A part of the health record that is named by our code means the types of resource that it consists of, and notes their label.</summary>
    static IEnumerable<Provision> Expanded(Provision p)
    {
        var ours = p.Codes?.Codes.Where(c => c.System == CodeSystems.ReportCategory && IsPart(c.Value)).ToList() ?? [];
        if (ours.Count == 0)
            return [p];
        var (rest, types) = (p.Codes!.Codes.Except(ours).ToList(), ours.SelectMany(c => Categories.ResourceTypesOf(c.Value)).Select(t => new Code(CodeSystems.ResourceTypes, t)));
        var classes = types.Where(t => p.Classes?.Contains(t) is not false).ToList();
        var all = new List<Provision>();
        if (rest.Count > 0 || p.Codes.IsOpaque)
            all.Add(Of(p.Labels, p.Classes, new(rest, p.Codes.IsOpaque)));
        if (classes.Count > 0)
            all.Add(Of(p.Labels, new(classes), null));
        if (ours.Exists(c => c.Value == Categories.CounsellingNotes) && p.Labels is null)
            all.Add(Of(new([StoredConsents.Notes]), p.Classes, null));
        return all;

        static bool IsPart(string category) => category == Categories.CounsellingNotes || Categories.ResourceTypesOf(category).Count > 0;

        Provision Of(LabelSet? labels, CodeSet? classes, CodeSet? codes) => new()
        {
            Effect = p.Effect, Depth = p.Depth, Path = p.Path, Period = p.Period, Actors = p.Actors, Actions = p.Actions, Labels = labels,
            Purposes = p.Purposes, Classes = classes, Codes = codes, DataPeriod = p.DataPeriod, Data = p.Data,
        };
    }

    ActorSet? ReadActors(JsonElement json, Place place, Surroundings here)
    {
        var actors = new List<NamedActor>();
        foreach (var (actor, at) in faults.Objects(json, place, "actor"))
        {
            var role = faults.Concepts(actor, at, "role").Codes;
            var (names, written) = faults.Object(actor, at, "reference") is var (reference, where)
                ? FhirResources.Reference(reference, where, faults) : (Names.None, "?");
            actors.Add(here.Named(role.Count > 0 ? new(role) : null, names, written));
        }
        return actors.Count > 0 ? new(actors) : null;
    }

    DataSet? ReadData(JsonElement json, Place place, Surroundings here)
    {
        var data = new List<NamedData>();
        foreach (var (entry, at) in faults.Objects(json, place, "data"))
        {
            Meaning? meaning = faults.Text(entry, at, "meaning") switch
            {
                "instance" => Meaning.Instance,
                "related" => Meaning.Related,
                "dependents" => Meaning.Dependents,
                "authoredby" => Meaning.AuthoredBy,
                _ => null,
            };
            if (meaning is null)
                faults.Add(at.At("meaning"), "code.unknown", "instance, related, dependents, authoredby");
            var (names, written) = faults.Object(entry, at, "reference") is var (reference, where)
                ? FhirResources.Reference(reference, where, faults) : (Names.None, "?");
            data.Add(new(meaning ?? Meaning.Instance, Known(names, here), here.Find(names)?.RefersTo, written));
        }
        return data.Count > 0 ? new(data) : null;
    }

    Effect? TypeOf(JsonElement json, Place place, bool isRoot)
    {
        switch (faults.Text(json, place, "type"))
        {
            case "permit":
                return Effect.Permit;
            case "deny":
                return Effect.Deny;
            case null when isRoot:
                return null;
            case null: // required in R4 (rule 3): nobody guesses
                faults.Add(place.At("type"), "required");
                return null;
            default:
                faults.Add(place.At("type"), "code.unknown", "permit, deny");
                return null;
        }
    }

    Effect? PolicyRule(JsonElement json, Place place)
    {
        var rules = faults.Concepts(json, place, "policyRule").Codes.Where(c => c.System is null or CodeSystems.ActCode).Select(c => c.Value).ToList();
        return rules.Exists(r => r is "OPTOUT" or "OPTOUTE") ? Effect.Deny : rules.Exists(r => r is "OPTIN" or "OPTINR") ? Effect.Permit : null;
    }

    /// <summary>It says so, or is for that purpose and no other.</summary>
    bool IsJustice(JsonElement json, Place place, List<Code> categories) =>
        categories.Contains(new(CodeSystems.ConsentKind, Kinds.JusticeMonitoring))
        || (faults.Object(json, place, "provision") is var (root, at) && faults.Codings(root, at, "purpose") is { Count: > 0 } purposes
            && purposes.All(c => CodeSystems.Purposes(c).Contains(s_monitoring)));

    static readonly Code s_monitoring = new(CodeSystems.Purpose, Consent.Purposes.JusticeMonitoring);

    static Names Known(Names names, Surroundings here) => here.Find(names) is { } known ? new(names.All.Concat(known.Names.All)) : names;

    /// <summary>Contained resources are found by their own consent only.</summary>
    Surroundings With(JsonElement json, Place place)
    {
        var contained = new List<Known>();
        foreach (var (resource, where) in faults.Objects(json, place, "contained"))
            if (faults.Text(resource, where, "id") is { } id && FhirResources.Known(resource, where, $"#{id}", at, zone, faults) is { } known)
                contained.Add(known);
        return contained.Count == 0 ? surroundings : surroundings.With(contained);
    }

    /// <summary>As an extension says, else that of the time at which the consent was given, else the asker's.</summary>
    TimeZoneInfo ZoneOf(JsonElement json, Place place)
    {
        foreach (var (extension, at) in faults.Objects(json, place, "extension"))
            if (faults.Text(extension, at, "url") == TimeZoneExtension && faults.Text(extension, at, "valueCode") is { } name)
                if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var named))
                    return named;
                else
                    faults.Add(at.At("valueCode"), "time-zone");
        return faults.Text(json, place, "dateTime") is { Length: > 16 } given && (given[^1] == 'Z' || given[^6] is '+' or '-')
            && DateTimeOffset.TryParse(given, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant)
            ? TimeZoneInfo.CreateCustomTimeZone(given[^6..], instant.Offset, null, null)
            : zone;
    }
}
