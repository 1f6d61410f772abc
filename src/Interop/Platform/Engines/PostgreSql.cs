using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Interop.Platform.Engines;

/// <summary>PostgreSQL 15 or later: several processes, advisory locks, the database's clock.</summary>
internal sealed class PostgreSql : Engine, IDisposable
{
    /// <summary>Every schema that a module owns. Table names are unique across them, so that raw SQL reads the same on both engines.</summary>
    public static readonly string[] Schemas = ["platform", "directory", "identity", "persons", "matters", "consent", "referrals", "compliance", "delivery", "audit", "fhir"];

    /// <summary>
    /// A process that hangs between two statements, or a machine that is gone, must not keep its locks and leases: the database
    /// ends its transaction. A unit of work never waits for a network, so that ten seconds of silence are no work.
    /// <para>
    /// Every statement of ours goes by an index. A planner that has not counted lately takes a table that was just made for a small
    /// one, reads all of it, and keeps that plan; or compiles a statement, or shares it among processes, because of what it thinks
    /// that costs: more than any of ours takes.
    /// </para>
    /// </summary>
    const string Session =
        """
        set idle_in_transaction_session_timeout = '10s';
        set tcp_keepalives_idle = '5s'; set tcp_keepalives_interval = '2s'; set tcp_keepalives_count = 3; set tcp_user_timeout = '10s';
        set enable_seqscan = off; set jit = off; set max_parallel_workers_per_gather = 0
        """;

    /// <summary>How old what we know of the database's clock may become.</summary>
    static readonly TimeSpan s_clockAge = TimeSpan.FromSeconds(10);

    const string Among = "= any($1)";

    readonly NpgsqlDataSource _source;

    /// <summary>The mapper's model and compiled queries. Left to itself it keeps them by data source, and for as long as the process lives.</summary>
    readonly ServiceProvider _mapper = new ServiceCollection().AddEntityFrameworkNpgsql().BuildServiceProvider();

    volatile ClockReading? _clock;

    public PostgreSql(string connectionString) => _source = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(connectionString)
    {
        SearchPath = string.Join(',', Schemas) + ",public",
        MaxAutoPrepare = 256, // the same hundred statements, over and over: parsed and planned once
        NoResetOnClose = true, // nothing of ours outlives its transaction
    }.ConnectionString).UsePhysicalConnectionInitializer(Begin, BeginAsync).Build();

    static void Begin(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(Session, connection);
        command.ExecuteNonQuery();
    }

    static async Task BeginAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(Session, connection);
        await command.ExecuteNonQueryAsync();
    }

    public override string Name => "postgresql";

    public override bool IsEmbedded => false;

    public override string ForUpdate => " for update";

    public override string SkipLocked => " for update skip locked";

    public override void Use(DbContextOptionsBuilder options) => options.UseNpgsql(_source).UseInternalServiceProvider(_mapper);

    public override void Configure(ModelConfigurationBuilder conventions)
    {
    }

    public override async Task<IAsyncDisposable> BeginAsync(Db db, CancellationToken ct)
    {
        var transaction = await db.Database.BeginTransactionAsync(ct);
        if (_clock is { } known && known.Age < s_clockAge)
            return transaction;
        try
        {
            Note(await db.Database.SqlQuery<DateTimeOffset>($"select clock_timestamp() as \"Value\"").SingleAsync(ct));
            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// With the last rows on the same way: what fails before the commit keeps it from being run. Where a standby must confirm and
    /// somebody cancels the wait for it (this driver at its timeout, <c>statement_timeout</c>, an operator), the server says that
    /// it has committed, and warns that this is on one machine. That is no acknowledgement (P1).
    /// </summary>
    public override async Task CommitAsync(Db db, Rows rows)
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        string? warning = null;
        connection.Notice += Keep;
        try
        {
            await using var batch = Batch(db, PostgreSqlRows.Of(db, rows));
            batch.BatchCommands.Add(new("commit"));
            await batch.ExecuteNonQueryAsync(CancellationToken.None);
        }
        finally
        {
            connection.Notice -= Keep;
        }
        if (warning is not null)
            throw new NpgsqlException(warning);

        void Keep(object sender, NpgsqlNoticeEventArgs e) => warning = e.Notice.SqlState == PostgresErrorCodes.Warning ? e.Notice.MessageText : warning;
    }

    public override DateTimeOffset Now(Clock clock) => clock.IsSystem && _clock is { } known ? Clock.WholeMicroseconds(known.At + known.Age) : clock.Now;

    /// <summary>Kept while it is the later one: a reading was made before it arrived here, some sooner before than others.</summary>
    void Note(DateTimeOffset at)
    {
        if (_clock is not { } known || known.Age >= s_clockAge || at > known.At + known.Age)
            _clock = new(at, Stopwatch.GetTimestamp());
    }

    public override async Task<Locks> LockAsync(Db db, Whom persons, bool exclusive, Clock clock, IReadOnlyList<Select> then, CancellationToken ct)
    {
        var take = exclusive ? "pg_advisory_xact_lock" : "pg_advisory_xact_lock_shared";
        // The subquery sorts before the outer list is evaluated: locks are taken in ascending order.
        var lockAll = $"select lock_key, {take}(lock_key) from (select distinct lock_key from persons where {persons.Condition(Among)} order by lock_key) k";
        var held = new HashSet<long>();
        while (true)
        {
            var locks = await LockAsync(db, lockAll, persons, held, clock, then, ct);
            if (locks.Held.Count == locks.Known.Count)
                return locks;
        }
    }

    public override Task<Locks> TryLockAsync(Db db, IReadOnlyCollection<Guid> persons, Clock clock, IReadOnlyList<Select> then, CancellationToken ct)
    {
        // What is selected is evaluated of the rows found, and of no other. Who is locked twice is so once.
        const string lockFree = $"select case when pg_try_advisory_xact_lock_shared(lock_key) then lock_key end from persons where id {Among}";
        return LockAsync(db, lockFree, new(persons), [], clock, then, ct);
    }

    /// <param name="held">The keys that are held; those that can be had are added.</param>
    async Task<Locks> LockAsync(Db db, string sql, Whom persons, HashSet<long> held, Clock clock, IReadOnlyList<Select> then, CancellationToken ct)
    {
        var ids = persons.Ids.ToArray();
        await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection());
        // Each statement sees what was committed before it began, and so all that was committed before the locks were held.
        if (ids.Length > 0)
        {
            // What follows asks for rows by their ids, a list each time of another length: planned anew each time, that costs as much as it finds.
            batch.BatchCommands.Add(new("set local plan_cache_mode = force_generic_plan"));
            batch.BatchCommands.Add(Command(sql, ids));
        }
        // Under which key each person stands by now: a link made while we waited shows, and is not held.
        batch.BatchCommands.Add(Command($"select clock_timestamp(), id, lock_key from (values (1)) always left join persons on {persons.Condition(Among)}", ids));
        foreach (var select in then)
            batch.BatchCommands.Add(Command(db, select));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var (now, known, theirs) = (DateTimeOffset.MinValue, new HashSet<Guid>(ids.Length), new HashSet<Guid>(ids.Length));
        if (ids.Length > 0)
        {
            while (await reader.ReadAsync(ct))
                if (!reader.IsDBNull(0))
                    held.Add(reader.GetInt64(0));
            await reader.NextResultAsync(ct);
        }
        while (await reader.ReadAsync(ct))
        {
            now = reader.GetFieldValue<DateTimeOffset>(0);
            if (reader.IsDBNull(1))
                continue;
            known.Add(reader.GetGuid(1));
            if (held.Contains(reader.GetInt64(2)))
                theirs.Add(reader.GetGuid(1));
        }
        Note(now);
        foreach (var select in then)
        {
            await reader.NextResultAsync(ct);
            await select.ReadAsync(db, reader, ct);
        }
        return new(clock.IsSystem ? now : clock.Now, known, theirs);
    }

    public override async Task SelectAsync(Db db, IReadOnlyList<Select> selects, CancellationToken ct)
    {
        await using var batch = Batch(db, selects.Select(s => Command(db, s)));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        foreach (var select in selects)
        {
            await select.ReadAsync(db, reader, ct);
            await reader.NextResultAsync(ct);
        }
    }

    public override async Task WriteAsync(Db db, Rows rows, CancellationToken ct)
    {
        await using var batch = Batch(db, PostgreSqlRows.Of(db, rows));
        await batch.ExecuteNonQueryAsync(ct);
    }

    static NpgsqlBatch Batch(Db db, IEnumerable<NpgsqlBatchCommand> commands)
    {
        var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection());
        foreach (var command in commands)
            batch.BatchCommands.Add(command);
        return batch;
    }

    static NpgsqlBatchCommand Command(Db db, Select select)
    {
        if (select.Ids is { } ids)
            return Command($"{select.Mapping(db).SelectAll} where {select.Where} = any($1)", ids);
        var command = new NpgsqlBatchCommand($"{select.Mapping(db).SelectAll} where {select.Where}");
        foreach (var value in select.Values)
            command.Parameters.Add(new() { Value = value });
        return command;
    }

    static NpgsqlBatchCommand Command(string sql, Guid[] ids) => new(sql) { Parameters = { new NpgsqlParameter<Guid[]> { TypedValue = ids } } };

    public override async Task<bool> TryLeaseAsync(Db db, Lease lease, CancellationToken ct) =>
        await db.Database.SqlQuery<bool>($"select pg_try_advisory_xact_lock(74, {(int)lease}) as \"Value\"").SingleAsync(ct);

    public override async Task LeaseAsync(Db db, Lease lease, CancellationToken ct) =>
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(74, {(int)lease})", ct);

    /// <summary>In one statement: what comes into the queue meanwhile stays there.</summary>
    public override Task<int> NumberAsync(Db db, long last, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"""
        with taken as (delete from audit_queue returning entry_id)
        insert into audit_sequence ("index", entry_id) select {last} + row_number() over (order by entry_id), entry_id from taken
        """, ct);

    public override bool IsConflict(Exception e) =>
        e is DbUpdateConcurrencyException
        || Any<PostgresException>(e, x => x.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure
            or PostgresErrorCodes.FeatureNotSupported); // a prepared plan that a migration outdated: prepared anew the next time

    /// <summary>
    /// What the driver says in its own words (no connection, no suitable host, an exhausted pool, a timeout), and of the server's
    /// own: whole classes, because there are more ways to fail than anybody lists.
    /// </summary>
    public override bool IsUnavailable(Exception e) => Any<NpgsqlException>(e, x => x is not PostgresException p || p.IsTransient || IsWeather(p.SqlState) || IsGivenUp(p)) || IsMisconfigured(e) || IsDriversOwn(e);

    /// <summary>A server that answered with an error has rolled back; unless it was told to go while it waited for its standby.</summary>
    public override bool IsInDoubt(Exception e) => Any<NpgsqlException>(e, x => x is not PostgresException p || p.SqlState.StartsWith("57", StringComparison.Ordinal) || IsGivenUp(p)) || IsDriversOwn(e);

    /// <summary>The server gave up the connection, for whatever reason: on a full disk, for one, it cannot write a file that it writes for each new one.</summary>
    static bool IsGivenUp(PostgresException e) => e.InvariantSeverity is "FATAL" or "PANIC";

    /// <summary>A connection that breaks while the driver prepares a statement on it is told so: the statement that it would take back is gone.</summary>
    static bool IsDriversOwn(Exception e) => Any<NullReferenceException>(e, x => x.Source == "Npgsql");

    public override bool IsMisconfigured(Exception e) => Any<PostgresException>(e, x => x.SqlState.StartsWith("28", StringComparison.Ordinal) || x.SqlState == PostgresErrorCodes.InvalidCatalogName);

    static bool IsWeather(string state) => state[..2] switch
    {
        "08" => true, // connection
        "53" => true, // no room, no memory, too many connections
        "57" => true, // shut down, starting up, cancelled by an operator
        "58" => true, // the system's own errors
        _ => state is PostgresErrorCodes.ReadOnlySqlTransaction // a standby, or a primary made one
            or "25P03", // we were silent too long, and it let our transaction go
    };

    public override async Task<bool> HasTableAsync(Db db, string table, CancellationToken ct) =>
        await db.Database.SqlQuery<bool>($"select to_regclass({table}) is not null as \"Value\"").SingleAsync(ct);

    public override async Task<int> MakeMonthsAsync(Db db, CancellationToken ct) => await db.Database.SqlQuery<int>($"select audit.make_months() as \"Value\"").SingleAsync(ct);

    public override Task<bool> HasMonthAsync(Db db, DateOnly month, CancellationToken ct) => HasTableAsync(db, TableOf(month), ct);

    /// <summary>Whoever reads or writes the log waits for this, and this for them: not for long.</summary>
    public override async Task DropMonthAsync(Db db, DateOnly month, CancellationToken ct) =>
#pragma warning disable EF1002 // a name made of a date
        await db.Database.ExecuteSqlRawAsync($"set local lock_timeout = '5s'; drop table {TableOf(month)}", ct);
#pragma warning restore EF1002

    static string TableOf(DateOnly month) => month.ToString("'audit.audit_entries_'yyyy'_'MM", CultureInfo.InvariantCulture);

    public override string CreateMigrationsTable =>
        "create schema if not exists platform; create table if not exists platform.migrations (name text primary key, applied_at timestamptz not null)";

    public override object Time(DateTimeOffset t) => t;

    public void Dispose()
    {
        _mapper.Dispose();
        _source.Dispose();
    }

    /// <summary>What the database's clock said, and when in this process's own time, which nobody sets.</summary>
    sealed record ClockReading(DateTimeOffset At, long Timestamp)
    {
        public TimeSpan Age => Stopwatch.GetElapsedTime(Timestamp);
    }
}
