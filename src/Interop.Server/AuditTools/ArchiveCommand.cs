using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Interop.Audit.Archive;
using Interop.Audit.Log;
using Interop.AuditLog;
using Interop.Consent.Packs;
using Interop.Platform;
using Interop.Platform.Http;

namespace Interop.Server.AuditTools;

/// <summary>
/// Months of the log as files in a folder that is itself a copy of the log: written, verified, and only then dropped. What the operator
/// runs, with the role that owns the database (<c>ConnectionStrings__InteropOwner</c>) and the keys.
/// </summary>
internal sealed class ArchiveCommand(IServiceProvider services, TextWriter output)
{
    public const string Usage =
        """
        audit archive <YYYY | YYYY-MM> <folder>
        audit drop <YYYY-MM> <folder>
        audit open <folder>/<YYYY-MM>.ndjson <file>
        """;

    public static bool Knows(string[] args) => args is ["audit", "archive" or "drop" or "open", ..];

    public static async Task<int> RunAsync(string[] args, TextWriter output, Action<IServiceCollection>? configure = null)
    {
        var words = Commands.Words(args);
        if (words.Length != 4)
            throw new UsageException(Usage);
        await using var app = InteropServer.Build(args, configure);
        await app.MigrateAsync(ask: false);
        await using var scope = app.Services.CreateAsyncScope();
        var it = new ArchiveCommand(scope.ServiceProvider, output);
        try
        {
            switch (words[1])
            {
                case "archive":
                    await it.ArchiveAsync(MonthsOf(words[2]), words[3]);
                    break;
                case "drop":
                    await it.DropAsync(MonthsOf(words[2]) is [var month] ? month : throw new UsageException(Usage), words[3]);
                    break;
                default:
                    await it.OpenAsync(words[2], words[3]);
                    break;
            }
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InvalidOperationException(e.Message, e);
        }
        catch (DbException e) when (e.SqlState is "42501" or "55P03")
        {
            throw new InvalidOperationException(e.SqlState == "42501"
                ? $"The database refuses it: {e.Message}. ConnectionStrings__InteropOwner names the role that owns the log."
                : "The log is in use, by a long query or a backup. Nothing was dropped; try again.", e);
        }
    }

    T Get<T>() where T : notnull => services.GetRequiredService<T>();

    async Task ArchiveAsync(IReadOnlyList<DateOnly> months, string folder)
    {
        var (note, trust) = await MirrorAsync(folder);
        foreach (var month in await OverAsync(months))
        {
            var file = FileOf(folder, month);
            if (File.Exists(file))
                throw new InvalidOperationException($"{file} is there already. Name another folder, or take it away.");
            var written = await Get<Archivist>().WriteAsync(month, note, $"{file}.new", default);
            File.Move($"{file}.new", file);
            await output.WriteLineAsync(Say(written, "archived"));
        }
        await VerifyAsync(folder, trust);
    }

    /// <summary>Of a year, the months that the log has; and none that is not over.</summary>
    async Task<IReadOnlyList<DateOnly>> OverAsync(IReadOnlyList<DateOnly> months)
    {
        var there = new List<DateOnly>();
        foreach (var month in months)
            if (months.Count == 1 || await Get<Archivist>().HasAsync(month, default))
                there.Add(month);
        if (there.Count == 0)
            throw new InvalidOperationException("The log has nothing of that year.");
        // A day, so that nothing is committed late.
        if (there.Find(m => m.AddMonths(1) >= DateOnly.FromDateTime(Get<Clock>().Now.UtcDateTime)) is { Year: > 1 } open)
            throw new InvalidOperationException($"{Archivist.Name(open)} is not over, or not for a day.");
        return there;
    }

    /// <summary>What the files say is checked once more against the database to the byte, and the folder as any auditor would.</summary>
    async Task DropAsync(DateOnly month, string folder)
    {
        var years = Get<PackShelf>().All.Max(p => p.AccountingYears ?? 0);
        if (month.AddMonths(1).AddYears(years) > DateOnly.FromDateTime(Get<Clock>().Now.UtcDateTime))
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{Archivist.Name(month)} stays: for {years} years persons are told from the log to whom their data was disclosed."));
        var file = FileOf(folder, month);
        if (!File.Exists(file))
            throw new InvalidOperationException($"There is no {file}. First: interop audit archive {Archivist.Name(month)} {folder}");
        var archivist = Get<Archivist>();
        await VerifyAsync(folder, new(await OwnKeysAsync()));
        var archived = await archivist.CompareAsync(month, file, default);
        await archivist.DropAsync(archived, default);
        await output.WriteLineAsync(Say(archived, "dropped"));
        await output.WriteLineAsync($"Keep {folder}: nobody else has these entries. The log tells of it under sha256 {Convert.ToHexStringLower(archived.Sha256)}.");
    }

    async Task OpenAsync(string archive, string file)
    {
        if (!File.Exists(archive))
            throw new InvalidOperationException($"There is no {archive}.");
        if (File.Exists(file))
            throw new InvalidOperationException($"{file} is there already.");
        await Get<Archivist>().OpenAsync(archive, file, default);
        await output.WriteLineAsync($"{file}  opened, for as many persons as were not erased. It holds their data; interop audit verify {file}");
    }

    /// <summary>The folder becomes a copy of the log as it is signed now; or goes on from what it had, if that follows.</summary>
    async Task<(SignedNote Note, LogTrust Trust)> MirrorAsync(string folder)
    {
        System.IO.Directory.CreateDirectory(folder);
        var tiles = Get<LogTiles>();
        var (checkpoint, note) = await Get<CheckpointShelf>().LatestAsync(default) ?? throw new InvalidOperationException("The log is not signed yet. A worker does that.");
        var trust = new LogTrust(await OwnKeysAsync());
        using var local = new LogPlace(folder);
        var bytes = System.Text.Encoding.UTF8.GetBytes(note.ToString());
        var report = await new LogMirror(
            (path, ct) => path == "checkpoint" ? Task.FromResult<byte[]?>(bytes) : tiles.ReadAsync(path, checkpoint.Size, ct),
            local.ReadAsync, (path, file, _) => LogPlace.WriteAsync(folder, path, file), LogPlace.Remover(folder), trust).UpdateAsync(default);
        if (!report.Holds)
            throw new InvalidOperationException($"The log is not to be archived as it is: {report.Findings[0].Message}");
        var published = await LogApi.PublishedAsync(Get<Db>(), Get<LogKeys>(), Get<LogOptions>(), default);
        await LogPlace.WriteAsync(folder, "keys", JsonSerializer.SerializeToUtf8Bytes(published, Json.Options));
        return (note, trust);
    }

    async Task<IReadOnlyList<VerifierKey>> OwnKeysAsync() =>
        [.. (await LogApi.PublishedAsync(Get<Db>(), Get<LogKeys>(), Get<LogOptions>(), default)).Keys.Select(k => VerifierKey.Parse(k.Key))];

    async Task VerifyAsync(string folder, LogTrust trust)
    {
        var report = await ArchiveFolder.VerifyAsync(folder, trust, null, default);
        if (!report.Log.Holds)
            throw new InvalidOperationException($"{folder} does not hold, and nothing was dropped: {report.Log.Findings[0].Message}");
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{folder}  verified: {report.Months.Count} months, a log of {report.Log.Entries} entries"));
    }

    static string FileOf(string folder, DateOnly month) => Path.Combine(folder, $"{Archivist.Name(month)}.ndjson");

    static string Say(MonthFile month, string done) =>
        string.Create(CultureInfo.InvariantCulture, $"{Archivist.Name(month.Month)}  {done}: {month.Entries} entries, {month.Numbers[0].First} to {month.Numbers[^1].Last}");

    static IReadOnlyList<DateOnly> MonthsOf(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var month) ? [month]
        : DateOnly.TryParseExact(text, "yyyy", CultureInfo.InvariantCulture, DateTimeStyles.None, out var year) ? [.. Enumerable.Range(0, 12).Select(year.AddMonths)]
        : throw new UsageException($"'{text}' is no month or year: 2025-11, 2025.\n{Usage}");
}
