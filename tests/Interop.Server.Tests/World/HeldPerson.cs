using Npgsql;

namespace Interop.Server.Tests.World;

/// <summary>A person whose consent is being changed, by somebody who does not come to an end: nobody else has the lock until this is disposed of.</summary>
internal sealed class HeldPerson : IAsyncDisposable
{
    readonly NpgsqlConnection _connection;
    readonly NpgsqlTransaction _change;
    readonly long _key;

    HeldPerson(NpgsqlConnection connection, NpgsqlTransaction change, long key) => (_connection, _change, _key) = (connection, change, key);

    public static async Task<HeldPerson> HoldAsync(Exchange exchange, Guid person)
    {
        var connection = new NpgsqlConnection(exchange.Storage.ConnectionString);
        await connection.OpenAsync();
        var change = await connection.BeginTransactionAsync();
        var key = await AskAsync(connection, "select lock_key from persons.persons where id = $1", person);
        await AskAsync(connection, "select 1 from (select pg_advisory_xact_lock($1)) l", key);
        return new(connection, change, key);
    }

    /// <summary>How many transactions wait for the lock.</summary>
    public Task<long> WaitingAsync() =>
        AskAsync(_connection, "select count(*) from pg_locks where locktype = 'advisory' and not granted and classid::bigint << 32 | objid::bigint = $1 and objsubid = 1", _key);

    static async Task<long> AskAsync(NpgsqlConnection connection, string sql, object value)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = value } } };
        return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await _change.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
