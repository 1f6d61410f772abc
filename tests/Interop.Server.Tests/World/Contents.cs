using System.Data.Common;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.World;

/// <summary>Everything that a database holds, value by value, past every door.</summary>
static class Contents
{
    /// <summary>Each value as text, with its place: <c>persons.family_name</c>. Bytes as the characters that they would be.</summary>
    public static Task<List<(string Place, string Text)>> DumpAsync(this Exchange exchange) => exchange.LookAsync(async db =>
    {
        await db.Database.OpenConnectionAsync();
        var connection = db.Database.GetDbConnection();
        var all = new List<(string, string)>();
        var tables = new List<string>();
        await ReadAsync(connection, db.Database.IsSqlite()
            ? "select name from sqlite_master where type = 'table'"
            : "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')",
            row => tables.Add(row.GetString(0)));
        foreach (var table in tables)
            await ReadAsync(connection, $"select * from {table}", row =>
            {
                for (var i = 0; i < row.FieldCount; i++)
                    if (!row.IsDBNull(i))
                        all.Add(($"{table[(table.IndexOf('.', StringComparison.Ordinal) + 1)..]}.{row.GetName(i)}", row.GetValue(i) switch { byte[] bytes => Encoding.Latin1.GetString(bytes), DateOnly day => day.ToString("O"), var other => other.ToString()! }));
            });
        return all;
    });

    /// <summary>Every file below the folder that has these bytes in it.</summary>
    public static async Task<IReadOnlyList<string>> FilesWithAsync(string folder, string text)
    {
        var found = new List<string>();
        foreach (var file in System.IO.Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal))) // held, and empty
        {
            await using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[open.Length];
            await open.ReadExactlyAsync(bytes);
            if (bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0)
                found.Add(Path.GetFileName(file));
        }
        return found;
    }

    static async Task ReadAsync(DbConnection connection, string sql, Action<DbDataReader> row)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // names from the schema
        command.CommandText = sql;
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            row(reader);
    }
}
