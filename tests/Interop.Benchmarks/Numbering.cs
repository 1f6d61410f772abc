using System.Buffers.Binary;
using Npgsql;

namespace Interop.Benchmarks;

/// <summary>How long entries of the log wait for their numbers while the server writes as fast as it can: looked at every few milliseconds.</summary>
internal static class Numbering
{
    static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    public static Result Of(List<double> waited)
    {
        var load = Load.Of(waited, 1);
        return new("an entry waits for its number, under that load", Figures.Say($"p99 {load.P99:0} ms"), Target: "p99 ≤ 1,000 ms", Spread: Figures.Say($"{load.P50:0.0} / {load.P99:0.0} ms"));
    }

    /// <returns>How many milliseconds the oldest that waited had waited, at each look; 0 where none did.</returns>
    public static async Task<List<double>> WaitingAsync(string database, CancellationToken over)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var oldest = source.CreateCommand("select entry_id from platform.audit_queue order by entry_id limit 1");
        var waited = new List<double>();
        while (!over.IsCancellationRequested)
        {
            waited.Add(await oldest.ExecuteScalarAsync(CancellationToken.None) is Guid id ? Math.Max(0, (TimeProvider.System.GetUtcNow() - MadeAt(id)).TotalMilliseconds) : 0);
            await Task.Delay(s_look, CancellationToken.None);
        }
        return waited;
    }

    /// <summary>Of a UUID of version 7 (RFC 9562 section 5.7).</summary>
    static DateTimeOffset MadeAt(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return DateTimeOffset.FromUnixTimeMilliseconds((long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16));
    }
}
