using System.Text;
using Interop.Audit.Log;
using Interop.AuditLog;
using Xunit;

namespace Interop.Tests.AuditLog;

public sealed class SignedNoteTests
{
    // The example of Go's golang.org/x/mod/sumdb/note, signed by Go.
    const string GoKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const string GoNote =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    static readonly VerifierKey s_go = VerifierKey.Parse(GoKey);

    [Fact]
    public void A_note_that_Go_signed_verifies_and_is_written_again_as_it_was()
    {
        var note = SignedNote.Parse(GoNote);
        Assert.Equal([s_go], note.Verified([s_go]));
        Assert.Equal(GoNote, note.ToString());
        Assert.Equal(GoKey, s_go.ToString());
    }

    [Fact]
    public void A_key_that_everybody_knows_is_read() =>
        Assert.Equal("sum.golang.org", VerifierKey.Parse("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8").Name);

    [Theory]
    [InlineData("")]
    [InlineData("PeterNeumann")]
    [InlineData("PeterNeumann+c74f20a3")]
    [InlineData("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")]
    [InlineData("PeterNeumann+C74F20A3 +ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")]
    [InlineData("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")]
    [InlineData("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T")]
    [InlineData("PeterNeumann+c74f20a3+AxPc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")]
    public void What_is_no_key_is_refused(string vkey) => Assert.Throws<FormatException>(() => VerifierKey.Parse(vkey));

    [Fact]
    public void Lines_of_unknown_keys_are_passed_over_and_a_false_line_of_a_known_one_spoils_the_note()
    {
        var other = new NoteSigner("somebody.example", NoteAlgorithm.Ed25519, Encoding.ASCII.GetString(NoteSigner.NewPem()));
        var note = SignedNote.Parse(GoNote);
        var more = note with { Signatures = [other.Sign(note.Text, default), .. note.Signatures] };
        Assert.Equal([s_go], more.Verified([s_go]));
        Assert.Empty(note.Verified([other.Key]));
        var same = new NoteSigner("PeterNeumann", NoteAlgorithm.Ed25519, Encoding.ASCII.GetString(NoteSigner.NewPem()));
        Assert.Equal([s_go], (note with { Signatures = [same.Sign(note.Text, default), .. note.Signatures] }).Verified([s_go])); // the name alone is no key
        var forged = note.Signatures[0] with { Signature = [.. note.Signatures[0].Signature[..^1], 0] };
        Assert.Throws<FormatException>(() => (note with { Signatures = [forged] }).Verified([s_go]));
        Assert.Throws<FormatException>(() => (note with { Signatures = [.. note.Signatures, forged] }).Verified([s_go]));
        Assert.Throws<FormatException>(() => (note with { Text = note.Text.Replace("problem", "Problem", StringComparison.Ordinal) }).Verified([s_go]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("text\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n— name AAAAAAA=")]
    [InlineData("text\n\n- name AAAAAAA=\n")]
    [InlineData("text\n\n— na me AAAAAAA=\n")]
    [InlineData("text\n\n— na+me AAAAAAA=\n")]
    [InlineData("text\n\n— name AAAA\n")]
    [InlineData("text\n\n— name AAAAAAA\n")]
    [InlineData("text\n\n—  AAAAAAA=\n")]
    [InlineData("te\rxt\n\n— name AAAAAAA=\n")]
    [InlineData("text\n\n— name AAAAAAA=\nmore\n")]
    public void What_is_no_note_is_refused(string note) => Assert.Throws<FormatException>(() => SignedNote.Parse(note));

    [Fact]
    public void A_note_that_is_not_UTF8_is_refused() => Assert.Throws<FormatException>(() => SignedNote.Parse([0xff, .. Encoding.UTF8.GetBytes(GoNote)]));

    [Fact]
    public void A_cosignature_states_its_time_and_holds_for_that_time_only()
    {
        var witness = new NoteSigner("witness.example/w1", NoteAlgorithm.Cosignature, Encoding.ASCII.GetString(NoteSigner.NewPem()));
        var checkpoint = PaperLog.Of(3).Checkpoint;
        var at = DateTimeOffset.FromUnixTimeSeconds(1679315147);
        var line = witness.Sign(checkpoint.Text, at);
        var note = new SignedNote(checkpoint.Text, [PaperLog.Signer.Sign(checkpoint.Text, at), line]);
        Assert.Equal([witness.Key], SignedNote.Parse(note.ToString()).Verified([witness.Key]));
        Assert.Equal(1679315147, VerifierKey.CosignedAt(line.Signature));
        Assert.Equal(VerifierKey.Parse(witness.Key.ToString()), witness.Key);
        byte[] later = [.. line.Signature[..7], (byte)(line.Signature[7] + 1), .. line.Signature[8..]];
        Assert.False(witness.Key.Verifies(checkpoint.Text, later));
        Assert.False(witness.Key.Verifies(checkpoint.Text, PaperLog.Signer.Sign(checkpoint.Text, at).Signature));
        Assert.StartsWith("cosignature/v1\ntime 1679315147\nexample.org/audit/log\n3\n", Encoding.UTF8.GetString(VerifierKey.CosignedText(checkpoint.Text, 1679315147)));
    }

    [Theory]
    [InlineData("example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")]
    public void A_checkpoint_is_read_as_it_was_written(string text) => Assert.Equal(text, Checkpoint.Parse(text).Text);

    [Theory]
    [InlineData("")]
    [InlineData("example.com\n1\n")]
    [InlineData("\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("example.com\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("example.com\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("example.com\n9223372036854775808\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("example.com\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n")]
    [InlineData("example.com\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    [InlineData("example.com\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n")]
    public void What_is_no_checkpoint_is_refused(string text) => Assert.Throws<FormatException>(() => Checkpoint.Parse(text));

    [Fact]
    public void A_private_key_is_read_as_openssl_writes_it_and_nothing_else_is_one()
    {
        // RFC 8410, 10.3.
        var signer = new NoteSigner("x", NoteAlgorithm.Ed25519, "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n");
        Assert.Equal("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1", Convert.ToHexStringLower(signer.Key.PublicKey));
        foreach (var other in new[] { "", "-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n-----END PRIVATE KEY-----\n", Encoding.ASCII.GetString(NoteSigner.NewPem()).Replace("PRIVATE", "PUBLIC", StringComparison.Ordinal) })
            Assert.Throws<FormatException>(() => new NoteSigner("x", NoteAlgorithm.Ed25519, other));
    }
}
