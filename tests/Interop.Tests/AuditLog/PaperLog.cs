using System.Security.Cryptography;
using System.Text;
using Interop.Audit.Log;
using Interop.AuditLog;

namespace Interop.Tests.AuditLog;

/// <summary>
/// A log written down as files, by the words of the RFC and not by the product's code: a tree is split where RFC 6962 splits
/// it, a tile is cut from the whole.
/// </summary>
internal sealed class PaperLog
{
    internal const string Origin = "example.org/audit/log";

    internal static NoteSigner Signer { get; } = new(Origin, NoteAlgorithm.Ed25519, Encoding.ASCII.GetString(NoteSigner.NewPem()));

    internal static LogTrust Trust { get; } = new(Signer.Key);

    internal Dictionary<string, byte[]> Files { get; private init; } = [];

    internal List<byte[]> Entries { get; private init; } = [];

    internal static PaperLog Of(int size)
    {
        var log = new PaperLog { Entries = [.. Enumerable.Range(0, size).Select(i => SHA256.HashData(Encoding.UTF8.GetBytes($"{i}")))] };
        log.Write();
        return log;
    }

    /// <summary>The same log with other entries, written and signed anew: what an operator could do who owns all of it.</summary>
    internal PaperLog Forged(Action<List<byte[]>> forge)
    {
        var log = new PaperLog { Entries = [.. Entries] };
        forge(log.Entries);
        log.Write();
        return log;
    }

    internal Task<byte[]?> ReadAsync(string path, CancellationToken ct) => Task.FromResult(Files.GetValueOrDefault(path));

    internal Task WriteAsync(string path, byte[] bytes, CancellationToken ct)
    {
        Files[path] = bytes;
        return Task.CompletedTask;
    }

    internal Task RemoveAsync(string path, CancellationToken ct)
    {
        Files.Remove(path);
        return Task.CompletedTask;
    }

    internal byte[] Root(int? size = null) => Mth([.. Entries.Take(size ?? Entries.Count)]);

    internal Checkpoint Checkpoint => new(Origin, Entries.Count, Root());

    internal Task<LogReport> VerifyAsync(LogMemory? earlier = null, LogTrust? trust = null, params Checkpoint[] held) =>
        new LogVerifier(ReadAsync, trust ?? Trust, earlier).RunAsync(CancellationToken.None, held);

    void Write()
    {
        for (var first = 0; first < Entries.Count; first += 256)
        {
            var beneath = Entries.Skip(first).Take(256).ToList();
            Files[Name("entries", first / 256, beneath.Count)] = [.. beneath.SelectMany(e => (byte[])[0, 32, .. e])];
        }
        var under = 1;
        for (var level = 0; Entries.Count / under > 0; level++, under *= 256)
            for (var number = 0; number * 256 < Entries.Count / under; number++)
            {
                var width = Math.Min(256, Entries.Count / under - number * 256);
                Files[Name($"{level}", number, width)] = [.. Enumerable.Range(number * 256, width).SelectMany(i => Mth(Entries.GetRange(i * under, under)))];
            }
        var text = $"{Origin}\n{Entries.Count}\n{Convert.ToBase64String(Root())}\n";
        Files["checkpoint"] = Encoding.UTF8.GetBytes(text + "\n" + Signer.Sign(text, default).Line);
    }

    internal static string Name(string level, int number, int width) => $"tile/{level}/{number:000}{(width < 256 ? $".p/{width}" : "")}";

    /// <summary>RFC 6962, 2.1, word for word.</summary>
    internal static byte[] Mth(List<byte[]> d)
    {
        if (d.Count == 0) return SHA256.HashData([]);
        if (d.Count == 1) return SHA256.HashData([0, .. d[0]]);
        var k = Largest(d.Count);
        return SHA256.HashData([1, .. Mth(d[..k]), .. Mth(d[k..])]);
    }

    /// <summary>RFC 6962, 2.1.1, word for word.</summary>
    internal static List<byte[]> Path(int m, List<byte[]> d)
    {
        if (d.Count == 1) return [];
        var k = Largest(d.Count);
        return m < k ? [.. Path(m, d[..k]), Mth(d[k..])] : [.. Path(m - k, d[k..]), Mth(d[..k])];
    }

    /// <summary>RFC 6962, 2.1.2, word for word.</summary>
    internal static List<byte[]> SubProof(int m, List<byte[]> d, bool b)
    {
        if (m == d.Count) return b ? [] : [Mth(d)];
        var k = Largest(d.Count);
        return m <= k ? [.. SubProof(m, d[..k], b), Mth(d[k..])] : [.. SubProof(m - k, d[k..], false), Mth(d[..k])];
    }

    static int Largest(int n)
    {
        var k = 1;
        while (2 * k < n) k *= 2;
        return k;
    }
}
