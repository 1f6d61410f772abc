using Microsoft.EntityFrameworkCore;

namespace Interop.Platform.Engines;

/// <summary>Everything in which the two databases differ. Nothing outside this folder asks which one it is.</summary>
internal abstract class Engine
{
    /// <summary>Names the folder of SQL files: <c>sqlite</c> or <c>postgresql</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Inside this process: nobody else administers it.</summary>
    public abstract bool IsEmbedded { get; }

    /// <summary>Appended to a select that takes rows in order to change them. Empty where the single writer already owns them.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>The same, passing over rows that another worker holds.</summary>
    public abstract string SkipLocked { get; }

    /// <summary>Rows to be changed, which nobody else changes until the transaction ends. <paramref name="sql"/> names one parameter, {0}.</summary>
    public Task<List<T>> TakeAsync<T>(DbSet<T> set, [System.Diagnostics.CodeAnalysis.ConstantExpected] string sql, object parameter, CancellationToken ct) where T : class =>
#pragma warning disable EF1003 // two constants
        set.FromSqlRaw(sql + ForUpdate, parameter).ToListAsync(ct);
#pragma warning restore EF1003

    public abstract void Use(DbContextOptionsBuilder options);

    public abstract void Configure(ModelConfigurationBuilder conventions);

    /// <summary>Opens the transaction of one unit of work, able to write from the start.</summary>
    public abstract Task<IAsyncDisposable> BeginAsync(Db db, CancellationToken ct);

    /// <summary>
    /// Takes the advisory locks of these persons in ascending order, then reads the clock (P3). Held until the transaction ends.
    /// Persons linked to each other share one key; unknown ids lock nothing.
    /// </summary>
    /// <param name="then">Read once the locks are held, on the same way.</param>
    public abstract Task<Locks> LockAsync(Db db, Whom persons, bool exclusive, Clock clock, IReadOnlyList<Select> then, CancellationToken ct);

    /// <summary>The same, shared, for those whose lock can be had at once. Nobody who waits for one is overtaken.</summary>
    public abstract Task<Locks> TryLockAsync(Db db, IReadOnlyCollection<Guid> persons, Clock clock, IReadOnlyList<Select> then, CancellationToken ct);

    /// <summary>Several selects in one round trip, within a transaction.</summary>
    public abstract Task SelectAsync(Db db, IReadOnlyList<Select> selects, CancellationToken ct);

    /// <summary>Rows of mapped tables, whatever their number and kinds, in one round trip.</summary>
    public abstract Task WriteAsync(Db db, Rows rows, CancellationToken ct);

    /// <summary>Within a transaction: true when this process alone may do the named work until the transaction ends.</summary>
    public abstract Task<bool> TryLeaseAsync(Db db, Lease lease, CancellationToken ct);

    /// <summary>As <see cref="TryLeaseAsync"/>, but waits for whoever does it now.</summary>
    public abstract Task LeaseAsync(Db db, Lease lease, CancellationToken ct);

    /// <summary>Under the lease for it: numbers the entries of the log that wait for it, in the order of their ids, from the one after <paramref name="last"/>. Returns how many.</summary>
    public abstract Task<int> NumberAsync(Db db, long last, CancellationToken ct);

    /// <summary>Two units of work met (unique key, deadlock, stale version): trying again from the start gives the right answer.</summary>
    public abstract bool IsConflict(Exception e);

    /// <summary>The database cannot be reached or cannot write now. Answered 503 with Retry-After.</summary>
    public abstract bool IsUnavailable(Exception e);

    /// <summary>Writes these rows and commits. Not given up half-way, once asked for.</summary>
    public abstract Task CommitAsync(Db db, Rows rows);

    /// <summary>Of what a commit failed with: whether it may have been done all the same.</summary>
    public abstract bool IsInDoubt(Exception e);

    /// <summary>It does not lie in the weather: no waiting helps, somebody has to change a setting or make a database.</summary>
    public virtual bool IsMisconfigured(Exception e) => false;

    /// <summary>
    /// The time as all processes of this exchange have it: leases, schedules and lifetimes that one process writes and another
    /// reads go by one clock, whatever theirs say.
    /// </summary>
    public virtual DateTimeOffset Now(Clock clock) => clock.Now;

    /// <summary>After something was erased: leaves no copy of it in files of this engine's own, where it keeps any.</summary>
    public virtual Task ScrubAsync(Db db, CancellationToken ct) => Task.CompletedTask;

    /// <summary>Makes what the log of this month and the next ones goes into, where it is kept by month. Returns how many it made.</summary>
    public virtual Task<int> MakeMonthsAsync(Db db, CancellationToken ct) => Task.FromResult(0);

    /// <summary>Whether the log of this month (its first day, UTC) lies by itself, so that it can be dropped.</summary>
    public virtual Task<bool> HasMonthAsync(Db db, DateOnly month, CancellationToken ct) => Task.FromResult(false);

    /// <summary>Drops the log of this month, in the transaction of whoever owns the database.</summary>
    public virtual Task DropMonthAsync(Db db, DateOnly month, CancellationToken ct) => throw new NotSupportedException();

    public abstract string CreateMigrationsTable { get; }

    /// <summary>A time as a parameter of raw SQL.</summary>
    public abstract object Time(DateTimeOffset t);

    public abstract Task<bool> HasTableAsync(Db db, string table, CancellationToken ct);

    protected static bool Any<T>(Exception? e, Func<T, bool> test) where T : Exception
    {
        for (; e is not null; e = e.InnerException)
            if (e is T t && test(t))
                return true;
        return false;
    }
}

/// <summary>Persons: by their ids, or by those of rows that are about them.</summary>
/// <param name="In">The table of those rows; null: the ids are the persons' own.</param>
internal sealed record Whom(IReadOnlyCollection<Guid> Ids, [System.Diagnostics.CodeAnalysis.ConstantExpected] string? In = null)
{
    /// <summary>The condition on a column that is a person's id.</summary>
    /// <param name="among">That a column is among <see cref="Ids"/>, as this database says it.</param>
    public string Condition(string among) => In is null ? $"id {among}" : $"id in (select person_id from {In} where id {among})";
}

/// <summary>What taking the locks of persons came to.</summary>
/// <param name="Now">The clock once they were held.</param>
/// <param name="Known">Of those named, who is there.</param>
/// <param name="Held">Of those who are there, whose lock is held.</param>
internal sealed record Locks(DateTimeOffset Now, IReadOnlySet<Guid> Known, IReadOnlySet<Guid> Held);

/// <summary>Work that one process does at a time, whatever the number of processes.</summary>
internal enum Lease
{
    Migration = 1,
    Relay = 2,
    AuditSequence = 3,
    AuditLog = 16,
    Retention = 17,
}
