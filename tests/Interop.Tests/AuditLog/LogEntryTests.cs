using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Interop.AuditLog;
using Interop.Tests.Contracts;
using Xunit;

namespace Interop.Tests.AuditLog;

public sealed class LogEntryTests
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // RFC 4231, 4.2: test case 1.
    [Fact]
    public void An_entry_is_hmac_sha256_with_the_salt_as_key() => Assert.Equal(
        "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7",
        Convert.ToHexString(LogEntry.Entry([.. Enumerable.Repeat((byte)0x0b, 20)], "Hi There")));

    // RFC 6962, 2.1; the value is the reference implementation's for an empty leaf.
    [Fact]
    public void A_leaf_hash_is_prefixed_with_zero() => Assert.Equal(
        "6E340B9CFFB37A989CA544E6BB780A2C78901D3FB33738768511A30617AFA01D", Convert.ToHexString(LogEntry.LeafHash([])));

    [Fact]
    public void A_salt_shorter_than_128_bits_is_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => LogEntry.Entry(new byte[15], "{}"));
        Assert.Equal(LogEntry.Size, LogEntry.Entry(new byte[16], "{}").Length);
    }

    [Fact]
    public void A_text_that_has_no_utf8_form_has_no_entry() =>
        Assert.ThrowsAny<ArgumentException>(() => LogEntry.Entry(NewSalt(), "\ud800"));

    [Fact]
    public void One_record_under_two_salts_gives_entries_that_tell_nothing_of_each_other() =>
        Assert.NotEqual(LogEntry.Entry(NewSalt(), "{}"), LogEntry.Entry(NewSalt(), "{}"));

    private static byte[] NewSalt() => RandomNumberGenerator.GetBytes(LogEntry.SaltSize);

    [Fact]
    public void The_published_vectors_hold()
    {
        var vectors = AuditVectors.Inputs.Select(AuditVectors.Compute).ToArray();

        var committed = ContractFiles.Guarded("audit/vectors.json", JsonSerializer.Serialize(vectors, Web));

        Assert.Equal(vectors, JsonSerializer.Deserialize<AuditVector[]>(committed, Web));
    }

    [Fact]
    public void The_readme_shows_the_first_vector()
    {
        var readme = ContractFiles.Read("audit/README.md");
        var first = AuditVectors.Compute(AuditVectors.Inputs[0]);

        foreach (var part in new[] { first.Canonical, first.Salt, first.Entry, first.Leaf }) Assert.Contains(part, readme);
    }
}

/// <summary>A line of contracts/audit/vectors.json; <c>Input</c> is JSON text, the last three are base64.</summary>
internal sealed record AuditVector(string About, string Input, string Canonical, string Salt, string Entry, string Leaf);

internal static class AuditVectors
{
    internal static readonly (string About, string Input, byte FirstSaltByte, int SaltLength)[] Inputs =
    [
        ("a small record",
            """{"what": "consent-decision", "at": "2026-03-02T14:30:00Z", "outcome": "permit", "attempt": 1}""", 0x00, 32),
        ("names sorted by UTF-16 code units, letters beyond ASCII, escapes",
            """{"\ufb33": 1, "\ud83d\ude00": 2, "\u00f1and\u00fa": "Asunci\u00f3n \u201cEsperanza\u201d\r\n\t\u0001 a\/b", "A": {"b": [], "a": {}}}""", 0x20, 32),
        ("numbers as ECMAScript prints them",
            """[1.0, -0, 1e21, 1E-7, 0.000001, 123456789012345680000, 5e-324, 333333333.33333329]""", 0x40, 32),
        ("the shortest salt that is accepted, 16 bytes", """{}""", 0x60, 16),
        ("a salt longer than a block of SHA-256, 80 bytes", """null""", 0x80, 80),
    ];

    internal static AuditVector Compute((string About, string Input, byte FirstSaltByte, int SaltLength) it)
    {
        byte[] salt = [.. Enumerable.Range(it.FirstSaltByte, it.SaltLength).Select(value => (byte)value)];
        var canonical = CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(it.Input));
        var entry = LogEntry.Entry(salt, canonical);
        return new(it.About, it.Input, canonical, Convert.ToBase64String(salt), Convert.ToBase64String(entry),
            Convert.ToBase64String(LogEntry.LeafHash(entry)));
    }
}
