using System.Globalization;
using System.Text;

namespace Interop.AuditLog;

/// <summary>What a log sends to a witness (C2SP tlog-witness, add-checkpoint).</summary>
/// <param name="OldSize">The size that the witness last cosigned, as the log believes.</param>
/// <param name="Proof">That the checkpoint's tree begins with the tree of that size.</param>
public sealed record AddCheckpoint(long OldSize, IReadOnlyList<byte[]> Proof, SignedNote Note)
{
    private const int MaximumProof = 63;

    public override string ToString() =>
        string.Concat(Proof.Select(hash => Convert.ToBase64String(hash) + "\n").Prepend(string.Create(CultureInfo.InvariantCulture, $"old {OldSize}\n"))) + "\n" + Note;

    /// <exception cref="FormatException">It is no such request.</exception>
    public static AddCheckpoint Parse(ReadOnlySpan<byte> utf8)
    {
        if (!System.Text.Unicode.Utf8.IsValid(utf8)) throw new FormatException("The request is not UTF-8.");
        var text = Encoding.UTF8.GetString(utf8);
        if (text.IndexOf("\n\n", StringComparison.Ordinal) is not (> 0 and var end)) throw new FormatException("There is no empty line before the checkpoint.");
        var lines = text[..end].Split('\n');
        if (!lines[0].StartsWith("old ", StringComparison.Ordinal)
            || !long.TryParse(lines[0].AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var old)
            || lines[0] != string.Create(CultureInfo.InvariantCulture, $"old {old}"))
            throw new FormatException("The first line is not 'old' and a size.");
        if (lines.Length - 1 > MaximumProof) throw new FormatException("The proof is too long.");
        var proof = lines.Skip(1).Select(line => Base64.Strict(line) is { Length: MerkleTree.HashSize } hash ? hash : throw new FormatException("A line of the proof is no hash.")).ToList();
        return new(old, proof, SignedNote.Parse(text[(end + 2)..]));
    }
}
