using System.Text.Json;
using System.Text.Json.Nodes;

namespace Interop.AuditLog;

/// <summary>
/// What a verifier keeps from one time to the next: the checkpoint that it last found sound, and enough hashes to say which
/// entry was changed since: one for each 256 entries, and each of the last ones.
/// </summary>
public sealed class LogMemory
{
    private readonly byte[] _groups; // roots over full tiles of leaves
    private readonly byte[] _tail; // leaf hashes after them

    internal LogMemory(SignedNote note, IReadOnlyList<VerifierKey> keys, byte[] groups, byte[] tail) =>
        (Note, Keys, Checkpoint, _groups, _tail) = (note, keys, Checkpoint.Parse(note.Text), groups, tail);

    public SignedNote Note { get; }
    public Checkpoint Checkpoint { get; }

    /// <summary>The log's keys that it trusted.</summary>
    public IReadOnlyList<VerifierKey> Keys { get; }

    /// <exception cref="FormatException">It is not what <see cref="ToString"/> wrote: a verifier's memory must not be altered either.</exception>
    public static LogMemory Parse(string text)
    {
        try
        {
            var json = JsonNode.Parse(text)!.AsObject();
            var memory = new LogMemory(
                SignedNote.Parse((string)json["checkpoint"]!),
                [.. json["keys"]!.AsArray().Select(k => VerifierKey.Parse((string)k!))],
                Convert.FromBase64String((string)json["groups"]!),
                Convert.FromBase64String((string)json["tail"]!));
            if (memory.Note.Verified(memory.Keys).Count == 0) throw new FormatException("Its checkpoint is not signed by its keys.");
            if (!memory.Root().AsSpan().SequenceEqual(memory.Checkpoint.Root)) throw new FormatException("Its hashes do not give its checkpoint's root.");
            return memory;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or NullReferenceException or ArgumentException)
        {
            throw new FormatException($"What was kept of the log cannot be used. {e.Message}", e);
        }
    }

    public override string ToString() => new JsonObject
    {
        ["checkpoint"] = Note.ToString(),
        ["keys"] = new JsonArray([.. Keys.Select(k => (JsonNode)k.ToString())]),
        ["groups"] = Convert.ToBase64String(_groups),
        ["tail"] = Convert.ToBase64String(_tail),
    }.ToJsonString(s_options) + "\n";

    /// <summary>Holds a tile of leaf hashes against what was seen before.</summary>
    internal Finding? Compare(Tile tile, byte[] leaves)
    {
        var seen = $"The log was seen with {Checkpoint.Size} entries before";
        var inGroups = (tile.Number + 1) * MerkleTree.HashSize;
        if (inGroups <= _groups.Length)
        {
            // A shorter log than was seen has a partial tile here: that it is shorter is told elsewhere.
            if (tile.IsPartial || MerkleTree.At(_groups, (int)tile.Number).SequenceEqual(MerkleTree.Root(leaves))) return null;
            return new("changed", $"One of the entries {tile.First} to {tile.First + Tile.FullWidth - 1} has changed. {seen}, and this group had another hash; a mirror would tell which one.", tile.First);
        }
        if (inGroups > _groups.Length + MerkleTree.HashSize) return null;
        for (var i = 0; i < Math.Min(leaves.Length, _tail.Length) / MerkleTree.HashSize; i++)
            if (!MerkleTree.At(leaves, i).SequenceEqual(MerkleTree.At(_tail, i)))
                return new("changed", $"Entry {tile.First + i} has changed. {seen}, and this was another.", tile.First + i);
        return null;
    }

    private byte[] Root()
    {
        var range = new CompactRange();
        for (var i = 0; i < _groups.Length / MerkleTree.HashSize; i++) range.Append(MerkleTree.At(_groups, i), 8);
        for (var i = 0; i < _tail.Length / MerkleTree.HashSize; i++) range.Append(MerkleTree.At(_tail, i));
        return range.Size == Checkpoint.Size ? range.Root() : [];
    }

    private static readonly JsonSerializerOptions s_options = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
