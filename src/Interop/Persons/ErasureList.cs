using System.Text.Json;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Interop.Persons;

/// <summary>That a person was erased.</summary>
/// <param name="By">The organisation that kept the record and had it erased.</param>
internal sealed record Erased(Guid Person, string By, DateTimeOffset At);

/// <summary>
/// Who was erased: a file for each, outside the database and its backups, so that a backup that is put back does not put a person
/// back. In <c>Erasure:List</c>, a folder that all nodes share and can write; else in <c>erased</c> among the keys. It is written
/// before the erasure commits: one that was lost on the way is done at the next start.
/// </summary>
internal sealed partial class ErasureList(IConfiguration configuration, KeyFolder keys, ILogger<ErasureList> log)
{
    const string Suffix = ".json";

    readonly string _folder = configuration["Erasure:List"] is { Length: > 0 } folder ? Path.GetFullPath(folder) : Path.Combine(keys.Path, "erased");

    /// <returns>Whether it could be written. Who is not listed is not erased: a backup would bring them back.</returns>
    public bool TryAdd(Erased erased)
    {
        var name = $"{erased.Person:D}{Suffix}";
        try
        {
            if (!File.Exists(Path.Combine(_folder, name)))
                KeyFolder.Add(_folder, name, JsonSerializer.SerializeToUtf8Bytes(erased, Json.Options));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NotWritten(log, e, _folder);
            return false;
        }
    }

    public IReadOnlyList<Erased> All() => System.IO.Directory.Exists(_folder)
        ? [.. System.IO.Directory.EnumerateFiles(_folder, "*" + Suffix).Where(f => Path.GetFileName(f)[0] != '.').Select(f => JsonSerializer.Deserialize<Erased>(File.ReadAllBytes(f), Json.Options)!)]
        : [];

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The list of erased persons cannot be written in {Folder}, and nobody is erased without it. Make it writable for all nodes, or set Erasure:List to a folder that is.")]
        public static partial void NotWritten(ILogger logger, Exception exception, string folder);
    }
}
