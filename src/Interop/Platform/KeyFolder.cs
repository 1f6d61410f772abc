using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Interop.Platform;

/// <summary>A key as it lies in the folder.</summary>
/// <param name="Since">
/// From when it is used, as its name says (<c>signing-20261124T101500Z.pem</c>), so that every node has it before one uses it; null:
/// used ever since it was made.
/// </param>
internal sealed record KeyFile(string Name, byte[] Bytes, DateTimeOffset? Since)
{
    public bool IsUsed(DateTimeOffset now) => Since is null || Since <= now;
}

/// <summary>
/// The exchange's keys: files in <c>INTEROP_KEYS</c> (default: <c>keys</c> beside the embedded database), outside the database
/// and its backups, shared by all nodes. A key that is missing is made, once, by whoever asks first.
/// </summary>
internal sealed partial class KeyFolder(IConfiguration configuration, DataFolder data)
{
    /// <summary>Outside the folder of the database's files, or in it: nothing is made by asking.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(configuration["INTEROP_KEYS"] ?? System.IO.Path.Combine(data.Path, "keys"));

    /// <summary>The bytes of the key <paramref name="name"/>, made by <paramref name="make"/> where there is none.</summary>
    public byte[] GetOrMake(string name, Func<byte[]> make)
    {
        var file = System.IO.Path.Combine(Path, name);
        if (!File.Exists(file))
            Add(name, make());
        return File.ReadAllBytes(file);
    }

    /// <summary>Whether the key is this one now: false where there was one of this name, which is left as it is.</summary>
    public bool Add(string name, byte[] bytes) => Add(Path, name, bytes);

    /// <summary>The same for what is no key and is as dear, in a folder of its own.</summary>
    public static bool Add(string folder, string name, byte[] bytes)
    {
        if (OperatingSystem.IsWindows())
            System.IO.Directory.CreateDirectory(folder);
        else
            System.IO.Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // Written whole under another name, then moved without overwriting: two nodes that start together end with one key.
        // No key until then, by its name either: whoever lists keys meanwhile, or after a crash, must not take it for one.
        var file = System.IO.Path.Combine(folder, name);
        var draft = System.IO.Path.Combine(folder, $".{name}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(draft, options))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }
        try
        {
            File.Move(draft, file, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(draft);
            return false;
        }
    }

    /// <summary>The name of a key that is to be used from then on, to the second.</summary>
    public static string NameOf(string prefix, DateTimeOffset since, string suffix) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}-{since.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}{suffix}");

    /// <summary>Every key whose name begins so, the oldest first: those without a date by name, then the others by it.</summary>
    public IReadOnlyList<KeyFile> All(string prefix) =>
        System.IO.Directory.Exists(Path)
            ? [.. System.IO.Directory.GetFiles(Path, prefix + "*")
                .Select(f => new KeyFile(System.IO.Path.GetFileName(f), File.ReadAllBytes(f), Since(f)))
                .OrderBy(k => k.Since ?? DateTimeOffset.MinValue).ThenBy(k => k.Name, StringComparer.Ordinal)]
            : [];

    static DateTimeOffset? Since(string name) =>
        Date().Match(name) is { Success: true } date
        && DateTimeOffset.TryParseExact(date.Groups[1].Value, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since)
            ? since
            : null;

    [GeneratedRegex(@"-(\d{8}T\d{6}Z)\.[a-z]+$")]
    private static partial Regex Date();
}
