using Npgsql;

namespace Interop.Server.Tests.World;

/// <summary>A fresh database for one exchange, and what is left of it afterwards: nothing.</summary>
public abstract class Storage : IAsyncDisposable
{
    static int s_last;

    /// <summary>Unique in this run and, with the process id, among runs that share a server.</summary>
    protected static string NewName() => $"interop_{Environment.ProcessId}_{Interlocked.Increment(ref s_last)}";

    /// <summary>For <c>ConnectionStrings:Interop</c>; empty chooses the embedded database.</summary>
    public abstract string ConnectionString { get; }

    /// <summary>Why this engine cannot be had here, or null.</summary>
    public virtual string? Missing => null;

    /// <summary>How often its engine had to end a transaction because each of two waited for the other.</summary>
    public virtual ValueTask<long> DeadlocksAsync() => new(0L); // one writer

    public abstract ValueTask CreateAsync();

    public abstract ValueTask DisposeAsync();
}

public sealed class SqliteStorage : Storage
{
    public override string ConnectionString => "";

    public override ValueTask CreateAsync() => default; // the file lies in the exchange's own folder

    public override ValueTask DisposeAsync() => default;
}

/// <param name="settings">Of the driver, for the exchange.</param>
/// <param name="server">The connection string of a role that may create databases, if not on the server of the run.</param>
public sealed class PostgreSqlStorage(string settings = "", string? server = null) : Storage
{
    readonly string? _server = server ?? Environment.GetEnvironmentVariable("INTEROP_TEST_POSTGRES");

    readonly string _name = NewName();
    bool _moved;

    public override string? Missing => string.IsNullOrEmpty(_server)
        ? "No PostgreSQL: set INTEROP_TEST_POSTGRES, or run tests/run, which starts one."
        : null;

    public override string ConnectionString => new NpgsqlConnectionStringBuilder($"Maximum Pool Size=20;{_server};{settings}") { Database = _name }.ConnectionString;

    public override ValueTask CreateAsync() => RunAsync($"create database {_name}");

    public override async ValueTask DisposeAsync()
    {
        await RunAsync($"drop database if exists {_name} with (force)");
        if (_moved)
            await RunAsync($"drop tablespace {_name}");
    }

    public override async ValueTask<long> DeadlocksAsync()
    {
        await using var source = NpgsqlDataSource.Create(_server!);
        await using var command = source.CreateCommand($"select deadlocks from pg_stat_database where datname = '{_name}'");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Its data, while nobody uses it, to a folder of the server's machine.</summary>
    public async Task MoveToAsync(string folder)
    {
        await RunAsync($"create tablespace {_name} location '{folder}'");
        _moved = true;
        await RunAsync($"alter database {_name} set tablespace {_name}");
    }

    async ValueTask RunAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_server!);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
