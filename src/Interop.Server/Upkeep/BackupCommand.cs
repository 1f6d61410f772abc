using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace Interop.Server.Upkeep;

/// <summary>
/// <c>backup</c>: the embedded database as of one instant, while it is served. Keys are no part of it: together with them a stolen
/// backup would tell what the database does not.
/// </summary>
internal static class BackupCommand
{
    public const string Usage = "backup <folder>";

    public static async Task<int> RunAsync(string[] args)
    {
        if (Commands.Words(args) is not ["backup", var folder])
            throw new UsageException(Usage);
        var place = Place.Of(InteropServer.NewBuilder(args).Configuration);
        if (!place.IsEmbedded)
            throw new InvalidOperationException("PostgreSQL has its own tools for this: pg_dump, or its archive of the write-ahead log. See deploy/README.md.");
        if (!File.Exists(place.Database))
            throw new InvalidOperationException($"There is no {place.Database}. Set INTEROP_DATA to the folder that is served.");
        var target = Path.Combine(Path.GetFullPath(folder), Path.GetFileName(place.Database));
        if (File.Exists(target))
            throw new InvalidOperationException($"{target} is there already. Name another folder.");
        try
        {
            await WriteAsync(place.Database, target);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"{target} could not be written: {e.Message}", e);
        }
        await Console.Out.WriteLineAsync($"{target}  {new FileInfo(target).Length.ToString("N0", CultureInfo.InvariantCulture)} bytes");
        await Console.Out.WriteLineAsync($"The keys are not in it, and without them it cannot be served again: keep a copy of {place.Keys} in another place.");
        return 0;
    }

    /// <summary>Whole and looked through under another name first, so that what bears the name is a backup.</summary>
    static async Task WriteAsync(string database, string target)
    {
        var folder = Path.GetDirectoryName(target)!;
        if (OperatingSystem.IsWindows())
            System.IO.Directory.CreateDirectory(folder);
        else
            System.IO.Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var draft = Path.Combine(folder, $".backup.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}");
        try
        {
            await using (var created = NewFile(draft))
                await ExecuteAsync(database, "vacuum into $file", draft);
            if (await ExecuteAsync(draft, "pragma integrity_check", null) is not "ok" and var fault)
                throw new IOException($"the copy is not sound: {fault}");
            await using (var written = new FileStream(draft, FileMode.Open, FileAccess.ReadWrite))
                written.Flush(flushToDisk: true);
            File.Move(draft, target, overwrite: false);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <summary>SQLite fills an empty file, and this one is readable by nobody else from the start.</summary>
    static FileStream NewFile(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new(path, options);
    }

    static async Task<string?> ExecuteAsync(string database, string sql, string? file)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 30 }.ToString());
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        if (file is not null)
            command.Parameters.AddWithValue("$file", file);
        return await command.ExecuteScalarAsync() as string;
    }
}
