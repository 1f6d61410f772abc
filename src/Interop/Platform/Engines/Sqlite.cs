using System.Data.Common;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Interop.Platform.Engines;

/// <summary>
/// The embedded default: one file, one process, one writer. Every unit of work that writes queues here, in order, instead of in
/// SQLite's busy handler, which sleeps on the thread and is not fair.
/// </summary>
internal sealed class Sqlite : Engine, IDisposable
{
    readonly SemaphoreSlim _writer = new(1, 1);
    readonly string _path;
    readonly FileStream _lock;

    /// <exception cref="InvalidOperationException">Another process holds the database: the queue of writers is inside one.</exception>
    public Sqlite(string path)
    {
        _path = path;
        try
        {
            _lock = new(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path + ".lock"))
        {
            throw new InvalidOperationException($"{path} is in use by another Interop process. Stop that one, or set INTEROP_DATA to another folder.", e);
        }
    }

    /// <summary>Whether a process holds the database. Asks without making anything.</summary>
    public static bool IsInUse(string path)
    {
        if (!File.Exists(path + ".lock"))
            return false;
        try
        {
            using var free = new FileStream(path + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    // Foreign rows and the WAL are per file; synchronous is per connection, and FULL is what makes an acknowledged write survive.
    readonly Pragmas _pragmas = new();

    public override string Name => "sqlite";

    public override bool IsEmbedded => true;

    public override string ForUpdate => "";

    public override string SkipLocked => "";

    public override void Use(DbContextOptionsBuilder options) => options
        .UseSqlite(new SqliteConnectionStringBuilder { DataSource = _path, Pooling = true, DefaultTimeout = 30 }.ToString())
        .ConfigureWarnings(w => w.Ignore(SqliteEventId.SchemaConfiguredWarning)) // schemas are PostgreSQL's; table names are unique across them
        .AddInterceptors(_pragmas);

    // EF cannot order DateTimeOffset on SQLite: whole microseconds since 1970 instead.
    public override void Configure(ModelConfigurationBuilder conventions) =>
        conventions.Properties<DateTimeOffset>().HaveConversion<Microseconds>();

    public override async Task<IAsyncDisposable> BeginAsync(Db db, CancellationToken ct)
    {
        await _writer.WaitAsync(ct);
        try
        {
            return new Held(await db.Database.BeginTransactionAsync(ct), _writer); // Microsoft.Data.Sqlite begins IMMEDIATE
        }
        catch
        {
            _writer.Release();
            throw;
        }
    }

    public override async Task<Locks> LockAsync(Db db, Whom persons, bool exclusive, Clock clock, IReadOnlyList<Select> then, CancellationToken ct)
    {
        var now = clock.Now;
        var known = new HashSet<Guid>();
        if (persons.Ids.Count > 0)
        {
            await using var command = Command(db, $"select id from persons where {persons.Condition(Among)}", [ListOf(persons.Ids)]);
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                known.Add(reader.GetGuid(0));
        }
        await SelectAsync(db, then, ct);
        return new(now, known, known);
    }

    public override Task<Locks> TryLockAsync(Db db, IReadOnlyCollection<Guid> persons, Clock clock, IReadOnlyList<Select> then, CancellationToken ct) =>
        LockAsync(db, new Whom(persons), false, clock, then, ct);

    public override async Task SelectAsync(Db db, IReadOnlyList<Select> selects, CancellationToken ct)
    {
        foreach (var select in selects)
        {
            await using var command = Command(db, $"{select.Mapping(db).SelectAll} where {select.Where} {(select.Ids is null ? "" : Among)}", select.Ids is { } ids ? [ListOf(ids)] : select.Values);
            await using var reader = await command.ExecuteReaderAsync(ct);
            await select.ReadAsync(db, reader, ct);
        }
    }

    const string Among = "in (select value from json_each($1))";

    static string ListOf(IEnumerable<Guid> ids) => JsonSerializer.Serialize(ids.Select(id => id.ToString("D").ToUpperInvariant()));

    static DbCommand Command(Db db, string sql, IEnumerable<object?> values)
    {
        var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        foreach (var (n, value) in values.Index())
            command.Parameters.Add(new SqliteParameter($"${n + 1}", value ?? DBNull.Value));
        return command;
    }

    public override async Task WriteAsync(Db db, Rows rows, CancellationToken ct)
    {
        if (rows.Inserted.Count > 0)
        {
            db.AddRange(rows.Inserted);
            await db.SaveChangesAsync(ct);
            foreach (var row in rows.Inserted)
                db.Entry(row).State = EntityState.Detached;
        }
        foreach (var row in rows.Updated)
        {
            var mapping = Mapping.Of(db, row.GetType());
            await using var command = Command(db, mapping.Update, mapping.Columns.Select(c => c.Of(row)));
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    public override async Task CommitAsync(Db db, Rows rows)
    {
        if (rows.Any)
            await WriteAsync(db, rows, CancellationToken.None);
        await db.Database.CommitTransactionAsync(CancellationToken.None);
    }

    public override Task<bool> TryLeaseAsync(Db db, Lease lease, CancellationToken ct) => Task.FromResult(true);

    public override Task LeaseAsync(Db db, Lease lease, CancellationToken ct) => Task.CompletedTask;

    public override async Task<int> NumberAsync(Db db, long last, CancellationToken ct)
    {
        var numbered = await db.Database.ExecuteSqlAsync(
            $"""
            insert into audit_sequence ("index", entry_id) select {last} + row_number() over (order by entry_id), entry_id from audit_queue
            """, ct);
        if (numbered > 0) // all of it: nobody else writes meanwhile
            await db.Database.ExecuteSqlAsync($"delete from audit_queue", ct);
        return numbered;
    }

    public override bool IsConflict(Exception e) =>
        e is DbUpdateConcurrencyException || Any<SqliteException>(e, x => x.SqliteExtendedErrorCode is 2067 or 1555); // unique, primary key

    public override bool IsUnavailable(Exception e) =>
        Any<SqliteException>(e, x => x.SqliteErrorCode is 5 or 6 or 7 or 8 or 10 or 13 or 14 or 15); // busy, locked, memory, read-only, I/O, full, cannot open, protocol

    /// <summary>A disk that fails while it is written to leaves open what reached it.</summary>
    public override bool IsInDoubt(Exception e) => Any<SqliteException>(e, x => x.SqliteErrorCode is 10);

    public override async Task<bool> HasTableAsync(Db db, string table, CancellationToken ct) =>
        await db.Database.SqlQuery<int>($"select count(*) as \"Value\" from sqlite_master where type = 'table' and name = {table}").SingleAsync(ct) > 0;

    /// <summary>Deleted content is overwritten in the database's file as it goes; what it was lies in the log of writes until that is emptied.</summary>
    public override Task ScrubAsync(Db db, CancellationToken ct) => db.Database.ExecuteSqlRawAsync("pragma wal_checkpoint(truncate)", ct);

    public override string CreateMigrationsTable => "create table if not exists migrations (name text primary key, applied_at integer not null)";

    public override object Time(DateTimeOffset t) => ToMicroseconds(t);

    public static DateTimeOffset FromMicroseconds(long us) => DateTimeOffset.UnixEpoch.AddTicks(us * TimeSpan.TicksPerMicrosecond);

    static long ToMicroseconds(DateTimeOffset t) => (t.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    public void Dispose()
    {
        _lock.Dispose();
        _writer.Dispose();
    }

    sealed class Held(IDbContextTransaction transaction, SemaphoreSlim writer) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            try
            {
                await transaction.DisposeAsync();
            }
            finally
            {
                writer.Release();
            }
        }
    }

    sealed class Microseconds() : ValueConverter<DateTimeOffset, long>(
        t => ToMicroseconds(t),
        us => FromMicroseconds(us));

    sealed class Pragmas : DbConnectionInterceptor
    {
        const string Sql = "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on; pragma temp_store = memory;";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Sql;
            command.ExecuteNonQuery();
        }

        public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = Sql;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
