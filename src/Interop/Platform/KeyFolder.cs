using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;

namespace Interop.Platform;

/// <summary>
/// The exchange's keys: files in <c>INTEROP_KEYS</c> (default: <c>keys</c> beside the embedded database), outside the database
/// and its backups, shared by all nodes. A key that is missing is made, once, by whoever asks first.
/// </summary>
internal sealed class KeyFolder(IConfiguration configuration, DataFolder data)
{
    public string Path { get; } = System.IO.Path.GetFullPath(configuration["INTEROP_KEYS"] ?? data.File("keys"));

    /// <summary>The bytes of the key <paramref name="name"/>, made by <paramref name="make"/> where there is none.</summary>
    public byte[] GetOrMake(string name, Func<byte[]> make)
    {
        var file = System.IO.Path.Combine(Path, name);
        if (!File.Exists(file))
        {
            if (OperatingSystem.IsWindows())
                System.IO.Directory.CreateDirectory(Path);
            else
                System.IO.Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            // Written whole under another name, then moved without overwriting: two nodes that start together end with one key.
            // No key until then, by its name either: whoever lists keys meanwhile, or after a crash, must not take it for one.
            var draft = System.IO.Path.Combine(Path, $".{name}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}");
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var stream = new FileStream(draft, options))
            {
                stream.Write(make());
                stream.Flush(flushToDisk: true);
            }
            try
            {
                File.Move(draft, file, overwrite: false);
            }
            catch (IOException) when (File.Exists(file))
            {
                File.Delete(draft);
            }
        }
        return File.ReadAllBytes(file);
    }

    /// <summary>Every key whose name begins so, in order of name.</summary>
    public IReadOnlyList<(string Name, byte[] Bytes)> All(string prefix) =>
        System.IO.Directory.Exists(Path)
            ? [.. System.IO.Directory.GetFiles(Path, prefix + "*").Order(StringComparer.Ordinal).Select(f => (System.IO.Path.GetFileName(f), File.ReadAllBytes(f)))]
            : [];
}
