using System.Security.Cryptography;
using Interop.Platform.Engines;
using Microsoft.EntityFrameworkCore;

namespace Interop.Platform;

/// <summary>
/// The key of one person's data, itself sealed by a <see cref="SecretBox"/>. Destroyed, the row stays and says so: nobody reads
/// again what was sealed under it, and no other takes its place.
/// </summary>
internal sealed class PersonKey
{
    public required Guid PersonId { get; init; }

    /// <summary>null: destroyed.</summary>
    public byte[]? Box { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ErasedAt { get; set; }

    /// <summary>The organisation that kept the person's record and had it erased.</summary>
    public string? ErasedBy { get; set; }
}

/// <summary>A row that is about a person and is sealed under that person's key before it is written.</summary>
internal interface IPersonal
{
    /// <summary>null: about nobody, and written as it is.</summary>
    Guid? Person { get; }

    void Seal(byte[] key);
}

/// <summary>
/// Seals and opens what is about persons. To open, the key is read in the unit of work that opens, so that what was erased is
/// unreadable on every node from then on. To seal, a key that was once seen is good: what was sealed under a destroyed one is lost,
/// as it should be.
/// </summary>
internal sealed class PersonKeys(Db db, Engine engine, SecretBox box, KnownPersonKeys known)
{
    readonly Dictionary<Guid, byte[]> _own = [];

    /// <summary>The key of a person who is new in this unit of work. The row goes where the person's goes.</summary>
    public PersonKey New(Guid person, DateTimeOffset now)
    {
        var key = RandomNumberGenerator.GetBytes(32);
        _own[person] = key;
        return new() { PersonId = person, Box = box.Seal(Convert.ToBase64String(key), Context(person)), CreatedAt = now };
    }

    /// <summary>Asks for those keys that this process has not seen, on the way of something else that is asked.</summary>
    public IReadOnlyList<Select<PersonKey>> Missing(IEnumerable<Guid> persons) =>
        persons.Where(p => !_own.ContainsKey(p) && known.Find(p) is null).ToList() is { Count: > 0 } missing ? [new("box is not null and person_id", missing)] : [];

    public void Take(IEnumerable<Select<PersonKey>> asked)
    {
        foreach (var key in asked.SelectMany(a => a.Rows))
            known.Add(key.PersonId, Open(key));
    }

    /// <summary>Seals the rows of all whose key there is. Of somebody unknown, or erased, the exchange has nothing to hide.</summary>
    public async Task SealAsync(IEnumerable<IPersonal> rows, CancellationToken ct)
    {
        var about = rows.Where(r => r.Person is not null).ToList();
        var missing = about.Select(r => r.Person!.Value).Distinct().Where(p => !_own.ContainsKey(p) && known.Find(p) is null).ToList();
        if (missing.Count > 0)
            foreach (var (person, key) in await OpenAsync(missing, ct))
                known.Add(person, key);
        foreach (var row in about)
            if ((_own.GetValueOrDefault(row.Person!.Value) ?? known.Find(row.Person.Value)) is { } key)
                row.Seal(key);
    }

    /// <summary>The keys of those of these persons who have one, as the database has them now.</summary>
    public async Task<IReadOnlyDictionary<Guid, byte[]>> OpenAsync(IReadOnlyCollection<Guid> persons, CancellationToken ct)
    {
        if (persons.Count == 0)
            return new Dictionary<Guid, byte[]>();
        var rows = await db.PersonKeys.AsNoTracking().Where(k => persons.Contains(k.PersonId) && k.Box != null).ToListAsync(ct);
        return rows.ToDictionary(k => k.PersonId, Open);
    }

    /// <summary>Destroys the key, in the caller's unit of work, which holds the person's lock alone.</summary>
    public async Task DestroyAsync(Guid person, string by, DateTimeOffset now, CancellationToken ct)
    {
        var row = (await engine.TakeAsync(db.PersonKeys, "select * from person_keys where person_id = {0}", person, ct)).SingleOrDefault();
        if (row is null)
            db.PersonKeys.Add(row = new() { PersonId = person, CreatedAt = now });
        (row.Box, row.ErasedAt, row.ErasedBy) = (null, now, by);
        await db.SaveChangesAsync(ct); // for whoever in this unit of work asks for it next
        _own.Remove(person);
        known.Forget(person);
    }

    /// <summary>Whether a person's data was erased at the word of this organisation.</summary>
    public Task<bool> IsErasedByAsync(string organisation, Guid person, CancellationToken ct) =>
        db.PersonKeys.AnyAsync(k => k.PersonId == person && k.ErasedBy == organisation, ct);

    /// <summary>The unit of work begins, maybe anew.</summary>
    public void Begin() => _own.Clear();

    /// <summary>It has committed: its new keys are there.</summary>
    public void Keep()
    {
        foreach (var (person, key) in _own)
            known.Add(person, key);
        _own.Clear();
    }

    /// <summary>Where they are kept, for who changes the key that seals them.</summary>
    public static Boxes Boxes { get; } = new(async (db, engine, visit, ct) =>
    {
        foreach (var key in await engine.TakeAsync(db.PersonKeys, "select * from person_keys where box is not null and created_at >= {0} order by person_id", db.Time(DateTimeOffset.UnixEpoch), ct))
            key.Box = visit(key.Box!, Context(key.PersonId));
    });

    byte[] Open(PersonKey key) => Convert.FromBase64String(box.Open(key.Box!, Context(key.PersonId)));

    static string Context(Guid person) => $"person {person:D}";
}

/// <summary>Keys that this process has seen, to seal with.</summary>
internal sealed class KnownPersonKeys() : Recent<Guid, byte[]>(50_000);

internal static class PersonKeyTables
{
    extension(Db db)
    {
        public DbSet<PersonKey> PersonKeys => db.Set<PersonKey>();
    }

    public static Tables Tables { get; } = new(model => model.Entity<PersonKey>().ToTable("person_keys", "platform").HasKey(k => k.PersonId));
}
