using System.Data.Common;
using System.Text.Json;
using Interop.Platform;

namespace Interop.Server.Upkeep.Doctor;

/// <summary>What is the same to ask on both engines, of a database that has been migrated.</summary>
internal static class SchemaCheck
{
    public static async Task<IReadOnlyList<Finding>> OfAsync(DbConnection connection, string engine, CancellationToken ct)
    {
        var there = await TextsAsync(connection, "select name from migrations", ct);
        var known = Migrator.Names(engine);
        if (known.Except(there).ToList() is { Count: > 0 } pending)
            return [Finding.Error("schema-pending", $"The database lacks {string.Join(", ", pending)}.", "interop migrate")];
        var findings = new List<Finding>
        {
            there.Except(known).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } unknown
                ? Finding.Warning("schema-newer", $"The database is of a newer version than this program: it has {string.Join(", ", unknown)}.", "This version serves it on, since migrations only add; go back to the newer one when you can.")
                : Finding.Ok("schema", $"This version's, {known.Count} migrations."),
        };
        if (await TextsAsync(connection, "select value from facts where name = 'world'", ct) is ["demonstration"])
            findings.Add(Finding.Warning("demonstration", "This database holds the demonstration world, whose secrets everybody knows; plain `serve` refuses it.", "Use another database for real work."));
        return findings;
    }

    /// <summary>Which keys the secrets are sealed with.</summary>
    public static async Task<IReadOnlySet<string>> SealingAsync(DbConnection connection, CancellationToken ct)
    {
        var ids = new HashSet<string>();
        await using var command = connection.CreateCommand();
        command.CommandText = "select secret, earlier_secrets from subscriptions union all select box, '[]' from person_keys where box is not null";
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            Add(reader.GetFieldValue<byte[]>(0));
            using var earlier = JsonDocument.Parse(reader.GetString(1));
            foreach (var secret in earlier.RootElement.EnumerateArray())
                Add(secret.GetProperty("secret").GetBytesFromBase64());
        }
        return ids;

        void Add(byte[] box) => ids.Add(SecretBox.IdOf(box) ?? SecretBox.First);
    }

    static async Task<IReadOnlyList<string>> TextsAsync(DbConnection connection, string sql, CancellationToken ct)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this class
        command.CommandText = sql;
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync(ct);
        var texts = new List<string>();
        while (await reader.ReadAsync(ct))
            texts.Add(reader.GetString(0));
        return texts;
    }
}
