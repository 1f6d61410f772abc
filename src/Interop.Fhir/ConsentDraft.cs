using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Consent;
using Interop.Consent.Evaluation;
using Interop.Consent.Packs;
using Interop.Platform;
using FhirConsent = Hl7.Fhir.Model.Consent;

namespace Interop.Fhir;

/// <summary>
/// A Consent as an organisation wants it kept, and what the register asks for drawn from it: the body that REST takes, with the place
/// in the resource from which each part came, so that one set of rules and codes serves both doors.
/// </summary>
internal sealed class ConsentDraft
{
    /// <summary>Provisions within provisions, and how deep a resource is nested that has so many.</summary>
    const int DeepestProvision = 25, Deepest = 60;

    /// <summary>How one of the exchange is told from other names while they are drawn.</summary>
    const string Known = "Organization/";

    static readonly string[] s_reportCategory = [Systems.ReportCategory];
    static readonly string?[] s_purpose = [Systems.Purpose, Systems.ActReason, null];

    readonly Dictionary<string, string> _places = new(StringComparer.Ordinal);
    readonly Faults _faults = new();
    readonly Place _root = Place.Of("Consent");
    readonly JsonElement _json;
    readonly string _address;

    ConsentDraft(FhirConsent consent, JsonElement json, string address) => (Consent, _json, _address) = (consent, json, address);

    public FhirConsent Consent { get; }

    public string Json => _json.GetRawText();

    public JsonObject Body { get; } = [];

    /// <summary>Of no kind of ours: it permits and denies in FHIR's own terms.</summary>
    public bool IsGeneral => Body["kind"]?.ToString() == Kinds.General;

    /// <summary>Reads a body that is JSON already: strictly, and as R4 wants a Consent to be.</summary>
    /// <param name="id">That it must bear; null: one that is not there yet.</param>
    public static (FhirConsent? Consent, Refusal? Unparsable, Refusal? Invalid) Parse(JsonElement body, string? id)
    {
        if (body.ValueKind is not JsonValueKind.Object)
            return (null, Refusal.Unparsable(new Fault("", "type.object")), null);
        if (!RawJson.IsText(body, "resourceType", "Consent"))
            return (null, Refusal.Unparsable(new Fault("resourceType", "fhir.type", "Consent")), null);
        if (id is not null && !RawJson.IsText(body, "id", id))
            return (null, Refusal.Unparsable(new Fault("Consent.id", "fhir.id")), null);
        if (RawJson.DepthOf(body) > Deepest)
            return (null, null, Refusal.Invalid(new Fault("Consent.provision", "consent.too-deep", DeepestProvision)));
        var faults = new List<Fault>();
        RawJson.FaultsOf(body, "Consent", faults);
        if (faults.Count > 0)
            return (null, null, Refusal.Invalid(faults));
        var (consent, refusal) = FhirJson.Read<FhirConsent>(Encoding.UTF8.GetBytes(body.GetRawText()));
        return consent is null && refusal!.Status == 400 ? (null, refusal, null) : (consent, null, refusal);
    }

    /// <param name="address">This face's own, under which references may be absolute.</param>
    /// <param name="zone">In which partial dates are read where the consent names none.</param>
    public static (ConsentDraft Draft, IReadOnlyList<Fault> Faults) Of(FhirConsent consent, JsonElement json, PackShelf packs, string address, DateTimeOffset now, TimeZoneInfo zone)
    {
        var draft = new ConsentDraft(consent, json, address);
        var read = new FhirConsents(new Surroundings(), packs.Default, now.UtcTicks, zone, draft._faults).Read(json, draft._root)!;
        if (read.Status != "active")
            draft._faults.Add(draft._root.At("status"), "code.unknown", "active");
        if (consent.PolicyRule is null && consent.Policy.Count == 0) // R4's ppc-1
            draft._faults.Add(draft._root.At("policyRule"), "required");
        draft.Draw(read);
        return (draft, draft._faults.All);
    }

    /// <summary>A fault of <see cref="Body"/> where it stands in the resource.</summary>
    public Fault AtItsPlace(Fault fault)
    {
        for (var path = fault.Path; ; path = path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))])
            if (_places.TryGetValue(path, out var place))
                return new(place, fault.Code, fault.Arguments);
            else if (path.Length == 0)
                return new("Consent", fault.Code, fault.Arguments);
    }

    void Draw(Directive read)
    {
        Put("personId", PersonIn(Consent.Patient), "Consent.patient");
        var kind = KindOf(read);
        Put("kind", kind, "Consent.category");
        Put("matter", Extension(Systems.ConsentMatter) is { } matter ? Text(matter, "valueIdentifier", "value") ?? "" : null, PlaceOf(Systems.ConsentMatter));
        Put("discloser", Consent.Organization is [var first, ..] ? OrganisationIn(first.Identifier?.System, first.Identifier?.Value, first.Reference) : null, "Consent.organization");
        DrawProvisions(general: kind == Kinds.General);
        Put("untilEvent", Extension(Systems.ConsentUntilEvent) is { } until ? Text(until, "valueCode") ?? "" : null, PlaceOf(Systems.ConsentUntilEvent));
        PutParts("revocable", Systems.ConsentRevocable, ("from", "valueDateTime"), ("event", "valueCode"));
        PutParts("signature", Systems.ConsentSignature, ("method", "valueCode"), ("at", "valueDateTime"), ("by", "valueString"), ("witness", "valueString"));
        DrawSignature();
        Put("language", Consent.Language, "Consent.language");
        // Where it does not say from when, it is from when it was signed.
        Put("from", Instant(read.Period.Start) ?? Body["signature"]?["at"]?.ToString(), "Consent.provision.period.start");
        Put("until", Instant(read.Period.End), "Consent.provision.period.end");
    }

    /// <summary>When and by whom, R4 can say itself; how, only the extension.</summary>
    void DrawSignature()
    {
        if (Body["signature"] is not JsonObject signature)
            return;
        if (Consent.DateTime is { Length: >= 10 } given && signature.TryAdd("at", given)) // a year or a month is no date of a signature
            _places["signature.at"] = "Consent.dateTime";
        if (Consent.Performer is [{ Display: { } signer }, ..] && signature.TryAdd("by", signer))
            _places["signature.by"] = "Consent.performer[0].display";
    }

    string KindOf(Directive read)
    {
        foreach (var (coding, at) in _faults.Objects(_json, _root, "category").SelectMany(c => _faults.Objects(c.Element, c.Place, "coding")))
            if (_faults.Text(coding, at, "system") == Systems.ConsentKind)
            {
                var code = _faults.Text(coding, at, "code");
                if (code is null || (code != Kinds.General && !Kinds.All.Contains(code)))
                    _faults.Add(at.At("code"), "code.unknown", string.Join(", ", Kinds.All.Append(Kinds.General)));
                return code ?? Kinds.General;
            }
        // For monitoring and nothing else: that needs a consent of its own, whatever it is called (42 CFR 2.35).
        return read.Standing is Interop.Consent.Evaluation.Standing.Justice ? Kinds.JusticeMonitoring : Kinds.General;
    }

    /// <summary>Whom, for what and which categories any of its permits names. What is beneath may take away again: the engine knows.</summary>
    void DrawProvisions(bool general)
    {
        var (recipients, purposes, categories) = (new List<(string, string)>(), new List<(string, string)>(), new List<(string, string)>());
        var left = new Stack<(JsonElement Json, Place Place, IReadOnlyList<(string, string)> Recipients, IReadOnlyList<(string, string)> Purposes, IReadOnlyList<(string, string)> Categories)>();
        foreach (var (root, at) in _faults.Objects(_json, _root, "provision"))
            left.Push((root, at, [], [], []));
        while (left.TryPop(out var next))
        {
            var (json, place) = (next.Json, next.Place);
            var (whom, why, what) = (Own(RecipientsIn(json, place), next.Recipients), Own(CodesIn(json, place, "purpose", s_purpose), next.Purposes), Own(CategoriesIn(json, place), next.Categories));
            if (_faults.Text(json, place, "type") != "deny")
            {
                recipients.AddRange(whom);
                purposes.AddRange(why);
                categories.AddRange(what);
            }
            foreach (var (child, where) in _faults.Objects(json, place, "provision").Reverse())
                left.Push((child, where, whom, why, what));
        }
        if (general) // it may name whom and what it likes; what the exchange knows is drawn
        {
            recipients.RemoveAll(r => !r.Item1.StartsWith(Known, StringComparison.Ordinal) || r.Item1.Length > 63);
            purposes.RemoveAll(p => !Purposes.Codes.Contains(p.Item1));
            categories.RemoveAll(c => !Categories.All.Contains(c.Item1));
        }
        PutAll("recipients", recipients.Select(r => (r.Item1.StartsWith(Known, StringComparison.Ordinal) ? r.Item1[Known.Length..] : r.Item1, r.Item2)), "Consent.provision.actor");
        PutAll("purposes", purposes, "Consent.provision.purpose");
        PutAll("categories", categories, "Consent.provision.code");
    }

    IReadOnlyList<(string, string)> RecipientsIn(JsonElement json, Place place) =>
        [.. _faults.Objects(json, place, "actor").SelectMany(a => _faults.Objects(a.Element, a.Place, "reference")).Select(r =>
        {
            var identifier = _faults.Object(r.Element, r.Place, "identifier");
            var (system, value) = identifier is var (i, at) ? (_faults.Text(i, at, "system"), _faults.Text(i, at, "value")) : (null, null);
            var reference = _faults.Text(r.Element, r.Place, "reference");
            return (OrganisationIn(system, value, reference) is { } slug ? Known + slug : reference ?? value ?? "", r.Place.ToString());
        })];

    IReadOnlyList<(string, string)> CodesIn(JsonElement json, Place place, string name, IReadOnlyList<string?> systems) =>
        [.. _faults.Objects(json, place, name).Select(c => (CodeIn(c.Element, c.Place, systems), c.Place.ToString()))];

    IReadOnlyList<(string, string)> CategoriesIn(JsonElement json, Place place) =>
        [.. _faults.Objects(json, place, "code").Select(concept =>
        {
            var codings = _faults.Objects(concept.Element, concept.Place, "coding").ToList();
            var own = codings.Find(c => _faults.Text(c.Element, c.Place, "system") == Systems.ReportCategory);
            var (coding, at) = own.Place is not null ? own : codings.FirstOrDefault();
            return (at is null ? "" : CodeIn(coding, at, s_reportCategory), concept.Place.ToString());
        })];

    /// <summary>The bare code of a system that is known, else one that no list of ours holds.</summary>
    string CodeIn(JsonElement coding, Place at, IReadOnlyList<string?> systems)
    {
        var (system, code) = (CodeSystems.Normal(_faults.Text(coding, at, "system")), _faults.Text(coding, at, "code") ?? "");
        return systems.Contains(system) ? code : $"{system}|{code}";
    }

    static IReadOnlyList<(string, string)> Own(IReadOnlyList<(string, string)> own, IReadOnlyList<(string, string)> inherited) => own.Count > 0 ? own : inherited;

    string? PersonIn(Hl7.Fhir.Model.ResourceReference? patient) =>
        patient?.Reference is { } reference ? SearchRequest.IdIn("Patient", Relative(reference)) ?? reference
        : patient?.Identifier is { System: Systems.Person, Value: { } value } ? value
        : patient is null ? null : "";

    /// <summary>The organisation's id, where it is named as one of the exchange.</summary>
    string? OrganisationIn(string? system, string? value, string? reference) =>
        system == Systems.Organisation && value is not null ? value
        : reference is not null && Relative(reference) is var relative && relative.StartsWith(Known, StringComparison.Ordinal) ? relative[Known.Length..]
        : null;

    string Relative(string reference) => reference.StartsWith(_address + '/', StringComparison.Ordinal) ? reference[(_address.Length + 1)..] : reference;

    static string? Instant(long ticks) => ticks is long.MinValue or long.MaxValue ? null : new DateTimeOffset(ticks, TimeSpan.Zero).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    (JsonElement Element, Place Place)? Extension(string url) => Extension(_json, _root, url);

    (JsonElement Element, Place Place)? Extension(JsonElement json, Place place, string url)
    {
        foreach (var (extension, at) in _faults.Objects(json, place, "extension"))
            if (_faults.Text(extension, at, "url") == url)
                return (extension, at);
        return null;
    }

    string? Text((JsonElement Element, Place Place) extension, string value, string? part = null) =>
        part is null ? _faults.Text(extension.Element, extension.Place, value)
        : _faults.Object(extension.Element, extension.Place, value) is var (inner, at) ? _faults.Text(inner, at, part) : null;

    static string PlaceOf(string url) => $"Consent.extension('{url}')";

    void PutParts(string name, string url, params ReadOnlySpan<(string Name, string Value)> parts)
    {
        _places[name] = PlaceOf(url);
        if (Extension(url) is not var (extension, at))
            return;
        var read = new JsonObject();
        foreach (var (part, value) in parts)
            if (Extension(extension, at, part) is { } found)
            {
                read[part] = Text(found, value) ?? "";
                _places[$"{name}.{part}"] = $"{found.Place}.{value}";
            }
        Body[name] = read;
    }

    void Put(string name, string? value, string place)
    {
        _places[name] = place;
        if (value is not null)
            Body[name] = value;
    }

    /// <summary>Each once, under the place where it stands first.</summary>
    void PutAll(string name, IEnumerable<(string Value, string Place)> values, string place)
    {
        _places[name] = place;
        var list = new JsonArray();
        foreach (var (value, at) in values.DistinctBy(v => v.Value))
        {
            _places[$"{name}[{list.Count}]"] = at;
            list.Add(value);
        }
        if (list.Count > 0)
            Body[name] = list;
    }
}
