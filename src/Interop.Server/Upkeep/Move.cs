using System.Globalization;
using Interop.Platform;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Interop.Server.Upkeep;

/// <summary>
/// Copies table by table. Which tables and columns there are, of which type and in which order they refer to each other, the
/// target's catalogue says: it knows also those that the mapper does not.
/// </summary>
internal sealed class Move(SqliteConnection source, NpgsqlConnection target, TextWriter output)
{
    const int Progress = 50_000;

    /// <exception cref="InvalidOperationException">Source or target is not as it must be, or they differ afterwards. Nothing was moved.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        await using var all = await target.BeginTransactionAsync(ct);
        await ExecuteAsync("set local idle_in_transaction_session_timeout = 0", ct);
        await CheckVersionsAsync(ct);
        var tables = await Catalogue.TablesAsync(target, ct);
        await CheckTablesAsync(tables, ct);
        var rows = 0L;
        foreach (var table in tables)
        {
            var written = await CopyAsync(table, ct);
            var there = await ReadBackAsync(table, ct);
            if (!written.IsThatOf(there))
                throw new InvalidOperationException($"{table.Name}: {written.Rows} rows went, {there.Rows} came, {(written.Rows == there.Rows ? "and they differ" : "somebody else writes there")}. Nothing was moved.");
            rows += written.Rows;
            await output.WriteLineAsync($"{table.Name,-28}{written.Rows.ToString("N0", CultureInfo.InvariantCulture),12}");
        }
        await all.CommitAsync(CancellationToken.None);
        await output.WriteLineAsync($"{rows.ToString("N0", CultureInfo.InvariantCulture)} rows of {tables.Count} tables are in PostgreSQL, counted and compared.");
    }

    /// <summary>Both of this version, and the target waiting for its first row.</summary>
    async Task CheckVersionsAsync(CancellationToken ct)
    {
        var there = await ExistsAsync(source, "select 1 from sqlite_master where name = 'migrations'", ct) ? await NamesAsync(source, "select name from migrations", ct) : [];
        if (!there.Order(StringComparer.Ordinal).SequenceEqual(Migrator.Names("sqlite")))
            throw new InvalidOperationException("The source is of another version. Serve it with this version once, stop it, and move it then.");
        there = await ExistsAsync(target, "select 1 where to_regclass('platform.migrations') is not null", ct) ? await NamesAsync(target, "select name from platform.migrations", ct) : [];
        if (!there.Order(StringComparer.Ordinal).SequenceEqual(Migrator.Names("postgresql")))
            throw new InvalidOperationException("The target has not this version's schema. Run `migrate` on it first.");
    }

    async Task CheckTablesAsync(IReadOnlyList<Table> tables, CancellationToken ct)
    {
        var theirs = new HashSet<string>(await NamesAsync(source, "select t.name || '.' || c.name from sqlite_master t, pragma_table_info(t.name) c where t.type = 'table' and t.name not like 'sqlite_%' and t.name <> 'migrations'", ct));
        theirs.SymmetricExceptWith(tables.SelectMany(t => t.Columns.Select(c => $"{t.Name}.{c.Name}")));
        if (theirs.Count > 0)
            throw new InvalidOperationException($"Only one of the two databases has {string.Join(", ", theirs.Order(StringComparer.Ordinal))}. Nothing was moved.");
        foreach (var table in tables)
            if (await ExistsAsync(target, $"select 1 from {table.Qualified} limit 1", ct))
                throw new InvalidOperationException($"The target is not empty: {table.Name} has rows. Move into a database that has only been migrated.");
    }

    async Task<Content> CopyAsync(Table table, CancellationToken ct)
    {
        var content = new Content();
        await using var command = source.CreateCommand();
#pragma warning disable CA2100 // names from the catalogue, quoted
        command.CommandText = $"select {table.ColumnList} from {Table.Quote(table.Name)}";
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync(ct);
        await using var writer = await target.BeginBinaryImportAsync($"copy {table.Qualified} ({table.ColumnList}) from stdin (format binary)", ct);
        while (await reader.ReadAsync(ct))
        {
            await writer.StartRowAsync(ct);
            for (var i = 0; i < table.Columns.Count; i++)
            {
                var column = table.Columns[i];
                var value = await reader.IsDBNullAsync(i, ct) ? null : column.FromSqlite(reader, i);
                content.Add(value);
                if (value is null)
                    await writer.WriteNullAsync(ct);
                else
                    await column.WriteAsync(writer, value, ct);
            }
            content.EndRow();
            if (content.Rows % Progress == 0)
                await output.WriteLineAsync($"{table.Name,-28}{content.Rows.ToString("N0", CultureInfo.InvariantCulture),12} …");
        }
        await writer.CompleteAsync(ct);
        return content;
    }

    async Task<Content> ReadBackAsync(Table table, CancellationToken ct)
    {
        var content = new Content();
        await using var command = NewCommand(target, $"select {table.ColumnList} from {table.Qualified}");
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            for (var i = 0; i < table.Columns.Count; i++)
                content.Add(await reader.IsDBNullAsync(i, ct) ? null : table.Columns[i].FromPostgreSql(reader, i));
            content.EndRow();
        }
        return content;
    }

    async Task ExecuteAsync(string sql, CancellationToken ct)
    {
        await using var command = NewCommand(target, sql);
        await command.ExecuteNonQueryAsync(ct);
    }

    static async Task<bool> ExistsAsync(System.Data.Common.DbConnection connection, string sql, CancellationToken ct)
    {
        await using var command = NewCommand(connection, sql);
        return await command.ExecuteScalarAsync(ct) is not null;
    }

    static async Task<List<string>> NamesAsync(System.Data.Common.DbConnection connection, string sql, CancellationToken ct)
    {
        await using var command = NewCommand(connection, sql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var names = new List<string>();
        while (await reader.ReadAsync(ct))
            names.Add(reader.GetString(0));
        return names;
    }

    static System.Data.Common.DbCommand NewCommand(System.Data.Common.DbConnection connection, string sql)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants, and names from the catalogue, quoted
        command.CommandText = sql;
#pragma warning restore CA2100
        command.CommandTimeout = 0;
        return command;
    }
}
