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
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent;

/// <summary>
/// Answers questions. About consents that came with them, on nothing else. About a stored person, on the consents that the caller
/// is party to: it learns nothing that it could not read itself, and whom it does not know is answered like who is not there (P6).
/// </summary>
internal sealed class Inquiries(
    WhenAsked<Db> db, WhenAsked<Work> work, Clock clock, WhenAsked<Gate> gate, Trail trail, PackShelf packs, KnownDirectives directives, Organisations organisations, WhenAsked<PersonRegister> persons, Together<JointInquiry, Asking, Evaluated> together)
{
    // Made when needed: what is asked in company is answered by another.
    Dictionary<(string Organisation, Guid Person, DateTimeOffset? AsOf), (IReadOnlyList<ConsentGiven> Given, IReadOnlyList<LawfulGround> Lawful)> Recorded => field ??= [];
    Dictionary<Prepared, Guid?> Persons => field ??= [];

    /// <summary>Answers a request that asks one question: with whatever else is asked at this moment, unless something has to be looked up for it first.</summary>
    public Task<IResult> AskAsync<T>(Call call, Func<JsonElement, Answer<Inquiry>> read, Func<Evaluated, Inquiry, T> view, CancellationToken ct) where T : class
    {
        return call.AskAsync<Prepared, T>(body => PrepareAsync(call.Caller, read(body), ct), AloneAsync, ct, Inquiry.MaxDepth, InCompanyAsync);

        async Task<Answer<T>> AloneAsync(Prepared prepared)
        {
            await OpenAsync(call.Caller, [prepared], ct);
            return view(await AnswerAsync(call.Caller, prepared, ct), prepared.Inquiry);
        }

        async Task<Answer<T>> InCompanyAsync(Prepared prepared)
        {
            if (prepared.Inquiry is { Identifiers.Count: > 0 } or { Person: not null, AsOf: not null })
                return await work.Value.RunAsync(() => AloneAsync(prepared), ct);
            var answer = await together.AskAsync(new(call.Caller, prepared), about: prepared.Inquiry.Person ?? default, ct);
            trail.IsWritten();
            return view(answer.Value!, prepared.Inquiry);
        }
    }

    /// <summary>Before the transaction: reads and, where everything came along, decides. However long that takes, nobody waits for it.</summary>
    public async Task<Answer<Prepared>> PrepareAsync(Caller caller, Answer<Inquiry> read, CancellationToken ct)
    {
        if (read.Refusal is { } notUnderstood)
            return notUnderstood;
        var inquiry = read.Value!;
        var zone = inquiry.HasDates ? (await organisations.RecallAsync(caller.Organisation, ct))?.Zone : null;
        var material = inquiry.Read(clock.Now, zone ?? TimeZoneInfo.Utc, packs);
        if (material.Refusal is { } refusal)
            return refusal;
        var it = material.Value!;
        return new Prepared(inquiry, it, inquiry.IsOfStored ? null : Evaluator.Evaluate(it.Consents, it.Question, it.Items, it.Pack).Explained());
    }

    /// <summary>Opens the gate for everybody whom these questions are about, at once: locks are taken in one order.</summary>
    public async Task OpenAsync(Caller caller, IReadOnlyList<Prepared> all, CancellationToken ct)
    {
        Persons.Clear();
        foreach (var prepared in all.Where(p => p.Evaluated is null))
            Persons[prepared] = prepared.Inquiry.Person ?? await FindAsync(caller, prepared.Inquiry, ct);
        await OpenAsync(wait: true, ct);
    }

    /// <summary>The same, of several callers, who name persons by their ids.</summary>
    /// <param name="wait">For locks that others hold. Else some questions may be left that cannot be answered: <see cref="IsOpen"/>.</param>
    public async Task OpenAsync(IReadOnlyList<Asking> all, bool wait, CancellationToken ct)
    {
        Persons.Clear();
        foreach (var (_, prepared) in all.Where(a => a.Prepared.Evaluated is null))
            Persons[prepared] = prepared.Inquiry.Person;
        await OpenAsync(wait, ct);
    }

    async Task OpenAsync(bool wait, CancellationToken ct)
    {
        Recorded.Clear();
        var asked = Persons.Values.OfType<Guid>().Distinct().ToList();
        if (asked.Count > 0)
            await gate.Value.OpenAsync(asked, wait, [], ct);
    }

    /// <summary>Of whom there is nobody, there is nothing to wait for.</summary>
    public bool IsOpen(Prepared prepared) => Persons.GetValueOrDefault(prepared) is not { } person || gate.Value.IsOpen(person) || !gate.Value.Knows(person);

    /// <summary>Within the transaction: decides on what is stored, under the person's lock, and records that it did (P2, P3).</summary>
    public async Task<Evaluated> AnswerAsync(Caller caller, Prepared prepared, CancellationToken ct)
    {
        var (inquiry, material) = (prepared.Inquiry, prepared.Material);
        if (prepared.Evaluated is { } evaluated)
        {
            trail.Write(caller, new(Actions.Query, inquiry.Operation) { Details = Told(evaluated) });
            return evaluated;
        }
        var asked = Persons[prepared];
        var person = asked is { } named && gate.Value.Knows(named) ? asked : null;
        var question = material.Question with { At = (inquiry.AsOf ?? work.Value.Now).UtcTicks };
        var consents = person is { } id ? await ReadAsync(caller, id, inquiry.AsOf, question.At, material.Surroundings, ct) : [];
        var answer = Evaluator.Evaluate([.. consents.Select(c => c.Read)], question, material.Items, material.Pack);
        var details = Told(answer);
        var relied = new List<ReliedConsent>(1);
        foreach (var (given, read) in consents)
            if (read == answer.DecidedBy && given is not null)
                relied.Add(given);
            else if (read == answer.DecidedBy)
                details["decidedBy"] = read.Reference;
        if (asked is not null)
            details["asked"] = asked.Value.ToString("D");
        trail.Write(caller, new(Actions.Query, inquiry.Operation, answer.Decision is Decision.Permit ? Outcomes.Permitted : Outcomes.Denied)
        {
            Person = person,
            Consents = relied,
            Details = details,
        });
        return answer;
    }

    /// <summary>Identifiers that name two persons name nobody: the exchange does not guess who somebody is.</summary>
    async Task<Guid?> FindAsync(Caller caller, Inquiry inquiry, CancellationToken ct) =>
        await persons.Value.KnownByAsync(caller.Organisation, inquiry.Identifiers, ct) is [var only] ? only : null;

    /// <summary>What the caller is party to, as it is or as it was recorded by then (P7); each under the pack of its own discloser and matter.</summary>
    async Task<IReadOnlyList<(ReliedConsent? Given, Directive Read)>> ReadAsync(Caller caller, Guid person, DateTimeOffset? asOf, long at, Surroundings around, CancellationToken ct)
    {
        if (!Recorded.TryGetValue((caller.Organisation, person, asOf), out var recorded))
            Recorded[(caller.Organisation, person, asOf)] = recorded = asOf is { } then && then < work.Value.Now
                ? (await GivenByAsync(caller, new(person), then, ct), await LawfulByAsync(caller, new(person), then, ct))
                : (Their(caller, gate.Value.Consents(person)), Their(caller, gate.Value.Lawful(person)));
        var read = new List<(ReliedConsent?, Directive)>(recorded.Given.Count + recorded.Lawful.Count);
        foreach (var consent in recorded.Given)
            read.Add((new(consent.Id.Value, consent.Version), directives.Read(consent, at, around)));
        foreach (var ground in recorded.Lawful)
            read.Add((null, directives.Read(ground, at)));
        return read;
    }

    async Task<List<ConsentGiven>> GivenByAsync(Caller caller, Id<Person> person, DateTimeOffset then, CancellationToken ct)
    {
        var all = Their(caller, await db.Value.Consents.AsNoTracking().Where(c => c.PersonId == person).ToListAsync(ct)); // those that have ended since were in force then
        var ids = all.ConvertAll(c => c.Id);
        var versions = await db.Value.ConsentVersions.AsNoTracking().Where(v => ids.Contains(v.ConsentId) && v.RecordedAt <= then).ToListAsync(ct);
        return [.. versions.GroupBy(v => v.ConsentId).Select(g => g.MaxBy(v => v.Version)!).OrderBy(v => v.ConsentId.Value)
            .Select(v => JsonSerializer.Deserialize<ConsentGiven>(v.Snapshot, Json.Options)!)
            .Where(c => c.EndedAt is null)]; // as the gate: what had ended by then was not heard
    }

    async Task<List<LawfulGround>> LawfulByAsync(Caller caller, Id<Person> person, DateTimeOffset then, CancellationToken ct) => Their(
        caller, await db.Value.LawfulGrounds.AsNoTracking().Where(g => g.PersonId == person && g.RecordedAt <= then && (g.EndedAt == null || g.EndedAt > then)).ToListAsync(ct));

    /// <summary>The consents that the caller is party to.</summary>
    static List<ConsentGiven> Their(Caller caller, IEnumerable<ConsentGiven> consents)
    {
        var own = new List<ConsentGiven>();
        foreach (var consent in consents)
            if (ConsentView.IsParty(caller, consent))
                own.Add(consent);
        own.Sort((a, b) => a.Id.Value.CompareTo(b.Id.Value));
        return own;
    }

    /// <summary>The emergencies and court orders that the caller receives or discloses under.</summary>
    static List<LawfulGround> Their(Caller caller, IEnumerable<LawfulGround> grounds)
    {
        var own = new List<LawfulGround>();
        foreach (var ground in grounds)
            if (ground.Recipient == caller.Organisation || ground.Discloser == caller.Organisation)
                own.Add(ground);
        own.Sort((a, b) => a.Id != b.Id ? a.Id.CompareTo(b.Id) : string.CompareOrdinal(a.Recipient, b.Recipient));
        return own;
    }

    static JsonObject Told(Evaluated evaluated) => new() { ["decision"] = EvaluationView.CodeOf(evaluated.Decision), ["pack"] = evaluated.Pack.ToString() };
}

/// <summary>A question of one of several callers.</summary>
internal sealed record Asking(Caller Caller, Prepared Prepared);

/// <summary>The unit of work of questions that are answered together.</summary>
internal sealed class JointInquiry(Work work, Inquiries inquiries) : IJoint<Asking, Evaluated>
{
    public async Task<IReadOnlyList<Answer<Evaluated>?>> DecideAsync(IReadOnlyList<Asking> asked, bool wait, CancellationToken ct) =>
        (await work.RunAsync<List<Answer<Evaluated>?>>(async () =>
        {
            await inquiries.OpenAsync(asked, wait, ct);
            var answers = new List<Answer<Evaluated>?>();
            foreach (var (caller, prepared) in asked)
                answers.Add(inquiries.IsOpen(prepared) ? (Answer<Evaluated>?)await inquiries.AnswerAsync(caller, prepared, ct) : null);
            return answers;
        }, ct)).Value!;
}

/// <param name="evaluated">null: it is about stored consents, and decided under the person's lock.</param>
internal sealed class Prepared(Inquiry inquiry, Material material, Evaluated? evaluated)
{
    public Inquiry Inquiry => inquiry;

    public Material Material => material;

    public Evaluated? Evaluated => evaluated;
}
