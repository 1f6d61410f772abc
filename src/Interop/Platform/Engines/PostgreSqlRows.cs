using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;

namespace Interop.Platform.Engines;

/// <summary>How rows of one table are written to PostgreSQL: new ones one by its values, several as an array for each column; changed ones each by its key.</summary>
internal sealed class PostgreSqlRows
{
    /// <summary>In one statement: the nth text of an array is found by going past those before it.</summary>
    const int Most = 256;

    static readonly ConditionalWeakTable<Mapping, PostgreSqlRows> s_known = [];

    readonly IReadOnlyList<Column> _columns;
    readonly NpgsqlDbType[] _types;
    readonly string _one;
    readonly string _several;
    readonly string _update;

    PostgreSqlRows(Mapping mapping)
    {
        _columns = mapping.Columns;
        using var any = new NpgsqlCommand();
        _types = [.. _columns.Select(c => ((NpgsqlParameter)c.Mapping.CreateParameter(any, "", null, nullable: true)).NpgsqlDbType)];
        _one = $"{mapping.InsertInto} values ({string.Join(", ", _columns.Select((_, n) => $"${n + 1}"))})";
        // Not from unnest($1, $2 …): each of its arrays is a scan with a store of its own, half of what it costs to write a dozen rows.
        _several = $"{mapping.InsertInto} select {string.Join(", ", _columns.Select((c, n) => $"(${n + 1}::{c.Mapping.StoreType}[])[n]"))} from generate_subscripts($1, 1) n";
        _update = mapping.Update;
    }

    /// <summary>A command for each kind of row, in the order in which the first of each was asked for: what others refer to comes before them.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Of(Db db, Rows rows) =>
        rows.Inserted.GroupBy(r => r.GetType()).SelectMany(kind => kind.Chunk(Most).Select(Of(db, kind.Key).Insert)).Concat(rows.Updated.Select(row => Of(db, row.GetType()).Update(row)));

    static PostgreSqlRows Of(Db db, Type type) => s_known.GetValue(Mapping.Of(db, type), m => new(m));

    NpgsqlBatchCommand Insert(object[] rows)
    {
        if (rows is [var only])
            return With(_one, only);
        var command = new NpgsqlBatchCommand(_several);
        foreach (var column in _columns)
            command.Parameters.Add(new() { Value = column.OfAll(rows) });
        return command;
    }

    NpgsqlBatchCommand Update(object row) => With(_update, row);

    NpgsqlBatchCommand With(string sql, object row)
    {
        var command = new NpgsqlBatchCommand(sql);
        for (var n = 0; n < _columns.Count; n++)
            command.Parameters.Add(new() { NpgsqlDbType = _types[n], Value = _columns[n].Of(row) ?? DBNull.Value });
        return command;
    }
}
