using System.Buffers.Binary;
using System.Text;

namespace Interop.AuditLog;

/// <summary>One line under a note: whose, by which key, and the signature's bytes.</summary>
/// <param name="KeyId">The first four bytes of a hash of name and key: a hint, not proof.</param>
public sealed record NoteSignature(string Name, uint KeyId, byte[] Signature)
{
    private const string Dash = "— ";

    /// <summary>With its line end.</summary>
    public string Line
    {
        get
        {
            var bytes = new byte[4 + Signature.Length];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
            Signature.CopyTo(bytes, 4);
            return $"{Dash}{Name} {Convert.ToBase64String(bytes)}\n";
        }
    }

    /// <param name="line">Without its line end.</param>
    /// <exception cref="FormatException">It is no signature line.</exception>
    public static NoteSignature Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (line.StartsWith(Dash, StringComparison.Ordinal) && line[Dash.Length..].Split(' ') is [var name, var base64] && VerifierKey.IsName(name)
            && Base64.Strict(base64) is { Length: > 4 } bytes)
            return new(name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes[4..]);
        throw new FormatException("A line under the note is no signature.");
    }
}

/// <summary>
/// A text and who signed it (C2SP signed-note). What it says must not be relied on before <see cref="Verified"/> has named a
/// key that one trusts.
/// </summary>
/// <param name="Text">What is signed, its last line end included.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    public const int MaximumLength = 1024 * 1024;
    private const int MaximumSignatures = 100;

    /// <exception cref="FormatException">It is no signed note: a control character, no empty line before the signatures, none of them.</exception>
    public static SignedNote Parse(string note)
    {
        ArgumentNullException.ThrowIfNull(note);
        if (note.Length > MaximumLength) throw new FormatException("The note is too long.");
        if (note.Any(c => c < ' ' && c != '\n')) throw new FormatException("The note has control characters.");
        if (!note.EndsWith('\n') || note.LastIndexOf("\n\n", StringComparison.Ordinal) is not (>= 0 and var end)) throw new FormatException("The note is not a text, an empty line and signatures.");
        var lines = note[(end + 2)..].Split('\n')[..^1];
        if (lines.Length is 0 or > MaximumSignatures) throw new FormatException("The note has no signature, or too many.");
        return new(note[..(end + 1)], [.. lines.Select(NoteSignature.Parse)]);
    }

    /// <exception cref="FormatException">As above; or not UTF-8.</exception>
    public static SignedNote Parse(ReadOnlySpan<byte> utf8)
    {
        if (!System.Text.Unicode.Utf8.IsValid(utf8)) throw new FormatException("The note is not UTF-8.");
        return Parse(Encoding.UTF8.GetString(utf8));
    }

    /// <summary>
    /// Those of <paramref name="known"/> that signed it. Lines of other keys are passed over, whatever they say.
    /// </summary>
    /// <exception cref="FormatException">A line bears the name and id of a known key and is not by it: such a note is refused whole.</exception>
    public IReadOnlyList<VerifierKey> Verified(IEnumerable<VerifierKey> known)
    {
        ArgumentNullException.ThrowIfNull(known);
        var verified = new List<VerifierKey>();
        foreach (var key in known)
        {
            var lines = Signatures.Where(s => s.Name == key.Name && s.KeyId == key.KeyId).ToList();
            if (lines.Count == 0) continue;
            if (!lines.All(s => key.Verifies(Text, s.Signature))) throw new FormatException($"A signature in the name of {key.Name} ({key.KeyId:x8}) is not by that key.");
            verified.Add(key);
        }
        return verified;
    }

    public override string ToString() => Text + "\n" + string.Concat(Signatures.Select(s => s.Line));
}
