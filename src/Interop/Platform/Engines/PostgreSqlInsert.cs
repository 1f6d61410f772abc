using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;

namespace Interop.Platform.Engines;

/// <summary>How rows of one table are written to PostgreSQL: one by its values, several as an array for each column.</summary>
internal sealed class PostgreSqlInsert
{
    static readonly ConditionalWeakTable<Mapping, PostgreSqlInsert> s_known = [];

    readonly IReadOnlyList<Column> _columns;
    readonly NpgsqlDbType[] _types;
    readonly string _one;
    readonly string _several;

    PostgreSqlInsert(Mapping mapping)
    {
        _columns = mapping.Columns;
        using var any = new NpgsqlCommand();
        _types = [.. _columns.Select(c => ((NpgsqlParameter)c.Mapping.CreateParameter(any, "", null, nullable: true)).NpgsqlDbType)];
        _one = $"{mapping.InsertInto} values ({string.Join(", ", _columns.Select((_, n) => $"${n + 1}"))})";
        _several = $"{mapping.InsertInto} select * from unnest({string.Join(", ", _columns.Select((c, n) => $"${n + 1}::{c.Mapping.StoreType}[]"))})";
    }

    /// <summary>A command for each kind of row, in the order in which the first of each was asked for: what others refer to comes before them.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Of(Db db, IReadOnlyList<object> rows) =>
        rows.GroupBy(r => r.GetType(), (type, kind) => s_known.GetValue(Mapping.Of(db, type), m => new(m)).Of([.. kind]));

    NpgsqlBatchCommand Of(IReadOnlyList<object> rows)
    {
        var command = new NpgsqlBatchCommand(rows is [_] ? _one : _several);
        for (var n = 0; n < _columns.Count; n++)
            command.Parameters.Add(rows is [var only]
                ? new() { NpgsqlDbType = _types[n], Value = _columns[n].Of(only) ?? DBNull.Value }
                : new() { Value = ArrayOf(_columns[n], rows) });
        return command;
    }

    static Array ArrayOf(Column column, IReadOnlyList<object> rows)
    {
        if (column.Type == typeof(string)) // most are
            return rows.Select(r => (string?)column.Of(r)).ToArray();
        var values = Array.CreateInstance(column.Type, rows.Count);
        for (var n = 0; n < rows.Count; n++)
            values.SetValue(column.Of(rows[n]), n);
        return values;
    }
}
