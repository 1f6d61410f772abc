using System.Text;
using System.Text.Json;
using Interop.AuditLog;

namespace Interop.Server.AuditTools;

/// <summary>
/// What a witness has cosigned, in a file that is only written at its end: one line a checkpoint, on the disk before it is
/// answered. The last line of a log counts; a line that a crash cut short was never answered, and does not.
/// </summary>
internal sealed class WitnessBook : IDisposable
{
    const int TooLong = 1024 * 1024;

    readonly Dictionary<string, Checkpoint> _last = [];
    FileStream _file;

    /// <exception cref="FormatException">The file holds something else.</exception>
    /// <exception cref="IOException">It cannot be written, or another witness has it.</exception>
    public WitnessBook(string path)
    {
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _file = Open(path);
        var text = Encoding.UTF8.GetString(ReadAll());
        var whole = text.LastIndexOf('\n') + 1;
        foreach (var line in text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Take(Read(line));
        _file.SetLength(Encoding.UTF8.GetByteCount(text[..whole]));
        _file.Seek(0, SeekOrigin.End);
        if (_file.Length > TooLong)
            Shorten(path);
    }

    public Checkpoint? Last(string origin) => _last.GetValueOrDefault(origin);

    /// <summary>On the disk when it returns.</summary>
    public void Keep(Checkpoint checkpoint)
    {
        var end = _file.Position;
        try
        {
            _file.Write(Line(checkpoint));
            _file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            _file.SetLength(end); // a full disk: what comes after must not be joined to half a line
            throw;
        }
        Take(checkpoint);
    }

    public void Dispose() => _file.Dispose();

    /// <summary>The old file stands, whole, until the new one is on the disk and takes its name: either says all that was cosigned.</summary>
    void Shorten(string path)
    {
        var shorter = Open($"{path}.new");
        shorter.SetLength(0);
        foreach (var checkpoint in _last.Values)
            shorter.Write(Line(checkpoint));
        shorter.Flush(flushToDisk: true);
        File.Move($"{path}.new", path, overwrite: true);
        _file.Dispose();
        _file = shorter;
    }

    static FileStream Open(string path) => new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    void Take(Checkpoint checkpoint) => _last[checkpoint.Origin] = checkpoint;

    byte[] ReadAll()
    {
        var bytes = new byte[_file.Length];
        _file.ReadExactly(bytes);
        return bytes;
    }

    static byte[] Line(Checkpoint checkpoint) => [.. JsonSerializer.SerializeToUtf8Bytes(checkpoint.Text), (byte)'\n'];

    static Checkpoint Read(string line)
    {
        try
        {
            return Checkpoint.Parse(JsonSerializer.Deserialize<string>(line)!);
        }
        catch (Exception e) when (e is JsonException or ArgumentNullException)
        {
            throw new FormatException("A line of the witness's file is no checkpoint.", e);
        }
    }
}
