using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Consent.Evaluation;
using Interop.Consent.Packs;
using Interop.Consent.WithoutConsent;
using Interop.Directory;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent;

/// <summary>
/// Answers questions. About consents that came with them, on nothing else. About a stored person, on the consents that the caller
/// is party to: it learns nothing that it could not read itself, and whom it does not know is answered like who is not there (P6).
/// </summary>
internal sealed class Inquiries(Db db, Work work, Clock clock, Gate gate, Trail trail, PackShelf packs, Organisations organisations, PersonRegister persons)
{
    readonly Dictionary<(Guid Person, DateTimeOffset? AsOf), (IReadOnlyList<ConsentGiven> Given, IReadOnlyList<LawfulGround> Lawful)> _recorded = [];
    readonly Dictionary<Prepared, Guid?> _persons = [];

    /// <summary>Before the transaction: reads and, where everything came along, decides. However long that takes, nobody waits for it.</summary>
    public async Task<Answer<Prepared>> PrepareAsync(Caller caller, Answer<Inquiry> read, CancellationToken ct)
    {
        if (read.Refusal is { } notUnderstood)
            return notUnderstood;
        var inquiry = read.Value!;
        var own = await organisations.FindAsync(caller.Organisation, ct);
        var material = inquiry.Read(clock.Now, own?.Zone ?? TimeZoneInfo.Utc, packs);
        if (material.Refusal is { } refusal)
            return refusal;
        var it = material.Value!;
        return new Prepared(inquiry, it, inquiry.IsOfStored ? null : Evaluator.Evaluate(it.Consents, it.Question, it.Items, it.Pack));
    }

    public async Task<Evaluated> AnswerAsync(Caller caller, Prepared prepared, CancellationToken ct)
    {
        await OpenAsync(caller, [prepared], ct);
        return await AnswerOpenedAsync(caller, prepared, ct);
    }

    /// <summary>Opens the gate for everybody whom these questions are about, at once: locks are taken in one order.</summary>
    public async Task OpenAsync(Caller caller, IReadOnlyList<Prepared> all, CancellationToken ct)
    {
        _recorded.Clear();
        _persons.Clear();
        foreach (var prepared in all.Where(p => p.Evaluated is null))
            _persons[prepared] = prepared.Inquiry.Person ?? await FindAsync(caller, prepared.Inquiry, ct);
        if (_persons.Count > 0)
            await gate.OpenAsync(_persons.Values.OfType<Guid>().Distinct(), ct);
    }

    /// <summary>Within the transaction: decides on what is stored, under the person's lock, and records that it did (P2, P3).</summary>
    public async Task<Evaluated> AnswerOpenedAsync(Caller caller, Prepared prepared, CancellationToken ct)
    {
        var (inquiry, material) = (prepared.Inquiry, prepared.Material);
        if (prepared.Evaluated is { } evaluated)
        {
            trail.Write(caller, new(Actions.Query, inquiry.Operation) { Details = Told(evaluated) });
            return evaluated;
        }
        var person = _persons[prepared];
        var question = material.Question with { At = (inquiry.AsOf ?? work.Now).UtcTicks };
        var consents = person is { } id ? await ReadAsync(caller, id, inquiry.AsOf, question.At, material.Surroundings, ct) : [];
        var answer = Evaluator.Evaluate([.. consents.Select(c => c.Read)], question, material.Items, material.Pack);
        var details = Told(answer);
        if (answer.DecidedBy is { } by && consents.Any(c => c.Read == by && c.Given is null))
            details["decidedBy"] = by.Reference;
        if (person is not null)
            details["asked"] = person.Value.ToString("D");
        trail.Write(caller, new(Actions.Query, inquiry.Operation, answer.Decision is Decision.Permit ? Outcomes.Permitted : Outcomes.Denied)
        {
            Person = person is { } asked && await db.Persons.AnyAsync(p => p.Id == new Id<Person>(asked), ct) ? person : null,
            Consents = [.. consents.Where(c => c.Read == answer.DecidedBy).Select(c => c.Given).OfType<ReliedConsent>()],
            Details = details,
        });
        return answer;
    }

    /// <summary>Identifiers that name two persons name nobody: the exchange does not guess who somebody is.</summary>
    async Task<Guid?> FindAsync(Caller caller, Inquiry inquiry, CancellationToken ct) =>
        await persons.KnownByAsync(caller.Organisation, inquiry.Identifiers, ct) is [var only] ? only : null;

    /// <summary>The consents that the caller is party to: as they are, or as they were recorded by then (P7).</summary>
    async Task<IReadOnlyList<ConsentGiven>> GivenAsync(Caller caller, Guid person, DateTimeOffset? asOf, CancellationToken ct)
    {
        if (asOf is not { } then || then >= work.Now)
            return [.. gate.Consents(person).Where(IsParty).OrderBy(c => c.Id.Value)];
        var all = await db.Consents.AsNoTracking().Where(c => c.PersonId == new Id<Person>(person)).ToListAsync(ct); // those that have ended since were in force then
        var ids = all.Where(IsParty).Select(c => c.Id).ToList();
        var versions = await db.ConsentVersions.AsNoTracking().Where(v => ids.Contains(v.ConsentId) && v.RecordedAt <= then).ToListAsync(ct);
        return [.. versions.GroupBy(v => v.ConsentId).Select(g => g.MaxBy(v => v.Version)!).OrderBy(v => v.ConsentId.Value)
            .Select(v => JsonSerializer.Deserialize<ConsentGiven>(v.Snapshot, Json.Options)!)
            .Where(c => c.EndedAt is null)]; // as the gate: what had ended by then was not heard

        bool IsParty(ConsentGiven c) => ConsentView.For(caller, c, work.Now) is not null;
    }

    /// <summary>The emergencies and court orders that the caller receives or discloses under: as they are, or as they were recorded by then.</summary>
    async Task<IReadOnlyList<LawfulGround>> LawfulAsync(Caller caller, Guid person, DateTimeOffset? asOf, CancellationToken ct)
    {
        var grounds = asOf is not { } then || then >= work.Now
            ? gate.Lawful(person)
            : await db.LawfulGrounds.AsNoTracking().Where(g => g.PersonId == new Id<Person>(person) && g.RecordedAt <= then && (g.EndedAt == null || g.EndedAt > then)).ToListAsync(ct);
        return [.. grounds.Where(g => g.Recipient == caller.Organisation || g.Discloser == caller.Organisation).OrderBy(g => g.Id).ThenBy(g => g.Recipient, StringComparer.Ordinal)];
    }

    /// <summary>Each under the pack of its own discloser and matter.</summary>
    async Task<IReadOnlyList<(ReliedConsent? Given, Directive Read)>> ReadAsync(Caller caller, Guid person, DateTimeOffset? asOf, long at, Surroundings around, CancellationToken ct)
    {
        if (!_recorded.TryGetValue((person, asOf), out var recorded))
            _recorded[(person, asOf)] = recorded = (await GivenAsync(caller, person, asOf, ct), await LawfulAsync(caller, person, asOf, ct));
        return
        [
            .. recorded.Given.Select(c => ((ReliedConsent?)new ReliedConsent(c.Id.Value, c.Version), StoredConsents.Read(c, packs.For(c.DiscloserJurisdiction, c.MatterJurisdiction, at), at, around))),
            .. recorded.Lawful.Select(g => ((ReliedConsent?)null, StoredConsents.Read(g, packs.For(g.Jurisdiction, null, at)))),
        ];
    }

    static JsonObject Told(Evaluated evaluated) => new() { ["decision"] = EvaluationView.CodeOf(evaluated.Decision), ["pack"] = evaluated.Pack.ToString() };
}

/// <param name="evaluated">null: it is about stored consents, and decided under the person's lock.</param>
internal sealed class Prepared(Inquiry inquiry, Material material, Evaluated? evaluated)
{
    public Inquiry Inquiry => inquiry;

    public Material Material => material;

    public Evaluated? Evaluated => evaluated;
}
