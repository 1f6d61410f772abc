using System.Globalization;
using System.Text.Json;
using Interop.Audit;
using Interop.Consent.Packs;
using Interop.Consent.WithoutConsent;

namespace Interop.Consent.Evaluation;

/// <summary>A consent that was given here, as the engine reads it: permits for its recipients, purposes and categories, or all that it says in FHIR.</summary>
internal static class StoredConsents
{
    /// <summary>What counselling notes are labelled with.</summary>
    public static Code Notes { get; } = new(CodeSystems.ActCode, "PSYTHPN");

    /// <param name="at">The instant asked about, in UTC ticks.</param>
    /// <param name="around">To what references in a consent that came as FHIR may lead; null: to nothing.</param>
    public static Directive Read(ConsentGiven c, Pack pack, long at, Surroundings? around = null) =>
        c.Written is { } written ? Read(c, written, pack, at, around ?? new()) : Read(c, pack);

    /// <summary>What it says, for as long as the register lets it stand.</summary>
    static Directive Read(ConsentGiven c, AsWritten written, Pack pack, long at, Surroundings around)
    {
        // It was taken without a fault, so there is none now.
        var reader = new FhirConsents(around, pack, at, TimeZoneInfo.FindSystemTimeZoneById(written.Zone), new Faults()) { Covering = Covered(c) };
        var read = reader.Read(JsonElement.Parse(written.Json), Place.Of("Consent"))!;
        return new Directive
        {
            Reference = $"Consent/{c.Id}",
            Version = c.Version.ToString(CultureInfo.InvariantCulture),
            Status = "active",
            Period = new(Math.Max(read.Period.Start, c.Kind == Kinds.General ? long.MinValue : c.From.UtcTicks), Math.Min(read.Period.End, c.EndedAt?.UtcTicks ?? long.MaxValue)),
            Categories = read.Categories,
            Standing = read.Standing,
            Patient = Person(c.PersonId.Value),
            Matter = c.MatterId?.ToString(),
            Discloser = c.Kind == Kinds.General ? null : c.Discloser,
            Pack = pack,
            KeptApart = KeptApart(c),
            Provisions = read.Provisions,
        }.Prepared();
    }

    static Directive Read(ConsentGiven c, Pack pack) => new Directive
    {
        Reference = $"Consent/{c.Id}",
        Version = c.Version.ToString(CultureInfo.InvariantCulture),
        Status = "active",
        Period = new(c.From.UtcTicks, Math.Min(c.Until?.UtcTicks ?? long.MaxValue, c.EndedAt?.UtcTicks ?? long.MaxValue)),
        Categories = new([
            new(CodeSystems.Scope, "patient-privacy"), new(CodeSystems.ConsentKind, c.Kind),
            .. c.Categories.Select(category => new Code(CodeSystems.ReportCategory, category))]),
        Standing = c.Kind == Kinds.JusticeMonitoring ? Standing.Justice : Standing.Ordinary,
        Patient = Person(c.PersonId.Value),
        Matter = c.MatterId?.ToString(),
        Discloser = c.Discloser,
        Pack = pack,
        KeptApart = KeptApart(c),
        Provisions = ProvisionsOf(c),
    }.Prepared();

    /// <summary>Counselling notes have a consent of their own under every law: a part of the record that may be told does not include them.</summary>
    static SeparateConsent[] KeptApart(ConsentGiven c) => c.Kind is Kinds.Treatment or Kinds.Research ? s_keptApart : [];

    static readonly SeparateConsent[] s_keptApart = [new(Kinds.CounsellingNotes, new([Notes]), new([]))];

    /// <summary>One permit for each way in which its categories are told from other data: by their code, their type or their label.</summary>
    static Provision[] ProvisionsOf(ConsentGiven c)
    {
        var actors = new ActorSet([.. c.Recipients.Select(r => new NamedActor(null, Organisation(r), []))]);
        var purposes = new CodeSet(c.Purposes.SelectMany(p => CodeSystems.Purposes(new(null, p))));
        var types = c.Categories.SelectMany(Consent.Categories.ResourceTypesOf).Select(t => new Code(CodeSystems.ResourceTypes, t)).ToList();
        var reports = c.Categories.Where(k => k != Consent.Categories.CounsellingNotes && Consent.Categories.ResourceTypesOf(k).Count == 0)
            .Select(k => new Code(CodeSystems.ReportCategory, k)).ToList();
        var permits = new List<Provision>();
        if (reports.Count > 0)
            permits.Add(Permit(codes: new(reports)));
        if (types.Count > 0)
            permits.Add(Permit(classes: new(types)));
        if (c.Categories.Contains(Consent.Categories.CounsellingNotes))
            permits.Add(Permit(labels: new([Notes])));
        return [.. permits];

        Provision Permit(CodeSet? codes = null, CodeSet? classes = null, LabelSet? labels = null) => new()
        {
            Effect = Effect.Permit,
            Depth = 0,
            Path = permits.Count == 0 ? ProvisionPath.Root : new(ProvisionPath.Root, permits.Count),
            Actors = actors,
            Purposes = purposes,
            Codes = codes,
            Classes = classes,
            Labels = labels,
            DataPeriod = Covered(c),
        };
    }

    /// <summary>A report is released by a consent that covers when what it tells happened.</summary>
    static Interval? Covered(ConsentGiven c) => c.Kind == Kinds.JusticeMonitoring ? new(c.From.UtcTicks, c.Until?.UtcTicks ?? long.MaxValue) : null;

    /// <summary>An emergency or a court order: no consent, but heard with them, and above them (rule 3).</summary>
    public static Directive Read(LawfulGround g, Pack pack)
    {
        var ordered = g.Kind == Grounds.CourtOrder;
        return new Directive
        {
            Reference = $"{(ordered ? CourtOrder.ResourceType : EmergencyAccess.ResourceType)}/{g.Id:D}",
            Status = "active",
            Period = new(g.From.UtcTicks, Math.Min(g.Until.UtcTicks, g.EndedAt?.UtcTicks ?? long.MaxValue)),
            Categories = new([new(CodeSystems.Scope, "patient-privacy"), new(CodeSystems.ConsentKind, ordered ? Kinds.Proceedings : g.Kind)]),
            Standing = Standing.WithoutConsent,
            Patient = Person(g.PersonId.Value),
            Discloser = g.Discloser,
            Pack = pack,
            Provisions =
            [
                new()
                {
                    Effect = Effect.Permit,
                    Depth = 0,
                    Path = ProvisionPath.Root,
                    Actors = new([new NamedActor(null, Organisation(g.Recipient), [])]),
                    Purposes = new(CodeSystems.Purposes(new(CodeSystems.ActReason, ordered ? "HLEGAL" : "ETREAT"))),
                    Codes = ordered ? new(g.Categories.Select(category => new Code(CodeSystems.ReportCategory, category))) : null,
                    DataPeriod = g.RecordsFrom is null && g.RecordsUntil is null ? null
                        : new(g.RecordsFrom?.UtcTicks ?? long.MinValue, g.RecordsUntil?.UtcTicks ?? long.MaxValue),
                },
            ],
        }.Prepared();
    }

    /// <summary>What an organisation of the exchange goes by: in references, by identifier, and by its bare id.</summary>
    public static Names Organisation(string id) => new([$"Organization/{id}", Names.Identifier(CodeSystems.Organisation, id), Names.Identifier(null, id)]);

    public static Names Person(Guid id) => new([$"Patient/{id:D}", Names.Identifier(CodeSystems.Person, id.ToString("D"))]);
}
