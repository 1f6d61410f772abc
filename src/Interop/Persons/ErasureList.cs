using System.Text.Json;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.Extensions.Configuration;

namespace Interop.Persons;

/// <summary>That a person was erased.</summary>
/// <param name="By">The organisation that kept the record and had it erased.</param>
internal sealed record Erased(Guid Person, string By, DateTimeOffset At);

/// <summary>
/// Who was erased: a file for each, outside the database and its backups, so that a backup that is put back does not put a person
/// back. In <c>Erasure:List</c>, a folder that all nodes share and can write; else in <c>erased</c> among the keys. It is written
/// before the erasure commits: one that was lost on the way is done at the next start.
/// </summary>
internal sealed class ErasureList(IConfiguration configuration, KeyFolder keys)
{
    const string Suffix = ".json";

    readonly string _folder = configuration["Erasure:List"] is { Length: > 0 } folder ? Path.GetFullPath(folder) : Path.Combine(keys.Path, "erased");

    public void Add(Erased erased) => KeyFolder.Add(_folder, $"{erased.Person:D}{Suffix}", JsonSerializer.SerializeToUtf8Bytes(erased, Json.Options));

    public IReadOnlyList<Erased> All() => System.IO.Directory.Exists(_folder)
        ? [.. System.IO.Directory.EnumerateFiles(_folder, "*" + Suffix).Where(f => Path.GetFileName(f)[0] != '.').Select(f => JsonSerializer.Deserialize<Erased>(File.ReadAllBytes(f), Json.Options)!)]
        : [];
}
