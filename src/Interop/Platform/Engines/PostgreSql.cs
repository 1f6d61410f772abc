using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Interop.Platform.Engines;

/// <summary>PostgreSQL 15 or later: several processes, advisory locks, the database's clock.</summary>
internal sealed class PostgreSql : Engine, IDisposable
{
    /// <summary>Every schema that a module owns. Table names are unique across them, so that raw SQL reads the same on both engines.</summary>
    const string SearchPath = "platform,directory,identity,persons,matters,consent,referrals,compliance,delivery,audit,fhir,public";

    readonly NpgsqlDataSource _source;

    public PostgreSql(string connectionString) => _source = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(connectionString)
    {
        SearchPath = SearchPath,
        MaxAutoPrepare = 256, // the same hundred statements, over and over: parsed and planned once
        NoResetOnClose = true, // nothing of ours outlives its transaction
    }.ConnectionString).Build();

    public override string Name => "postgresql";

    public override bool IsEmbedded => false;

    public override string ForUpdate => " for update";

    public override string SkipLocked => " for update skip locked";

    public override void Use(DbContextOptionsBuilder options) => options.UseNpgsql(_source);

    public override void Configure(ModelConfigurationBuilder conventions)
    {
    }

    public override async Task<IAsyncDisposable> BeginAsync(Db db, CancellationToken ct) => await db.Database.BeginTransactionAsync(ct);

    public override async Task<DateTimeOffset> LockAsync(Db db, IReadOnlyCollection<Guid> persons, bool exclusive, Clock clock, IReadOnlyList<Select> then, CancellationToken ct)
    {
        var ids = persons.ToArray();
        var take = exclusive ? "pg_advisory_xact_lock" : "pg_advisory_xact_lock_shared";
        // The subquery sorts before the outer list is evaluated: locks are taken in ascending order.
        var lockAll = $"select lock_key, {take}(lock_key) from (select distinct lock_key from persons where id = any($1) order by lock_key) k";
        var held = new HashSet<long>();
        while (true)
        {
            var (now, keys) = await LockAsync(db, lockAll, ids, held, clock, then, ct);
            if (keys.Values.All(held.Contains))
                return now;
        }
    }

    public override async Task<(DateTimeOffset Now, IReadOnlySet<Guid> Held)> TryLockAsync(Db db, IReadOnlyCollection<Guid> persons, Clock clock, IReadOnlyList<Select> then, CancellationToken ct)
    {
        const string lockFree = "select lock_key from (select distinct lock_key from persons where id = any($1)) k where pg_try_advisory_xact_lock_shared(lock_key)";
        var held = new HashSet<long>();
        var (now, keys) = await LockAsync(db, lockFree, [.. persons], held, clock, then, ct);
        return (now, keys.Where(k => held.Contains(k.Value)).Select(k => k.Key).ToHashSet());
    }

    /// <returns>The clock once the locks were held, and under which each person stands: a link made while we waited shows, and is not held.</returns>
    static async Task<(DateTimeOffset Now, Dictionary<Guid, long> Keys)> LockAsync(Db db, string sql, Guid[] persons, HashSet<long> held, Clock clock, IReadOnlyList<Select> then, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection());
        // Each statement sees what was committed before it began, and so all that was committed before the locks were held.
        if (persons.Length > 0)
        {
            batch.BatchCommands.Add(Command(sql, persons));
            batch.BatchCommands.Add(Command("select id, lock_key from persons where id = any($1)", persons));
        }
        batch.BatchCommands.Add(new("select clock_timestamp()"));
        foreach (var select in then)
            batch.BatchCommands.Add(Command(db, select));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var keys = new Dictionary<Guid, long>();
        if (persons.Length > 0)
        {
            while (await reader.ReadAsync(ct))
                held.Add(reader.GetInt64(0));
            await reader.NextResultAsync(ct);
            while (await reader.ReadAsync(ct))
                keys.Add(reader.GetGuid(0), reader.GetInt64(1));
            await reader.NextResultAsync(ct);
        }
        await reader.ReadAsync(ct);
        var now = clock.IsSystem ? reader.GetFieldValue<DateTimeOffset>(0) : clock.Now;
        foreach (var select in then)
        {
            await reader.NextResultAsync(ct);
            await select.ReadAsync(db, reader, ct);
        }
        return (now, keys);
    }

    public override async Task SelectAsync(Db db, IReadOnlyList<Select> selects, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection());
        foreach (var select in selects)
            batch.BatchCommands.Add(Command(db, select));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        foreach (var select in selects)
        {
            await select.ReadAsync(db, reader, ct);
            await reader.NextResultAsync(ct);
        }
    }

    public override async Task InsertAsync(Db db, IReadOnlyList<object> rows, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand { Connection = (NpgsqlConnection)db.Database.GetDbConnection() };
        var inserts = new List<string>();
        foreach (var kind in rows.GroupBy(r => r.GetType()))
        {
            var mapping = Mapping.Of(db, kind.Key);
            var arrays = new List<string>();
            foreach (var column in mapping.Columns)
            {
                command.Parameters.Add(new() { Value = ArrayOf(column, [.. kind]) });
                arrays.Add($"${command.Parameters.Count}::{column.StoreType}[]");
            }
            inserts.Add($"{mapping.InsertInto} select * from unnest({string.Join(", ", arrays)})");
        }
        command.CommandText = inserts is [var only] ? only
            : $"with {string.Join(", ", inserts.SkipLast(1).Select((insert, n) => $"i{n} as ({insert})"))} {inserts[^1]}";
        await command.ExecuteNonQueryAsync(ct);
    }

    static Array ArrayOf(Column column, IReadOnlyList<object> rows)
    {
        var values = Array.CreateInstance(column.Type, rows.Count);
        for (var n = 0; n < rows.Count; n++)
            values.SetValue(column.Of(rows[n]), n);
        return values;
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

    public override bool IsConflict(Exception e) =>
        e is DbUpdateConcurrencyException
        || Any<PostgresException>(e, x => x.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure
            or PostgresErrorCodes.FeatureNotSupported); // a prepared plan that a migration outdated: prepared anew the next time

    public override bool IsUnavailable(Exception e) =>
        Any<NpgsqlException>(e, x => x is not PostgresException p || p.IsTransient || p.SqlState is "53100" or "57P01" or "57P02" or "57P03" or "25006");

    public override async Task<bool> HasTableAsync(Db db, string table, CancellationToken ct) =>
        await db.Database.SqlQuery<bool>($"select to_regclass({table}) is not null as \"Value\"").SingleAsync(ct);

    public override string CreateMigrationsTable =>
        "create schema if not exists platform; create table if not exists platform.migrations (name text primary key, applied_at timestamptz not null)";

    public override object Time(DateTimeOffset t) => t;

    public void Dispose() => _source.Dispose();
}
