using System.Text;
using Interop.AuditLog;
using Interop.Platform;
using Microsoft.Extensions.Configuration;

namespace Interop.Audit.Log;

/// <summary>
/// What lies outside the database and its backups: the keys that sign checkpoints, <c>audit-signing*.key</c> in the key folder,
/// and beside them the checkpoint that was signed last. All keys sign. To rotate: add one, tell the auditors its verifier key,
/// take the old one away once they have it. Read at every signature: no restart.
/// </summary>
internal sealed class LogKeys(KeyFolder folder, LogOptions options, IConfiguration configuration)
{
    const string Prefix = "audit-signing";
    const string First = $"{Prefix}.key";

    readonly string _last = configuration["Audit:LastCheckpoint"] ?? Path.Combine(folder.Path, "audit-checkpoint.txt");

    /// <exception cref="FormatException">A file is no key.</exception>
    public IReadOnlyList<NoteSigner> Signers()
    {
        if (Files().Count == 0)
            folder.GetOrMake(First, NoteSigner.NewPem);
        return [.. Files().Select(f => Read(f.Name, f.Bytes))];
    }

    /// <summary>The checkpoint that was signed last by whoever shares this folder; null where none was.</summary>
    /// <exception cref="FormatException">The file holds something else.</exception>
    public Checkpoint? LastSigned()
    {
        try
        {
            return File.Exists(_last) ? Checkpoint.Parse(SignedNote.Parse(File.ReadAllBytes(_last)).Text) : null;
        }
        catch (FormatException e)
        {
            throw new FormatException($"{_last} is no checkpoint. {e.Message}", e);
        }
    }

    /// <summary>Keeps it, durably. Call it before the checkpoint can be seen, holding the lease.</summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public void Remember(SignedNote note)
    {
        var draft = $"{_last}.new";
        using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            file.Write(Encoding.UTF8.GetBytes(note.ToString()));
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, _last, overwrite: true);
    }

    public IReadOnlyList<KeyFile> Files() => [.. folder.All(Prefix).Where(k => k.Name.EndsWith(".key", StringComparison.Ordinal))];

    NoteSigner Read(string name, byte[] bytes)
    {
        try
        {
            return new(options.Origin, NoteAlgorithm.Ed25519, Encoding.ASCII.GetString(bytes));
        }
        catch (FormatException e)
        {
            throw new FormatException($"{name}: {e.Message}", e);
        }
    }
}
