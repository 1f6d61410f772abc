using System.Linq.Expressions;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit;

/// <summary>An entry with its number in the log.</summary>
internal sealed class Numbered
{
    public required long Index { get; init; }
    public required AuditEntry Entry { get; init; }
}

/// <param name="Next">Where the next page begins: behind the entry of this number. null: there is none.</param>
internal sealed record LogPage(IReadOnlyList<Numbered> Found, long? Next);

/// <param name="IsWhole">false: at least so many, and counting ended there.</param>
internal sealed record LogCount(long Number, bool IsWhole);

/// <summary>
/// Finds entries, newest first, in time that does not grow with the log. One filter leads: an index gives its entries in their
/// order, from where the last page ended. What the other filters leave of them is the page; where they leave little, it ends
/// after <see cref="Examined"/> entries, short, and the next goes on from there.
/// </summary>
internal sealed class LogSearch(Db db, EntryBodies bodies)
{
    public const int Examined = 10_000;

    /// <param name="after">The number of an entry: the page begins behind it.</param>
    /// <param name="again">The page begins with it.</param>
    /// <returns>null: no entry has the number <paramref name="after"/>.</returns>
    public async Task<LogPage?> FindAsync(EntryFilter filter, int limit, long? after, CancellationToken ct, bool again = false)
    {
        Key? start = null;
        if (after is { } number && (start = await Number(db.AuditEntries).Where(n => n.Index == number).Select(n => new Key { At = n.Entry.At, Id = n.Entry.Id }).SingleOrDefaultAsync(ct)) is null)
            return null;
        var relied = LedBy(filter) is { } consent ? await ReliedAsync(consent, filter, start, again, limit + 1, ct) : null;
        var (led, rest, byTime) = Lead(filter, start, again, relied);
        var candidates = rest.Count == 0 ? led : Holds(InOrder(led, byTime).Take(Examined), rest);
        var numbered = byTime
            ? Number(candidates, Between(filter, start)).OrderByDescending(n => n.Entry.Id)
            : Number(candidates, db.AuditSequence).OrderByDescending(n => n.Entry.At).ThenByDescending(n => n.Entry.Id);
        var page = await numbered.Take(limit + 1).ToListAsync(ct);
        await bodies.OpenAsync(page.Take(limit).Select(n => n.Entry), ct);
        if (page.Count > limit)
            return new(page[..limit], page[limit - 1].Index);
        if (rest.Count == 0)
            return new(page, null);
        var last = await Number(InOrder(led, byTime).Skip(Examined - 1).Take(1)).Select(n => (long?)n.Index).SingleOrDefaultAsync(ct);
        return new(page, last);
    }

    /// <summary>Of every entry that the filter lets through, those from a number on and before another: for who reads them all and by their numbers.</summary>
    public async Task<List<Numbered>> RangeAsync(EntryFilter filter, long from, long before, int most, CancellationToken ct)
    {
        var (led, rest, _) = Lead(filter, null, false);
        var page = await Number(Holds(led, rest)).Where(n => n.Index >= from && n.Index < before).OrderBy(n => n.Index).Take(most).ToListAsync(ct);
        await bodies.OpenAsync(page.Select(n => n.Entry), ct);
        return page;
    }

    public async Task<Numbered?> ReadAsync(long index, CancellationToken ct) => await OpenedAsync(await Number(db.AuditEntries).SingleOrDefaultAsync(n => n.Index == index, ct), ct);

    public async Task<Numbered?> ReadAsync(Guid id, CancellationToken ct) => await OpenedAsync(await Number(db.AuditEntries).SingleOrDefaultAsync(n => n.Entry.Id == id, ct), ct);

    async Task<Numbered?> OpenedAsync(Numbered? found, CancellationToken ct)
    {
        if (found is not null)
            await bodies.OpenAsync([found.Entry], ct);
        return found;
    }

    /// <param name="most">How many of the leading filter's entries are looked at; null: all.</param>
    public async Task<LogCount> CountAsync(EntryFilter filter, int? most, CancellationToken ct)
    {
        if (filter.IsEmpty)
            return new((await db.AuditSequence.MaxAsync(s => (long?)s.Index, ct) ?? -1) + 1, true);
        var relied = most is not null && LedBy(filter) is { } consent ? await ReliedAsync(consent, filter, null, false, most.Value + 1, ct) : null;
        var (led, rest, byTime) = Lead(filter, null, false, relied);
        if (most is not { } bound)
            return new(await Holds(led, rest).LongCountAsync(ct), true);
        var examined = relied?.Count ?? await InOrder(led, byTime).Take(bound + 1).CountAsync(ct);
        var number = rest.Count == 0 ? Math.Min(examined, bound) : await Holds(InOrder(led, byTime).Take(bound), rest).CountAsync(ct);
        return new(number, examined <= bound);
    }

    /// <summary>
    /// Newest first. By the id alone, whose order is that of time to the millisecond, where no other index leads; elsewhere by the time
    /// first, which only the leading index gives: nothing tempts the database to go through the whole log by its key instead.
    /// </summary>
    static IQueryable<AuditEntry> InOrder(IQueryable<AuditEntry> entries, bool byTime) =>
        byTime ? entries.OrderByDescending(e => e.Id) : entries.OrderByDescending(e => e.At).ThenByDescending(e => e.Id);

    static IQueryable<AuditEntry> Holds(IQueryable<AuditEntry> entries, IReadOnlyList<Expression<Func<AuditEntry, bool>>> rest) =>
        rest.Aggregate(entries, (found, condition) => found.Where(condition));

    IQueryable<Numbered> Number(IQueryable<AuditEntry> entries) => Number(db, entries);

    public static IQueryable<Numbered> Number(Db db, IQueryable<AuditEntry> entries) => Number(entries, db.AuditSequence);

    static IQueryable<Numbered> Number(IQueryable<AuditEntry> entries, IQueryable<AuditSequence> numbers) =>
        entries.AsNoTracking().Join(numbers, e => e.Id, s => s.EntryId, (e, s) => new Numbered { Index = s.Index, Entry = e });

    /// <summary>The numbers of those entries alone whose time is asked for: a database that goes through both in one order begins there.</summary>
    IQueryable<AuditSequence> Between(EntryFilter filter, Key? start)
    {
        var least = filter.From is { } from ? EntryIds.First(from) : Guid.Empty;
        var end = filter.To is { } to ? EntryIds.End(to) : Guid.AllBitsSet;
        var greatest = start?.Id is { } id && id < end ? id : end;
        return db.AuditSequence.Where(s => s.EntryId >= least && s.EntryId <= greatest);
    }

    /// <summary>The entries of the leading filter within the time asked for, from <paramref name="start"/> on; and what is left to ask of them.</summary>
    (IQueryable<AuditEntry> Led, IReadOnlyList<Expression<Func<AuditEntry, bool>>> Others, bool ByTime) Lead(EntryFilter filter, Key? start, bool again, IReadOnlyList<Guid>? relied = null)
    {
        var entries = db.AuditEntries.AsQueryable();
        var rest = new List<Expression<Func<AuditEntry, bool>>>(filter.Where);
        var concerns = filter.Concerns.OrderBy(Breadth).ToList();
        var leads = true;
        if (filter.Ids is { } ids)
            Take(e => ids.Contains(e.Id));
        if (leads && concerns is [var first, ..])
        {
            (entries, leads) = (relied is null ? Concerned(first) : Among(relied), false);
            concerns.RemoveAt(0);
        }
        foreach (var concern in concerns)
            rest.Add(IsConcerned(concern));
        if (filter.Actors is [var actor])
            Take(e => e.Actor == actor);
        else if (filter.Actors is { } actors)
            rest.Add(e => actors.Contains(e.Actor!));
        if (filter.Outcomes is [var outcome] && outcome != Outcomes.Permitted)
            Take(e => e.Outcome == outcome && e.Outcome != Outcomes.Permitted); // the second is the index's own condition
        else if (filter.Outcomes is { } outcomes)
            rest.Add(e => outcomes.Contains(e.Outcome));
        if (filter.Clients is [var client])
            Take(e => e.Client == client);
        else if (filter.Clients is { } clients)
            rest.Add(e => clients.Contains(e.Client));
        if (filter.Organisations is [var organisation])
            Take(e => e.Organisation == organisation);
        else if (filter.Organisations is { } organisations)
            rest.Add(e => organisations.Contains(e.Organisation));
        if (filter.Actions is { } actions)
            rest.Add(e => actions.Contains(e.Action));
        if (filter.Operations is { } operations)
            rest.Add(e => operations.Contains(e.Operation));
        return (From(entries.Within(filter.From, filter.To), start, again, leads), rest, leads);

        void Take(Expression<Func<AuditEntry, bool>> condition)
        {
            if (leads)
                (entries, leads) = (entries.Where(condition), false);
            else
                rest.Add(condition);
        }
    }

    /// <summary>Of several, the one with fewest entries leads: a consent has fewer than its person.</summary>
    static int Breadth(Concern c) => c.Persons.Count > 0 ? 2 : c.Resources.Count > 0 ? 1 : 0;

    /// <summary>The consent that leads a search, where one does.</summary>
    static Guid? LedBy(EntryFilter filter) =>
        filter.Ids is null && filter.Concerns.OrderBy(Breadth).FirstOrDefault() is { Persons: [], Consents: [var consent], Resources: [] } ? consent : null;

    /// <summary>
    /// What rests on a consent, from where the page begins: ids first, and the entries by them. Joined, a planner that knows nothing of how
    /// the two tables go together reads the whole log for them.
    /// </summary>
    /// <param name="enough">Of entries with a number, where nothing else is asked of them.</param>
    async Task<IReadOnlyList<Guid>> ReliedAsync(Guid consent, EntryFilter filter, Key? start, bool again, int enough, CancellationToken ct)
    {
        var relied = db.AuditConsents.Where(r => r.ConsentId == consent);
        if (filter.From is { } from)
            relied = relied.Where(r => r.At >= from);
        if (filter.To is { } to)
            relied = relied.Where(r => r.At < to);
        if (start is { At: var at, Id: var id })
            relied = relied.Where(r => r.At <= at).Where(again ? r => r.At < at || r.EntryId <= id : r => r.At < at || r.EntryId < id);
        var alone = (filter with { Concerns = [], From = null, To = null }).IsEmpty && filter.Concerns.Count == 1;
        var sequence = db.AuditSequence;
        var ordered = (alone ? relied.Where(r => sequence.Any(s => s.EntryId == r.EntryId)) : relied).OrderByDescending(r => r.At).ThenByDescending(r => r.EntryId);
        return await ordered.Select(r => r.EntryId).Take(alone ? enough : Math.Max(Examined, enough)).ToListAsync(ct);
    }

    IQueryable<AuditEntry> Among(IReadOnlyList<Guid> ids)
    {
        var (least, greatest) = ids.Count == 0 ? default : (ids.Min(), ids.Max());
        return db.AuditEntries.Where(e => ids.Contains(e.Id) && e.Id >= least && e.Id <= greatest);
    }

    IQueryable<AuditEntry> Concerned(Concern c)
    {
        switch (c)
        {
            case { Persons: [var person], Consents: [], Resources: [] }:
                return db.AuditEntries.Where(e => e.Person == person);
            case { Persons: [], Consents: [], Resources: [var resource] }:
                return db.AuditEntries.Where(e => e.ResourceId == resource);
        }
        var keys = new List<IQueryable<Guid>>();
        var (persons, consents, resources) = (c.Persons, c.Consents, c.Resources);
        if (persons.Count > 0)
            keys.Add(db.AuditEntries.Where(e => persons.Contains(e.Person!.Value)).Select(e => e.Id));
        if (consents.Count > 0)
            keys.Add(db.AuditConsents.Where(r => consents.Contains(r.ConsentId)).Select(r => r.EntryId));
        if (resources.Count > 0)
            keys.Add(db.AuditEntries.Where(e => resources.Contains(e.ResourceId!)).Select(e => e.Id));
        if (keys.Count == 0)
            return db.AuditEntries.Where(e => false);
        return keys.Aggregate((all, more) => all.Union(more)).Join(db.AuditEntries, id => id, e => e.Id, (_, e) => e);
    }

    Expression<Func<AuditEntry, bool>> IsConcerned(Concern c)
    {
        var (persons, consents, resources, relied) = (c.Persons, c.Consents, c.Resources, db.AuditConsents);
        return e => persons.Contains(e.Person!.Value) || resources.Contains(e.ResourceId!)
            || relied.Any(r => consents.Contains(r.ConsentId) && r.At == e.At && r.EntryId == e.Id);
    }

    static IQueryable<AuditEntry> From(IQueryable<AuditEntry> entries, Key? start, bool again, bool byTime)
    {
        if (start is not { At: var at, Id: var id })
            return entries;
        if (byTime)
            return again ? entries.Where(e => e.Id <= id) : entries.Where(e => e.Id < id);
        entries = entries.Until(at); // by itself, for the index and the months
        return again ? entries.Where(e => e.At < at || e.Id <= id) : entries.Where(e => e.At < at || e.Id < id);
    }

    sealed class Key
    {
        public required DateTimeOffset At { get; init; }
        public required Guid Id { get; init; }
    }
}
