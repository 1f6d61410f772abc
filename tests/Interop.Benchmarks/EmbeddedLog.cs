using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Interop.Benchmarks;

/// <summary>On SQLite what audit-entries.sql is on PostgreSQL: the same entries, as long, for the same questions.</summary>
internal static class EmbeddedLog
{
    static readonly DateTimeOffset s_begin = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <returns>How many entries the log has then.</returns>
    public static long Fill(string file, int entries)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        connection.Open();
        using var all = connection.BeginTransaction();
        using var last = Command(connection, "select coalesce(max(\"index\"), -1) + 1 from audit_sequence");
        var begun = (long)last.ExecuteScalar()!;
        using var entry = Command(connection,
            """
            insert into audit_entries (id, at, organisation, client, actor, action, operation, outcome, person, resource_type, resource_id, ground, discloser, canonical, salt, hash)
            values ($0, $1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'org-1', $11, $12, $13)
            """, 14);
        using var number = Command(connection, "insert into audit_sequence (\"index\", entry_id) values ($0, $1)", 2);
        using var consent = Command(connection, "insert into audit_consents (consent_id, at, entry_id, version) values ($0, $1, $2, 1)", 3);
        for (long i = 0; i < entries; i++)
            Write(i, entries, begun, entry, number, consent);
        all.Commit();
        return begun + entries;
    }

    static void Write(long i, long entries, long begun, SqliteCommand entry, SqliteCommand number, SqliteCommand consent)
    {
        var at = s_begin + TimeSpan.FromDays(730) / entries * i;
        var id = Text(Guid.CreateVersion7(at));
        var micros = (at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;
        var (person, dice) = (AuditQuestions.PersonOf(i), i * 17 % 30);
        var organisation = Figures.Say($"org-{(int)(200 * Math.Pow(i * 7919 % 100003 / 100003.0, 3))}");
        var named = dice is not (20 or 21);
        var ground = (dice < 20 && dice != 7) || dice is >= 23 and <= 25 ? "consent" : dice > 25 ? "authorship" : null;
        Run(entry, id, micros, organisation, i % 3 == 0 ? Figures.Say($"{organisation}/{i % 20}") : null,
            dice < 20 ? "read" : dice < 23 ? "query" : dice < 26 ? "deliver" : dice < 29 ? "update" : "create",
            dice < 20 ? "referral.read" : dice < 23 ? "referral.list" : dice < 26 ? "event.deliver" : dice < 29 ? "referral.accept" : "referral.create",
            dice == 7 ? "denied" : dice == 27 && i % 5 == 0 ? "refused" : "permitted",
            named ? Text(person) : null, named ? "Referral" : null, named ? AuditQuestions.GuidOf(person.ToString()).ToString() : null, ground,
            $$"""{"action":"read","consents":[{"id":"{{AuditQuestions.GuidOf($"consent-{person}")}}","version":1}],"x":"{{new string('x', 400)}}"}""",
            RandomNumberGenerator.GetBytes(32), SHA256.HashData(Encoding.UTF8.GetBytes(id)));
        Run(number, begun + i, id);
        if (ground == "consent")
            Run(consent, Text(AuditQuestions.GuidOf($"consent-{person}")), micros, id);
    }

    static string Text(Guid id) => id.ToString("D").ToUpperInvariant();

    static SqliteCommand Command(SqliteConnection connection, string sql, int parameters = 0)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this class
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var n = 0; n < parameters; n++)
            command.Parameters.Add(new SqliteParameter { ParameterName = Figures.Say($"${n}") });
        return command;
    }

    static void Run(SqliteCommand command, params object?[] values)
    {
        for (var n = 0; n < values.Length; n++)
            command.Parameters[n].Value = values[n] ?? DBNull.Value;
        command.ExecuteNonQuery();
    }
}
