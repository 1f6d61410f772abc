using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Interop.Server.Upkeep;

/// <summary>What a table holds, in whatever order its rows come: how many there are, and the sum of their hashes.</summary>
internal sealed class Content
{
    static readonly BigInteger s_modulus = BigInteger.One << 256;

    readonly ArrayBufferWriter<byte> _row = new();
    BigInteger _sum;

    public long Rows { get; private set; }

    /// <summary>The next value of the row.</summary>
    public void Add(object? value)
    {
        var bytes = value switch
        {
            null => null,
            string text => Encoding.UTF8.GetBytes(text),
            byte[] blob => blob,
            Guid id => id.ToByteArray(bigEndian: true),
            bool flag => [flag ? (byte)1 : (byte)0],
            int number => Number(number),
            long number => Number(number),
            DateOnly date => Number(date.DayNumber),
            DateTimeOffset time => Number(time.UtcTicks),
            _ => throw new ArgumentException(value.GetType().Name),
        };
        _row.Write(Number(bytes?.Length ?? -1)); // what ends where is part of it
        _row.Write(bytes);
    }

    public void EndRow()
    {
        _sum = (_sum + new BigInteger(SHA256.HashData(_row.WrittenSpan), isUnsigned: true)) % s_modulus;
        _row.ResetWrittenCount();
        Rows++;
    }

    public bool IsThatOf(Content other) => (Rows, _sum) == (other.Rows, other._sum);

    static byte[] Number(long number)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }
}
