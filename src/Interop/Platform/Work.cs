using System.Diagnostics;
using System.Diagnostics.Metrics;
using Interop.Platform.Engines;

namespace Interop.Platform;

/// <summary>
/// One unit of work: state, events and audit entries commit together or not at all (P1), and what it returns leaves it only
/// after the commit (P2). A refusal rolls everything back.
/// </summary>
internal sealed class Work(Db db, Engine engine, PersonKeys keys, Clock clock, Signals signals)
{
    const int Attempts = 5;

    readonly HashSet<Signal> _raised = [];
    readonly List<(Counter<long> Counter, KeyValuePair<string, object?>[] Tags)> _counted = [];
    readonly Rows _rows = new();

    /// <summary>The instant of this unit of work: read from the database's clock once locks are held.</summary>
    public DateTimeOffset Now { get; private set; }

    /// <summary>Runs <paramref name="body"/> in one transaction. Anew from the start, with nothing kept, where it met another one.</summary>
    public async Task<Answer<T>> RunAsync<T>(Func<Task<Answer<T>>> body, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            db.ChangeTracker.Clear();
            _raised.Clear();
            _counted.Clear();
            _rows.Clear();
            keys.Begin();
            try
            {
                var answer = await OnceAsync(body, ct);
                if (answer.Refusal is null)
                {
                    signals.Raise(_raised);
                    foreach (var (counter, tags) in _counted)
                        counter.Add(1, tags);
                }
                return answer;
            }
            catch (Exception e) when (attempt < Attempts && engine.IsConflict(e))
            {
                PlatformMetrics.Conflicts.Add(1);
            }
            catch (Exception e) when (engine.IsUnavailable(e))
            {
                PlatformMetrics.Unavailable.Add(1);
                throw;
            }
        }
    }

    async Task<Answer<T>> OnceAsync<T>(Func<Task<Answer<T>>> body, CancellationToken ct)
    {
        db.Database.AutoSavepointsEnabled = false; // all of it or nothing
        var asked = Stopwatch.GetTimestamp();
        await using var held = await engine.BeginAsync(db, ct);
        PlatformMetrics.BeginWaits.RecordSince(asked, "engine", engine.Name);
        Now = engine.Now(clock);
        try
        {
            var answer = await body();
            if (answer.Refusal is null)
            {
                await SealAsync(ct);
                await CommitAsync();
                keys.Keep();
            }
            return answer;
        }
        finally
        {
            db.ChangeTracker.Clear();
        }
    }

    /// <exception cref="CommitInDoubtException">Nobody knows whether it was done.</exception>
    async Task CommitAsync()
    {
        try
        {
            await engine.CommitAsync(db, _rows);
        }
        catch (Exception e) when (engine.IsInDoubt(e))
        {
            throw new CommitInDoubtException(e);
        }
    }

    /// <summary>Takes the persons' locks (shared to disclose, exclusive to change consent or links) and sets <see cref="Now"/>.</summary>
    /// <param name="then">Read once they are held.</param>
    public async Task<Locks> LockAsync(Whom persons, bool exclusive, CancellationToken ct, params IReadOnlyList<Select> then)
    {
        await WriteFirstAsync(ct);
        var asked = Stopwatch.GetTimestamp();
        var their = persons.In is null ? keys.Missing(persons.Ids) : [];
        var locks = Take(await engine.LockAsync(db, persons, exclusive, clock, [.. then, .. their], ct), their);
        PlatformMetrics.LockWaits.RecordSince(asked, "mode", exclusive ? "exclusive" : "shared");
        return locks;
    }

    public Task<Locks> LockAsync(IReadOnlyCollection<Guid> persons, bool exclusive, CancellationToken ct, params IReadOnlyList<Select> then) => LockAsync(new Whom(persons), exclusive, ct, then);

    /// <summary>Takes, shared, those of the persons' locks that can be had without waiting, and sets <see cref="Now"/>.</summary>
    public async Task<Locks> TryLockAsync(IReadOnlyCollection<Guid> persons, CancellationToken ct, params IReadOnlyList<Select> then)
    {
        await WriteFirstAsync(ct);
        var their = keys.Missing(persons);
        return Take(await engine.TryLockAsync(db, persons, clock, [.. then, .. their], ct), their);
    }

    /// <summary>What is read once the locks are held is read as this unit of work has left it, where it wrote past the mapper.</summary>
    Task WriteFirstAsync(CancellationToken ct) => _rows.Any ? SaveAsync(ct) : Task.CompletedTask;

    Locks Take(Locks locks, IReadOnlyList<Select<PersonKey>> their)
    {
        keys.Take(their);
        Now = Clock.WholeMicroseconds(locks.Now);
        return locks;
    }

    /// <summary>A new row that is not to be changed by the mapper: written with all others, at the end or when somebody asks to <see cref="SaveAsync"/>.</summary>
    public void Insert(object row) => _rows.Insert(row);

    /// <summary>
    /// The same, of a row that was read without the mapper's looking after it: written whole, as it is by then. Nobody looks whether another
    /// changed it meanwhile: whoever calls holds a lock under which nobody can.
    /// </summary>
    public void Update(object row) => _rows.Update(row);

    /// <summary>Writes what was changed and inserted so far, for whoever in this unit of work reads it next.</summary>
    public async Task SaveAsync(CancellationToken ct)
    {
        await SealAsync(ct);
        if (_rows.Any)
            await engine.WriteAsync(db, _rows, ct);
        _rows.Clear();
    }

    /// <summary>What was changed by the mapper is written; what is about a person is sealed under that person's key.</summary>
    async Task SealAsync(CancellationToken ct)
    {
        await keys.SealAsync(_rows.Inserted.OfType<IPersonal>(), ct);
        if (db.ChangeTracker.HasChanges()) // most often it was asked for nothing
            await db.SaveChangesAsync(ct);
    }

    /// <summary>After the commit, wakes the worker that waits for this. A worker that misses it finds the row by itself.</summary>
    public void Raise(Signal signal) => _raised.Add(signal);

    /// <summary>Counts something once it is committed: what is rolled back, or done anew, did not happen.</summary>
    public void Count(Counter<long> counter, params ReadOnlySpan<(string Tag, string Value)> tags)
    {
        if (!counter.Enabled)
            return;
        var list = new KeyValuePair<string, object?>[tags.Length];
        for (var n = 0; n < list.Length; n++)
            list[n] = new(tags[n].Tag, tags[n].Value);
        _counted.Add((counter, list));
    }
}

/// <summary>The database was lost between being asked to commit and saying that it had.</summary>
internal sealed class CommitInDoubtException(Exception inner) : Exception("The database was lost while it committed: it may have been done.", inner);
