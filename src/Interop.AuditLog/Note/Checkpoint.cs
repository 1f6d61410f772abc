using System.Globalization;

namespace Interop.AuditLog;

/// <summary>What a log says of itself at one moment (C2SP tlog-checkpoint): which log, how many entries, and the root over them.</summary>
/// <param name="Origin">Names the log, for ever.</param>
public sealed record Checkpoint(string Origin, long Size, byte[] Root)
{
    /// <summary>The text of the note that is signed.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n");

    /// <summary>Reads a note's text. Lines after the third are passed over: nobody can audit them.</summary>
    /// <exception cref="FormatException">It is no checkpoint.</exception>
    public static Checkpoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Split('\n') is not [{ Length: > 0 } origin, var digits, var base64, .. var rest, ""] || rest.Contains(""))
            throw new FormatException("A checkpoint has an origin, a size and a root, each on its line.");
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var size) || size.ToString(CultureInfo.InvariantCulture) != digits)
            throw new FormatException("The checkpoint's second line is no size.");
        if (Base64.Strict(base64) is not { Length: MerkleTree.HashSize } root) throw new FormatException("The checkpoint's third line is no root hash.");
        return new(origin, size, root);
    }

    public bool Equals(Checkpoint? other) => other is not null && Text == other.Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}
