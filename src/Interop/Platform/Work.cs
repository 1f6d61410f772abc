using Interop.Platform.Engines;

namespace Interop.Platform;

/// <summary>
/// One unit of work: state, events and audit entries commit together or not at all (P1), and what it returns leaves it only
/// after the commit (P2). A refusal rolls everything back.
/// </summary>
internal sealed class Work(Db db, Engine engine, Clock clock, Signals signals)
{
    const int Attempts = 5;

    readonly HashSet<Signal> _raised = [];
    readonly List<object> _rows = [];

    /// <summary>The instant of this unit of work: read from the database's clock once locks are held.</summary>
    public DateTimeOffset Now { get; private set; }

    /// <summary>Runs <paramref name="body"/> in one transaction. Anew from the start, with nothing kept, where it met another one.</summary>
    public async Task<Answer<T>> RunAsync<T>(Func<Task<Answer<T>>> body, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            db.ChangeTracker.Clear();
            _raised.Clear();
            _rows.Clear();
            Now = clock.Now;
            try
            {
                var answer = await OnceAsync(body, ct);
                if (answer.Refusal is null)
                    signals.Raise(_raised);
                return answer;
            }
            catch (Exception e) when (attempt < Attempts && engine.IsConflict(e))
            {
            }
        }
    }

    async Task<Answer<T>> OnceAsync<T>(Func<Task<Answer<T>>> body, CancellationToken ct)
    {
        db.Database.AutoSavepointsEnabled = false; // all of it or nothing
        await using var held = await engine.BeginAsync(db, ct);
        try
        {
            var answer = await body();
            if (answer.Refusal is null)
            {
                await SaveAsync(ct);
                await db.Database.CommitTransactionAsync(CancellationToken.None); // once asked for, a commit is not given up half-way
            }
            return answer;
        }
        finally
        {
            db.ChangeTracker.Clear();
        }
    }

    /// <summary>Takes the persons' locks (shared to disclose, exclusive to change consent or links) and sets <see cref="Now"/>.</summary>
    /// <param name="then">Read once they are held.</param>
    public async Task LockAsync(IReadOnlyCollection<Guid> persons, bool exclusive, CancellationToken ct, params IReadOnlyList<Select> then) =>
        Now = Clock.WholeMicroseconds(await engine.LockAsync(db, persons, exclusive, clock, then, ct));

    /// <summary>Takes, shared, those of the persons' locks that can be had without waiting, and sets <see cref="Now"/>.</summary>
    /// <returns>The persons whose locks are held.</returns>
    public async Task<IReadOnlySet<Guid>> TryLockAsync(IReadOnlyCollection<Guid> persons, CancellationToken ct, params IReadOnlyList<Select> then)
    {
        var (now, held) = await engine.TryLockAsync(db, persons, clock, then, ct);
        Now = Clock.WholeMicroseconds(now);
        return held;
    }

    /// <summary>A new row that is not to be changed by the mapper: written with all others, at the end or when somebody asks to <see cref="SaveAsync"/>.</summary>
    public void Insert(object row) => _rows.Add(row);

    /// <summary>Writes what was changed and inserted so far, for whoever in this unit of work reads it next.</summary>
    public async Task SaveAsync(CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        if (_rows.Count > 0)
            await engine.InsertAsync(db, _rows, ct);
        _rows.Clear();
    }

    /// <summary>After the commit, wakes the worker that waits for this. A worker that misses it finds the row by itself.</summary>
    public void Raise(Signal signal) => _raised.Add(signal);
}
