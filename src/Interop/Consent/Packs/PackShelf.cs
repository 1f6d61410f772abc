using System.Text.Json;
using Interop.Consent.Evaluation;
using Interop.Platform.Http;

namespace Interop.Consent.Packs;

/// <summary>
/// Every pack: those that the program brings, and those of a configured folder, which replace one of the same file name and add
/// others. A pack that is wrong stops the start, named with its place.
/// </summary>
internal sealed class PackShelf
{
    const string DefaultFile = "default.json";

    readonly Dictionary<string, (Pack Pack, Interval Effective)[]> _byJurisdiction;

    PackShelf(IReadOnlyDictionary<string, PackFile> files)
    {
        var plain = files[DefaultFile];
        Default = new(plain.Id, plain.Version, plain, plain);
        All = [Default, .. files.Where(f => f.Value != plain).OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => new Pack(f.Value.Id, f.Value.Version, f.Value, plain))];
        _byJurisdiction = All.Where(p => p != Default).GroupBy(p => p.Stated.Jurisdiction!).ToDictionary(g => g.Key, g => g.Select(p => (p, p.Stated.Effective.Interval())).ToArray());
    }

    public Pack Default { get; }

    public IReadOnlyList<Pack> All { get; }

    /// <summary>
    /// The pack in effect at an instant (UTC ticks): of the discloser's jurisdiction, since it is the discloser who must not disclose;
    /// else of the matter's; else the plain default. A subdivision without a pack of its own (BR-SP) is under its country's.
    /// </summary>
    public Pack For(string? discloser, string? matter, long at) => Find(discloser?.ToUpperInvariant(), at) ?? Find(matter?.ToUpperInvariant(), at) ?? Default;

    Pack? Find(string? jurisdiction, long at) => jurisdiction is null
        ? null
        : InEffect(jurisdiction, at) ?? (jurisdiction.IndexOf('-', StringComparison.Ordinal) is > 0 and var dash ? InEffect(jurisdiction[..dash], at) : null);

    Pack? InEffect(string jurisdiction, long at)
    {
        foreach (var (pack, effective) in _byJurisdiction.GetValueOrDefault(jurisdiction, []))
            if (effective.Contains(at))
                return pack; // no other is in effect then: the start saw to it
        return null;
    }

    /// <param name="folder">Of further packs; null: none.</param>
    /// <exception cref="InvalidOperationException">A pack fails its schema, or two are in effect at once.</exception>
    public static PackShelf Load(string? folder)
    {
        var assembly = typeof(PackShelf).Assembly;
        var texts = new Dictionary<string, (string Place, byte[] Bytes)>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith("packs/", StringComparison.Ordinal)))
        {
            using var bytes = new MemoryStream();
            assembly.GetManifestResourceStream(name)!.CopyTo(bytes);
            texts[name["packs/".Length..]] = (name, bytes.ToArray());
        }
        texts.Remove("schema.json", out var schema);
        if (folder is not null && !System.IO.Directory.Exists(folder))
            throw new InvalidOperationException($"Packs:Folder names {folder}, which is not there.");
        foreach (var file in folder is null ? [] : System.IO.Directory.GetFiles(folder, "*.json").Where(f => Path.GetFileName(f) != "schema.json"))
            texts[Path.GetFileName(file)] = (file, File.ReadAllBytes(file));
        var rules = new JsonSchema(JsonElement.Parse(schema.Bytes));
        var files = texts.ToDictionary(t => t.Key, t => Read(rules, t.Value.Place, t.Key, t.Value.Bytes));
        foreach (var (one, other) in from a in files from b in files where string.CompareOrdinal(a.Key, b.Key) < 0 select (a, b))
            if (one.Value.Id == other.Value.Id || (one.Value.Jurisdiction == other.Value.Jurisdiction && Meet(one.Value.Effective.Interval(), other.Value.Effective.Interval())))
                throw new InvalidOperationException($"{texts[other.Key].Place}: /jurisdiction and /effective: it is in effect together with {texts[one.Key].Place}, or has its id.");
        var shelf = new PackShelf(files);
        foreach (var (name, file) in files)
            if (shelf.All.Single(p => p.Id == file.Id) is { AccountingYears: { } years } pack && pack.Keep("persons") is { } kept && kept.IsLessThan(years))
                throw new InvalidOperationException($"{texts[name].Place}: /retention/keep/persons: a person is kept for {kept.Amount} {kept.Unit}, and /retention/accountingYears has it told for {years} years to whom their data was disclosed.");
        return shelf;
    }

    static PackFile Read(JsonSchema schema, string place, string name, byte[] bytes)
    {
        try
        {
            var json = JsonDocument.Parse(bytes, new() { AllowDuplicateProperties = false }).RootElement;
            var faults = schema.Faults(json).ToList();
            if (faults.Count > 0)
                throw new InvalidOperationException(string.Join('\n', faults.Take(20).Select(f => $"{place}: {(f.Place.Length == 0 ? "/" : f.Place)} {f.Fault}.")));
            var file = json.Deserialize<PackFile>(Json.Options)!;
            if (file.Jurisdiction is null != (name == DefaultFile))
                throw new InvalidOperationException($"{place}: /jurisdiction must be null in {DefaultFile}, and nowhere else.");
            if (name == DefaultFile && (file.Settings.JusticeConsentStands is null || file.Settings.SeparateConsents is null || file.Settings.Obligations is null))
                throw new InvalidOperationException($"{place}: /settings must leave nothing open: what other packs do not state is taken from here.");
            if (name == DefaultFile && file.Deadlines.EmergencyReview is null)
                throw new InvalidOperationException($"{place}: /deadlines/emergencyReview must be stated: where other packs do not, it is taken from here.");
            return file;
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"{place}: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: is not JSON.", e);
        }
    }

    static bool Meet(Interval one, Interval other) => one.Start < other.End && other.Start < one.End;
}
