using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Consent;
using Interop.Consent.WithoutConsent;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Referrals;

/// <param name="Matter">A matter's number or id.</param>
internal sealed record ReferralFilter(string? Status = null, string? Matter = null, string? Intercept = null, Guid? Person = null, DateTimeOffset? UpdatedSince = null, IReadOnlyList<Guid>? Ids = null)
{
    /// <summary>Any of these statuses.</summary>
    public IReadOnlyList<string>? Statuses { get; init; }

    /// <summary>Any of these persons.</summary>
    public IReadOnlyList<Guid>? Persons { get; init; }

    /// <summary>Referred by any of these.</summary>
    public IReadOnlyList<string>? Referrers { get; init; }

    /// <summary>Asked of any of these.</summary>
    public IReadOnlyList<string>? Providers { get; init; }

    /// <summary>What else must hold, of the referral as the caller sees it.</summary>
    public Func<Referral, Seen, bool>? Where { get; init; }
}

/// <summary>A referral and what the caller may be told of it.</summary>
internal sealed record Sighted(Disclosure Disclosure, ReferralRecord Record)
{
    /// <summary>What the caller itself wrote of it, where that was asked for.</summary>
    public Kept? Kept { get; init; }
}

/// <summary>A page of what was looked for.</summary>
/// <param name="Total">How many the caller may see in all, this page and those before and after it; null where that was not counted.</param>
internal sealed record Found<T>(IReadOnlyList<T> Shown, bool More, int? Total);

/// <summary>How far a search counts what it found.</summary>
internal enum Counting
{
    None,

    /// <summary>Up to <see cref="ReferralSight.CountedAtMost"/>, and beyond that not at all.</summary>
    Bounded,
    Whole,
}

/// <summary>Referrals as the caller of this request may see them: every read, by whichever face, goes through here.</summary>
internal sealed class ReferralSight(Call call, WhenAsked<Db> db, WhenAsked<Gate> gate, ReferralReader reader, Together<JointReading, Reading, Sighted> together, Trail trail)
{
    public const int CountedAtMost = 1000;
    const int Chunk = 500;
    const int PersonChunk = 100;

    public ReferralView View(Disclosure disclosure, ReferralRecord record) => reader.View(disclosure, record, call.NoticeLanguage);

    public RedisclosureNotice? NoticeOf(Disclosure disclosure) => RedisclosureNotice.For(disclosure, call.NoticeLanguage);

    /// <summary>
    /// One referral through the gate, decided with whatever else is read at this moment and recorded, when this returns; 404 whether
    /// it is not there or not for the caller.
    /// </summary>
    /// <param name="kept">The type of what the caller may have written of it, where the view needs that.</param>
    public async Task<Answer<T>> ReadAsync<T>(Id<Referral> id, Record record, Func<Sighted, T> view, CancellationToken ct, string? kept = null)
    {
        var answer = await together.AskAsync(new(call.Caller, id, record, kept), about: id.Value, ct);
        if (answer.Refusal is { } refusal)
            return refusal;
        trail.IsWritten();
        return view(answer.Value!);
    }

    /// <summary>
    /// A page of what the caller may see, filled over whatever it may not: neither its length nor its cursor nor its total tells
    /// of that. One entry for the query, in which what was withheld is named, and one for each referral shown.
    /// </summary>
    /// <param name="query">What the log says of the query; of what is shown it says the same, as a read.</param>
    public async Task<Found<Sighted>> FindAsync(ReferralFilter filter, int limit, Guid? after, Record query, CancellationToken ct, Counting counting = Counting.None)
    {
        var shown = new List<Sighted>();
        var withheld = new HashSet<string>();
        var matters = filter.Matter is { } matter ? await MattersAsync(matter, ct) : null;
        var more = false;
        for (var last = after; !more;)
        {
            var candidates = await CandidatesAsync(filter, matters, last, limit + 1, ct);
            if (candidates.Count == 0)
                break;
            last = candidates[^1].Id.Value;
            await gate.Value.OpenAsync(candidates.Select(c => c.PersonId.Value), ct);
            foreach (var record in await reader.LoadAsync(candidates, ct))
            {
                if (gate.Value.Decide(call.Caller.Organisation, call.Caller.Kind, record.Referral.Facts) is not { } disclosure)
                    withheld.Add(record.Referral.Id.ToString());
                else if (Matches(filter, record.Referral, Seen.Of(disclosure, record.Entries)))
                {
                    more = shown.Count == limit;
                    if (more)
                        break;
                    shown.Add(new(disclosure, record));
                }
            }
            if (candidates.Count <= limit)
                break;
        }
        int? total = counting == Counting.None ? null
            : after is null && !more ? shown.Count
            : await CountAsync(filter, matters, counting, withheld, ct);
        Record(query, shown.Count, withheld);
        foreach (var sighted in shown)
            gate.Value.Record(call.Caller, sighted.Disclosure, sighted.Record.Referral.Facts, query with { Action = Actions.Read });
        return new(shown, more, total);
    }

    /// <summary>
    /// A page of the persons whose referrals the caller may see whole, each with those referrals, by the same rules. Entries as for
    /// referrals, one for each person shown.
    /// </summary>
    public async Task<Found<IReadOnlyList<Sighted>>> FindPersonsAsync(
        IReadOnlyList<Guid>? named, Func<IReadOnlyList<Sighted>, bool> matches, int limit, Guid? after, Record query, CancellationToken ct, Counting counting = Counting.None)
    {
        var shown = new List<IReadOnlyList<Sighted>>();
        var withheld = new List<string>();
        var (more, total) = (false, 0);
        for (Guid? last = counting == Counting.None ? after : null; ;)
        {
            var persons = await PersonsAsync(named, last, counting == Counting.None ? limit + 1 : Math.Max(limit + 1, PersonChunk), ct);
            if (persons.Count == 0)
                break;
            last = persons[^1].Value;
            var whole = await WholeAsync(persons, ct);
            foreach (var person in persons)
            {
                var seen = whole[person].ToList();
                if (seen.Count == 0)
                    withheld.Add(person.ToString());
                else if (matches(seen))
                {
                    total++;
                    if (!IsAfter(person.Value, after))
                        continue;
                    more |= shown.Count == limit;
                    if (!more)
                        shown.Add(seen);
                }
            }
            if (more && (counting == Counting.None || (counting == Counting.Bounded && total > CountedAtMost)))
                break;
        }
        Record(query, shown.Count, withheld);
        foreach (var sighted in shown)
            gate.Value.Record(call.Caller, sighted[0].Disclosure, sighted[0].Record.Referral.Facts, query with
            {
                Action = Actions.Read,
                ResourceId = sighted[0].Record.Referral.PersonId.ToString(),
            });
        return new(shown, more, counting == Counting.None || (counting == Counting.Bounded && total > CountedAtMost) ? null : total);
    }

    /// <summary>One person's referrals that the caller may see whole, recorded as one; 404 where there are none.</summary>
    public async Task<Answer<IReadOnlyList<Sighted>>> ShowPersonAsync(Id<Person> person, Record record, CancellationToken ct)
    {
        if ((await PersonsAsync([person.Value], null, 1, ct)).Count == 0)
            return Refusal.NotFound;
        var seen = (await WholeAsync([person], ct))[person].ToList();
        if (seen.Count == 0)
            return gate.Value.Denied(person.Value, "Person", person.Value);
        gate.Value.Record(call.Caller, seen[0].Disclosure, seen[0].Record.Referral.Facts, record with { ResourceId = person.ToString() });
        return seen;
    }

    async Task<ILookup<Id<Person>, Sighted>> WholeAsync(IReadOnlyList<Id<Person>> persons, CancellationToken ct)
    {
        var filter = new ReferralFilter { Persons = [.. persons.Select(p => p.Value)] };
        var candidates = await CandidatesAsync(filter, null, null, null, ct);
        await gate.Value.OpenAsync(filter.Persons!, ct);
        var seen = new List<Sighted>();
        foreach (var record in await reader.LoadAsync(candidates, ct))
            if (gate.Value.Decide(call.Caller.Organisation, call.Caller.Kind, record.Referral.Facts) is { Standing: Standing.Provider or Standing.Emergency } disclosure)
                seen.Add(new(disclosure, record));
        return seen.ToLookup(s => s.Record.Referral.PersonId);
    }

    /// <summary>The same decisions as for a page, without reading what a page shows.</summary>
    async Task<int?> CountAsync(ReferralFilter filter, IReadOnlyList<Id<Matter>>? matters, Counting counting, HashSet<string> withheld, CancellationToken ct)
    {
        var total = 0;
        for (Guid? last = null; ;)
        {
            var candidates = await CandidatesAsync(filter, matters, last, Chunk, ct);
            if (candidates.Count == 0)
                return total;
            last = candidates[^1].Id.Value;
            await gate.Value.OpenAsync(candidates.Select(c => c.PersonId.Value), ct);
            foreach (var (referral, entries) in await reader.LoadEntriesAsync([.. candidates.Select(c => c.Id)], ct))
                if (gate.Value.Decide(call.Caller.Organisation, call.Caller.Kind, referral.Facts) is not { } disclosure)
                    withheld.Add(referral.Id.ToString());
                else if (Matches(filter, referral, Seen.Of(disclosure, entries)))
                    total++;
            if (counting == Counting.Bounded && total > CountedAtMost)
                return null;
            if (candidates.Count < Chunk)
                return total;
        }
    }

    async Task<IReadOnlyList<Referral>> CandidatesAsync(ReferralFilter filter, IReadOnlyList<Id<Matter>>? matters, Guid? after, int? count, CancellationToken ct)
    {
        var rows = Own(after is { } id ? db.Value.Referrals.FromSql($"select * from referrals where id < {id}") : db.Value.Referrals);
        if (matters is not null)
            rows = rows.Where(r => matters.Contains(r.MatterId));
        if (filter.Intercept is { } intercept)
            rows = rows.Where(r => r.Intercept == intercept);
        if (filter.Person is { } person)
            rows = rows.Where(r => r.PersonId == new Id<Person>(person));
        if (filter.UpdatedSince is { } since)
            rows = rows.Where(r => r.UpdatedAt >= since);
        if (filter.Ids is { } named)
        {
            var ids = named.Select(n => new Id<Referral>(n)).ToList();
            rows = rows.Where(r => ids.Contains(r.Id));
        }
        if (filter.Persons is { } of)
        {
            var persons = of.Select(n => new Id<Person>(n)).ToList();
            rows = rows.Where(r => persons.Contains(r.PersonId));
        }
        if (filter.Referrers is { } referrers)
            rows = rows.Where(r => referrers.Contains(r.Referrer));
        if (filter.Providers is { } providers)
            rows = rows.Where(r => providers.Contains(r.Provider));
        // What is seen never runs ahead of what is: care sees the status as it is, justice may see an earlier one.
        if (filter.Status is { } status && call.Caller.Kind.IsCare)
            rows = rows.Where(r => r.Status == status);
        if (filter.Statuses is { } statuses && call.Caller.Kind.IsCare)
            rows = rows.Where(r => statuses.Contains(r.Status));
        rows = rows.OrderByDescending(r => r.Id);
        return await (count is { } most ? rows.Take(most) : rows).ToListAsync(ct);
    }

    async Task<IReadOnlyList<Id<Person>>> PersonsAsync(IReadOnlyList<Guid>? named, Guid? after, int count, CancellationToken ct)
    {
        var rows = Own(after is { } id ? db.Value.Referrals.FromSql($"select * from referrals where person_id < {id}") : db.Value.Referrals);
        if (named is not null)
        {
            var persons = named.Select(n => new Id<Person>(n)).ToList();
            rows = rows.Where(r => persons.Contains(r.PersonId));
        }
        return await rows.Select(r => r.PersonId).Distinct().OrderByDescending(p => p).Take(count).ToListAsync(ct);
    }

    /// <summary>What may be the caller's to see; the gate decides whether it is.</summary>
    IQueryable<Referral> Own(IQueryable<Referral> referrals)
    {
        var own = call.Caller.Organisation;
        var known = db.Value.PersonParties.Where(p => p.Organisation == own).Select(p => p.PersonId);
        var opened = db.Value.LawfulGrounds.Where(g => g.Recipient == own && g.EndedAt == null && g.Kind == Grounds.Emergency).Select(g => g.PersonId);
        return call.Caller.Kind.IsCare
            ? referrals.AsNoTracking().Where(r => r.Status != Statuses.AwaitingConsent && (r.Provider == own || opened.Contains(r.PersonId)))
            : referrals.AsNoTracking().Where(r => r.Referrer == own || known.Contains(r.PersonId));
    }

    void Record(Record query, int shown, IReadOnlyCollection<string> withheld)
    {
        var details = query.Details?.DeepClone().AsObject() ?? [];
        details["shown"] = shown;
        details["withheld"] = new JsonArray([.. withheld.Select(w => (JsonNode)w)]);
        trail.Write(call.Caller, query with { Details = details });
    }

    async Task<IReadOnlyList<Id<Matter>>> MattersAsync(string text, CancellationToken ct) =>
        Guid.TryParseExact(text, "D", out var id)
            ? [new(id)]
            : await db.Value.Matters.AsNoTracking().Where(m => m.Number == text).Select(m => m.Id).ToListAsync(ct);

    static bool Matches(ReferralFilter filter, Referral referral, Seen seen) =>
        (filter.Status is null || seen.Status == filter.Status)
        && filter.Statuses?.Contains(seen.Status) is not false
        && (filter.UpdatedSince is null || seen.UpdatedAt >= filter.UpdatedSince)
        && filter.Where?.Invoke(referral, seen) is not false;

    /// <summary>UUIDs compare by their bytes in order, here as in both databases.</summary>
    static bool IsAfter(Guid person, Guid? cursor) => cursor is not { } c || string.CompareOrdinal(person.ToString("N"), c.ToString("N")) < 0;
}
