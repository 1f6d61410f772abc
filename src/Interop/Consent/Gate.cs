using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Consent.Packs;
using Interop.Consent.WithoutConsent;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent;

/// <summary>
/// The one gate. Within a unit of work: takes the persons' locks, reads the clock, reads their consents as committed, decides,
/// and writes the audit entry into the same transaction; the bytes leave when that has committed (P2, P3).
/// </summary>
internal sealed class Gate(Db db, Work work, Trail trail, PackShelf packs, KnownDirectives directives)
{
    const string NotEnded = "ended_at is null and person_id";

    ILookup<Guid, ConsentGiven> _consents = Array.Empty<ConsentGiven>().ToLookup(c => c.PersonId.Value);
    ILookup<Guid, LawfulGround> _lawful = Array.Empty<LawfulGround>().ToLookup(g => g.PersonId.Value);
    readonly HashSet<Guid> _open = [];
    IReadOnlySet<Guid> _there = new HashSet<Guid>();
    readonly Dictionary<Guid, Heard> _heard = [];

    /// <summary>
    /// Begins to decide on these persons. To disclose, the lock is shared: disclosures do not wait for each other, but none
    /// commits beside a change of consent. What must change consent or links takes it alone, before any other row.
    /// </summary>
    /// <param name="also">Read once the locks are held.</param>
    public async Task<IReadOnlySet<Guid>> OpenAsync(IEnumerable<Guid> persons, CancellationToken ct, bool exclusive = false, IReadOnlyList<Select>? also = null)
    {
        _open.Clear();
        _open.UnionWith(persons);
        var (consents, lawful) = OfOpen();
        Take(await work.LockAsync(_open, exclusive, ct, _open.Count == 0 ? also ?? [] : [consents, lawful, .. also ?? []]), consents, lawful);
        return _open;
    }

    /// <summary>Begins to change a consent, of which no more is known yet: for the person whose it is, alone, before any other row.</summary>
    /// <returns>The consent; null: there is none.</returns>
    public async Task<ConsentGiven?> OpenOfAsync(Id<ConsentGiven> id, CancellationToken ct)
    {
        const string Theirs = "ended_at is null and person_id = (select person_id from consents where id = $1)";
        _open.Clear();
        var (asked, consents, lawful) = (new Select<ConsentGiven>("id = $1", id.Value), new Select<ConsentGiven>(Theirs, id.Value), new Select<LawfulGround>(Theirs, id.Value));
        Take(await work.LockAsync(new Whom([id.Value], In: "consents"), exclusive: true, ct, consents, lawful, asked), consents, lawful);
        _open.UnionWith(_there);
        return asked.Rows.SingleOrDefault();
    }

    /// <summary>To disclose, for several callers together: waiting for all of the locks, or taking those that are free.</summary>
    /// <returns>The persons on whom it may be decided.</returns>
    public Task<IReadOnlySet<Guid>> OpenAsync(IEnumerable<Guid> persons, bool wait, IReadOnlyList<Select> also, CancellationToken ct) =>
        wait ? OpenAsync(persons, ct, also: also) : OpenFreeAsync(persons, also, ct);

    /// <summary>A person who is new in this unit of work: nobody else can know of them yet, so there is nothing to lock and nothing consented.</summary>
    public void OpenNew(Guid person) => _open.Add(person);

    /// <summary>
    /// The same, to disclose, for those of them whose locks can be had at once: who asks for many persons' sake is to wait for
    /// none, and overtakes nobody who waits.
    /// </summary>
    /// <param name="also">Read once the locks are held, of whomever; what is of those not returned is not to be used.</param>
    /// <returns>The persons on whom it may be decided.</returns>
    async Task<IReadOnlySet<Guid>> OpenFreeAsync(IEnumerable<Guid> persons, IReadOnlyList<Select> also, CancellationToken ct)
    {
        _open.Clear();
        _open.UnionWith(persons);
        var (consents, lawful) = OfOpen();
        var locks = await work.TryLockAsync(_open, ct, [consents, lawful, .. also]);
        Take(locks, consents, lawful);
        _open.IntersectWith(locks.Held);
        return _open;
    }

    /// <summary>Whether it may be decided on this person.</summary>
    public bool IsOpen(Guid person) => _open.Contains(person);

    /// <summary>Whether a person for whom the gate was to be opened is there.</summary>
    public bool Knows(Guid person) => _there.Contains(person);

    /// <summary>Decides from now on with a consent that this unit of work has begun or ended.</summary>
    public void Hear(ConsentGiven changed)
    {
        if (!IsOpen(changed.PersonId.Value))
            throw new InvalidOperationException("The gate was not opened for this person.");
        var others = _consents.SelectMany(c => c).Where(c => c.Id != changed.Id);
        _consents = (changed.EndedAt is null ? others.Append(changed) : others).ToLookup(c => c.PersonId.Value);
        _heard.Clear();
    }

    /// <summary>The consents of a person for whom the gate was opened that have not ended: what the engine decides questions of now on.</summary>
    public IEnumerable<ConsentGiven> Consents(Guid person) => IsOpen(person)
        ? _consents[person]
        : throw new InvalidOperationException("The gate was not opened for this person.");

    /// <summary>The emergencies and court orders about such a person.</summary>
    public IEnumerable<LawfulGround> Lawful(Guid person) => _lawful[person];

    /// <summary>What has ended has ended, also where the clock was set back to before its end.</summary>
    (Select<ConsentGiven> Consents, Select<LawfulGround> Lawful) OfOpen() => (new(NotEnded, _open), new(NotEnded, _open));

    void Take(Locks locks, Select<ConsentGiven> consents, Select<LawfulGround> lawful)
    {
        _there = locks.Known;
        _consents = consents.Rows.ToLookup(c => c.PersonId.Value);
        _lawful = lawful.Rows.ToLookup(g => g.PersonId.Value);
        _heard.Clear();
    }

    /// <summary>Decides, and records nothing: for the candidates of a list, of which only those shown are recorded.</summary>
    public Disclosure? Decide(string recipient, OrganisationKind kind, ReferralFacts facts, bool acting = false) =>
        Disclosure.Decide(facts, recipient, kind, HeardOf(facts.Person), work.Now, acting).Counted();

    /// <summary>Decides whether a provider may be told what the one of <paramref name="facts"/> reports, because a consent for treatment says so.</summary>
    public Disclosure? DecideTreating(string recipient, OrganisationKind kind, ReferralFacts facts) =>
        Disclosure.DecideTreating(facts, recipient, kind, HeardOf(facts.Person), work.Now).Counted();

    /// <summary>Decides whether an event may be told, as of now.</summary>
    public Disclosure? Decide(string recipient, OrganisationKind kind, EventFacts told) =>
        Disclosure.Decide(told, recipient, kind, HeardOf(told.Referral.Person), work.Now).Counted();

    Heard HeardOf(Guid person) => _heard.TryGetValue(person, out var heard) ? heard : _heard[person] = new(Consents(person), _lawful[person], directives, work.Now);

    /// <summary>What the table would answer if this consent were given, and no other: for the person, before signing. Tells nothing of anybody.</summary>
    public static bool WouldPermit(Heard draft, ReferralFacts facts, string recipient, OrganisationKind kind, DateTimeOffset at, Content content) =>
        Disclosure.Decide(facts, recipient, kind, draft, at, acting: false)?.Permits(content) is true;

    /// <summary>Decides on the caller's request and, where it is permitted, records the disclosure.</summary>
    public Disclosure? Disclose(Caller caller, ReferralFacts facts, Record record, bool acting = false)
    {
        var disclosure = Decide(caller.Organisation, caller.Kind, facts, acting);
        if (disclosure is not null)
            trail.Write(caller, Fill(record, disclosure, facts));
        return disclosure;
    }

    /// <summary>The answer to who may not know: what is answered of what is not there (P6). The log says whom and what it was about, and under which packs it was decided.</summary>
    public Refusal Denied(Guid person, string type, Guid id) => Refusal.NotFound.Of(person, type, id, PacksOf(person));

    public Refusal Denied(ReferralFacts facts) => Denied(facts.Person, "Referral", facts.Referral);

    /// <summary>The packs under which it is decided on a person: those of the consents and grounds that are heard; where there is none, the plain default.</summary>
    public string PacksOf(Guid person) => Say(PacksOf(_consents[person], _lawful[person], work.Now.UtcTicks).DefaultIfEmpty(packs.For(null, null, work.Now.UtcTicks)));

    IEnumerable<Pack> PacksOf(IEnumerable<ConsentGiven> consents, IEnumerable<LawfulGround> lawful, long at) =>
        consents.Select(c => packs.For(c.DiscloserJurisdiction, c.MatterJurisdiction, at)).Concat(lawful.Select(g => packs.For(g.Jurisdiction, null, at))).Distinct();

    static string Say(IEnumerable<Pack> packs) => string.Join(", ", packs);

    /// <summary>Records a disclosure that was decided before: an entry of a list that is shown, a message that is sent.</summary>
    public void Record(Caller caller, Disclosure disclosure, ReferralFacts facts, Record record) => trail.Write(caller, Fill(record, disclosure, facts));

    /// <summary>Records that an event is told: under the resource that it is about.</summary>
    public void Record(Caller caller, Disclosure disclosure, EventFacts facts, Record record) => Record(caller, disclosure, facts.Referral, record with
    {
        ResourceType = facts.ResourceType,
        ResourceId = facts.ResourceId?.ToString("D"),
    });

    static readonly string?[] s_told = [Grounds.Consent, Grounds.Emergency, Grounds.CourtOrder];

    /// <summary>The organisations that the log says were told of each of these resources.</summary>
    public async Task<ILookup<Guid, string>> ToldAsync(string resourceType, IEnumerable<Guid> resources, CancellationToken ct)
    {
        var ids = resources.Select(r => r.ToString("D")).ToArray();
        var told = await db.AuditEntries.Where(e => ids.Contains(e.ResourceId) && e.ResourceType == resourceType && e.Outcome == Outcomes.Permitted && s_told.Contains(e.Ground))
            .Select(e => new { e.ResourceId, e.Organisation }).Distinct().ToListAsync(ct);
        return told.ToLookup(t => Guid.Parse(t.ResourceId!), t => t.Organisation);
    }

    /// <summary>Whether any of the person's referral consents lets this referral leave awaiting-consent now.</summary>
    public bool MayLeave(ReferralFacts facts) => Decide(facts.Provider, OrganisationKind.Provider, facts) is { Standing: Standing.Provider };

    /// <summary>Whether the law opens anything of the person's without consent: to whom, the table alone tells.</summary>
    public bool IsOpenByLaw(Guid person) => _lawful[person].Any();

    /// <summary>Whom consents of the person that have not ended let follow the matter; null: any.</summary>
    public IEnumerable<string> Following(Guid person, Guid? matter = null) =>
        Consents(person).Where(c => c.Kind == Kinds.JusticeMonitoring && (matter is null || c.MatterId?.Value == matter)).SelectMany(c => c.Recipients).Distinct();

    /// <summary>Whom consents of the person that have not ended let this provider tell, in order to treat; null: any.</summary>
    public IEnumerable<string> Treating(Guid person, string? provider = null) =>
        Consents(person).Where(c => c.Kind == Kinds.Treatment && (provider is null || c.Discloser == provider)).SelectMany(c => c.Recipients).Distinct();

    /// <summary>The justice organisations that any consent of the person names for the matter, in force or not.</summary>
    public async Task<IReadOnlyList<string>> NamedAsync(Guid person, Guid matter, CancellationToken ct)
    {
        var id = new Id<Persons.Person>(person);
        var of = new Id<Matters.Matter>(matter);
        var recipients = await db.Consents.Where(c => c.PersonId == id && c.Kind == Kinds.JusticeMonitoring && c.MatterId == of).Select(c => c.Recipients).Distinct().ToListAsync(ct);
        return [.. recipients.SelectMany(r => r).Distinct()];
    }

    /// <summary>The providers that any consent for treatment lets this one tell, in force or not.</summary>
    public async Task<IReadOnlyList<string>> TreatingAsync(Guid person, string provider, CancellationToken ct)
    {
        var id = new Id<Persons.Person>(person);
        var recipients = await db.Consents.Where(c => c.PersonId == id && c.Kind == Kinds.Treatment && c.Discloser == provider).Select(c => c.Recipients).Distinct().ToListAsync(ct);
        return [.. recipients.SelectMany(r => r).Distinct()];
    }

    /// <param name="resource">What the event is about, where that is not the referral; so that the log tells who was told of it.</param>
    public static string Write(ReferralFacts facts, Content content, (string Type, Guid Id)? resource = null) =>
        JsonSerializer.Serialize(new EventFacts(facts, content, resource?.Type, resource?.Id), Json.Options);

    public static EventFacts Read(string facts) => JsonSerializer.Deserialize<EventFacts>(facts, Json.Options)!;

    Record Fill(Record record, Disclosure disclosure, ReferralFacts facts)
    {
        var own = record.Ground == Grounds.Authorship; // of what is the recipient's own, whatever else it may be told
        var (relied, lawful, at) = (own ? [] : disclosure.Relied.ToList(), own ? [] : disclosure.Lawful, disclosure.At.UtcTicks);
        var details = record.Details;
        if (relied.Count + lawful.Count > 0)
        {
            details = details?.DeepClone().AsObject() ?? new JsonObject { ["standing"] = disclosure.Standing.ToString() };
            details["pack"] = Say(PacksOf(relied, lawful, at));
            if (lawful.Count > 0)
                details["lawfulGrounds"] = new JsonArray([.. lawful.Select(g => (JsonNode)g.Id.ToString("D"))]);
        }
        return record with
        {
            Person = facts.Person,
            ResourceType = record.ResourceType ?? "Referral",
            ResourceId = record.ResourceId ?? facts.Referral.ToString("D"),
            Ground = own ? record.Ground : disclosure.Ground,
            Discloser = disclosure.Standing is Standing.Provider or Standing.ProviderAlone ? facts.Referrer : facts.Provider,
            Consents = [.. relied.Select(c => new ReliedConsent(c.Id.Value, c.Version))],
            Details = details,
        };
    }
}

/// <summary>What the gate decides on when an event is told.</summary>
internal sealed record EventFacts(ReferralFacts Referral, Content Content, string? ResourceType, Guid? ResourceId);
