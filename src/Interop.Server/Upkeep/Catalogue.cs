using System.Data.Common;
using System.Globalization;
using Interop.Platform.Engines;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace Interop.Server.Upkeep;

/// <summary>A table of the exchange on PostgreSQL.</summary>
internal sealed record Table(string Schema, string Name, IReadOnlyList<Column> Columns)
{
    public string Qualified => $"{Quote(Schema)}.{Quote(Name)}";

    public string ColumnList => string.Join(", ", Columns.Select(c => Quote(c.Name)));

    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>A column, and how its values are kept on either engine.</summary>
internal sealed record Column(string Name, NpgsqlDbType Type)
{
    /// <exception cref="InvalidOperationException">A type that no table had when this was written.</exception>
    public static Column Of(string table, string name, string type) => new(name, type switch
    {
        "text" => NpgsqlDbType.Text,
        "uuid" => NpgsqlDbType.Uuid,
        "int4" => NpgsqlDbType.Integer,
        "int8" => NpgsqlDbType.Bigint,
        "bool" => NpgsqlDbType.Boolean,
        "date" => NpgsqlDbType.Date,
        "timestamptz" => NpgsqlDbType.TimestampTz,
        "bytea" => NpgsqlDbType.Bytea,
        _ => throw new InvalidOperationException($"{table}.{name} is of type {type}, which `move` does not know."),
    });

    public object FromSqlite(SqliteDataReader row, int i) => Type switch
    {
        NpgsqlDbType.Uuid => Guid.Parse(row.GetString(i)),
        NpgsqlDbType.Integer => row.GetInt32(i),
        NpgsqlDbType.Bigint => row.GetInt64(i),
        NpgsqlDbType.Boolean => row.GetInt64(i) != 0,
        NpgsqlDbType.Date => DateOnly.ParseExact(row.GetString(i), "yyyy-MM-dd", CultureInfo.InvariantCulture),
        NpgsqlDbType.TimestampTz => Sqlite.FromMicroseconds(row.GetInt64(i)),
        NpgsqlDbType.Bytea => row.GetFieldValue<byte[]>(i),
        _ => row.GetString(i),
    };

    public object FromPostgreSql(DbDataReader row, int i) => Type switch
    {
        NpgsqlDbType.Date => row.GetFieldValue<DateOnly>(i),
        NpgsqlDbType.TimestampTz => row.GetFieldValue<DateTimeOffset>(i),
        _ => row.GetValue(i),
    };

    public Task WriteAsync(NpgsqlBinaryImporter to, object value, CancellationToken ct) => to.WriteAsync(value, Type, ct);
}

internal static class Catalogue
{
    /// <summary>Every table that a module owns, what is referred to before what refers to it.</summary>
    public static async Task<IReadOnlyList<Table>> TablesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var columns = new List<(string Schema, string Table, Column Column)>();
        await foreach (var row in RowsAsync(connection,
            """
            select n.nspname, c.relname, a.attname, t.typname
            from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
            where c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any($1) and c.relname <> 'migrations' and a.attnum > 0 and not a.attisdropped
            order by n.nspname, c.relname, a.attnum
            """, ct))
            columns.Add((row[0], row[1], Column.Of(row[1], row[2], row[3])));
        var tables = columns.GroupBy(c => (c.Schema, c.Table)).Select(g => new Table(g.Key.Schema, g.Key.Table, [.. g.Select(c => c.Column)])).ToList();
        var refersTo = new List<(string From, string To)>();
        await foreach (var row in RowsAsync(connection,
            """
            select f.relname, t.relname from pg_constraint k join pg_class f on f.oid = k.conrelid join pg_class t on t.oid = k.confrelid join pg_namespace n on n.oid = f.relnamespace
            where k.contype = 'f' and n.nspname = any($1) and k.conrelid <> k.confrelid
            """, ct))
            refersTo.Add((row[0], row[1]));
        return Ordered(tables, refersTo.ToLookup(r => r.From, r => r.To));
    }

    static IReadOnlyList<Table> Ordered(List<Table> tables, ILookup<string, string> refersTo)
    {
        var ordered = new List<Table>();
        while (tables.Count > 0)
        {
            var free = tables.Where(t => refersTo[t.Name].All(to => tables.All(other => other.Name != to))).ToList();
            if (free.Count == 0)
                throw new InvalidOperationException($"{string.Join(", ", tables.Select(t => t.Name))} refer to each other in a circle.");
            ordered.AddRange(free);
            tables.RemoveAll(free.Contains);
        }
        return ordered;
    }

    static async IAsyncEnumerable<string[]> RowsAsync(NpgsqlConnection connection, string sql, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
#pragma warning disable CA2100 // constants of this class
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = PostgreSql.Schemas } } };
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            yield return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];
    }
}
