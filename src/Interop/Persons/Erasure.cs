using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Contracts;
using Interop.Directory;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Events;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Persons;

/// <summary>Whether the law allows it. Asked here, answered by the packs.</summary>
internal interface IErasureLaw
{
    /// <summary>The refusal that names the pack and its rule; null: it is allowed.</summary>
    Refusal? Refuses(Organisation keeper, DateTimeOffset at);
}

/// <summary>
/// Erases a person: everything that the modules keep of them is deleted, and their key destroyed, which closes for ever what can
/// only be added to. What stays is the log's skeleton, see README.md.
/// </summary>
internal sealed class Erasure(Db db, Engine engine, Work work, PersonKeys keys, ErasureList list, IEnumerable<IErasure> modules, EventLog events, Trail trail)
{
    /// <summary>In the caller's unit of work, which holds the person's lock alone, and gives up where this is refused.</summary>
    public async Task<Refusal?> EraseAsync(Person person, Caller by, Erased erased, CancellationToken ct)
    {
        var parties = await db.PersonParties.Where(p => p.PersonId == person.Id).Select(p => p.Organisation).ToListAsync(ct);
        var ids = new List<Guid>();
        foreach (var module in modules.Reverse()) // who refers to others was added after them
            ids.AddRange(await module.EraseAsync(person.Id.Value, ct));
        await EraseKeys.EraseAsync(db, ids, ct);
        await keys.DestroyAsync(person.Id.Value, erased.By, erased.At, ct);
        trail.Write(by, new(Actions.Delete, "person.erase")
        {
            Person = person.Id.Value,
            ResourceType = "Person",
            ResourceId = person.Id.ToString(),
            Ground = by.Organisation == person.KeptBy ? Grounds.Authorship : null,
            Details = new JsonObject { ["by"] = erased.By, ["records"] = ids.Count },
        });
        await events.RecordAsync(EventTypes.PersonErased, $"persons/{person.Id}", 1, person.Id.Value, [person.KeptBy, .. parties], null, new PersonErasedEventData(person.Id.Value), ct);
        await work.SaveAsync(ct);
        return list.TryAdd(erased) ? null : new(503, "unavailable") { RetryAfter = TimeSpan.FromMinutes(1) };
    }

    /// <summary>Once more, those whom a backup that was put back has brought back. Returns how many.</summary>
    public async Task<int> EraseAgainAsync(CancellationToken ct)
    {
        var back = 0;
        foreach (var chunk in list.All().Chunk(500))
        {
            var ids = chunk.Select(e => new Id<Person>(e.Person)).ToList();
            var there = await db.Persons.AsNoTracking().Where(p => ids.Contains(p.Id)).Select(p => p.Id).ToListAsync(ct);
            foreach (var erased in chunk.Where(e => there.Contains(new(e.Person))))
            {
                await work.RunAsync<Nothing>(async () =>
                {
                    await work.LockAsync([erased.Person], exclusive: true, ct);
                    if (await db.Persons.AsNoTracking().SingleOrDefaultAsync(p => p.Id == new Id<Person>(erased.Person), ct) is { } person)
                        await EraseAsync(person, Caller.Exchange, erased, ct); // it is listed
                    return new Nothing();
                }, ct);
                back++;
            }
        }
        if (back > 0)
            await engine.ScrubAsync(db, ct);
        return back;
    }
}
