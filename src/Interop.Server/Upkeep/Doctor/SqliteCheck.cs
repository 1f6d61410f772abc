using Interop.Platform.Engines;
using Microsoft.Data.Sqlite;

namespace Interop.Server.Upkeep.Doctor;

/// <summary>The embedded database: its folder, and what is in it. Also while it is served.</summary>
internal static class SqliteCheck
{
    const long MiB = 1024 * 1024;
    const UnixFileMode Others = (UnixFileMode)0b111_111;

    public static async Task<DatabaseFindings> OfAsync(Place place, Surroundings surroundings, CancellationToken ct)
    {
        if (File.Exists(place.Data))
            return new([Finding.Error("data-folder", $"INTEROP_DATA={place.Data} is no folder.", "Set it to the folder of the embedded database.")], null);
        if (!System.IO.Directory.Exists(place.Data))
            return new([Finding.Note("data-none", $"There is no folder {place.Data} yet; the first start makes it.")], null);
        var findings = Folder(place.Data, surroundings).ToList();
        if (!File.Exists(place.Database))
            return new([.. findings, Finding.Note("data-none", $"There is no database in {place.Data} yet; the first start makes it.")], null);
        try
        {
            var served = Sqlite.IsInUse(place.Database);
            // Nobody else changes it, so SQLite need keep no watch, for which it would make files.
            var source = served ? place.Database : $"file:{place.Database}?immutable=1";
            if (!served && new FileInfo(place.Database + "-wal") is { Exists: true, Length: > 0 })
                return new([.. findings, Finding.Note("data-unfinished", "The last process to serve it was cut off; what it had committed is taken up at the next start.")], null);
            await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = source, Mode = SqliteOpenMode.ReadOnly, Pooling = false, DefaultTimeout = 10 }.ToString());
            await connection.OpenAsync(ct);
            findings.Add(Finding.Ok("database", $"SQLite in {place.Data}{(served ? ", being served" : "")}."));
            var schema = await SchemaCheck.OfAsync(connection, "sqlite", ct);
            return new([.. findings, .. schema], schema[0].Severity < Severity.Error ? await SchemaCheck.SealingAsync(connection, ct) : null);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            return new([.. findings, Finding.Error("database-unreadable", $"{place.Database} cannot be read: {e.Message}", "Run this as the server's user; if it persists, restore the backup.")], null);
        }
    }

    static IEnumerable<Finding> Folder(string data, Surroundings surroundings)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(data) & Others) != 0)
            yield return Finding.Warning("data-open", $"Others than its owner may enter {data}.", $"chmod 700 {data}");
        if (!Writable.Is(data))
            yield return Finding.Error("data-readonly", $"{data} cannot be written to.", "Make it the server's user's, and run this as that user.");
        var free = surroundings.FreeSpace(data);
        if (free < 1024 * MiB)
            yield return new(free < 100 * MiB ? Severity.Error : Severity.Warning, "disk-full", $"{free / MiB} MiB are left on the disk of {data}.", "Make room: while it is full, writes are refused with 503.");
    }
}
