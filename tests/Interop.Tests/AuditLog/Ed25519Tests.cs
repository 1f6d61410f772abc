using System.Numerics;
using System.Text;
using Interop.AuditLog;
using Org.BouncyCastle.Crypto.Parameters;
using Xunit;
using Algorithm = Org.BouncyCastle.Math.EC.Rfc8032.Ed25519.Algorithm;

namespace Interop.Tests.AuditLog;

public sealed class Ed25519Tests
{
    static readonly BigInteger s_order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", null);
    static readonly byte[] s_message = Encoding.UTF8.GetBytes("example.org/audit/log\n1\n");

    // RFC 8032, 7.1.
    [Theory]
    [InlineData("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void The_vectors_of_the_RFC_hold(string key, string message, string signature)
    {
        var (k, m, s) = (Convert.FromHexString(key), Convert.FromHexString(message), Convert.FromHexString(signature));
        Assert.True(Ed25519.IsKey(k));
        Assert.True(Ed25519.Verify(k, m, s));
        Assert.False(Ed25519.Verify(k, [.. m, 0], s));
        for (var bit = 0; bit < 512; bit += 7) Assert.False(Ed25519.Verify(k, m, Flipped(s, bit)));
        for (var bit = 0; bit < 256; bit += 7) Assert.False(Ed25519.Verify(Flipped(k, bit), m, s));
    }

    [Fact]
    public void What_another_implementation_signs_verifies_and_nothing_else()
    {
        var random = new Random(8032);
        for (var i = 0; i < 60; i++)
        {
            var (seed, message) = (new byte[32], new byte[i * 3]);
            random.NextBytes(seed);
            random.NextBytes(message);
            var key = new Ed25519PrivateKeyParameters(seed);
            var signature = new byte[64];
            key.Sign(Algorithm.Ed25519, null, message, 0, message.Length, signature, 0);
            var publicKey = key.GeneratePublicKey().GetEncoded();
            Assert.True(Ed25519.Verify(publicKey, message, signature));
            Assert.False(Ed25519.Verify(publicKey, message, Flipped(signature, random.Next(512))));
        }
    }

    [Fact]
    public void A_second_form_of_a_signature_is_refused()
    {
        var (key, signature) = Signed();
        var s = new BigInteger(signature.AsSpan(32), isUnsigned: true);
        foreach (var more in new[] { 1, 2, 8, 15 })
        {
            var bytes = new byte[32];
            if (!(s + more * s_order).TryWriteBytes(bytes, out _, isUnsigned: true)) continue;
            Assert.False(Ed25519.Verify(key, s_message, [.. signature.AsSpan(0, 32), .. bytes]));
        }
        Assert.False(Ed25519.Verify(key, s_message, [.. signature, 0]));
        Assert.False(Ed25519.Verify(key, s_message, signature.AsSpan(0, 63)));
        Assert.False(Ed25519.Verify(key, s_message, []));
    }

    // The eight points of small order, in every encoding that anybody takes for one; under each, some signature holds for everything.
    [Theory]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void A_key_under_which_a_signature_means_nothing_is_none(string key)
    {
        var bytes = Convert.FromHexString(key);
        Assert.False(Ed25519.IsKey(bytes));
        Assert.False(Ed25519.Verify(bytes, s_message, [.. bytes, .. new byte[32]]));
        Assert.False(Ed25519.Verify(bytes, s_message, new byte[64]));
    }

    [Theory]
    [InlineData("0200000000000000000000000000000000000000000000000000000000000000")] // no point of the curve has this y
    [InlineData("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // 3 + p
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("00")]
    public void What_is_no_point_in_its_one_encoding_is_no_key(string key) => Assert.False(Ed25519.IsKey(Convert.FromHexString(key)));

    static (byte[] Key, byte[] Signature) Signed()
    {
        var key = new Ed25519PrivateKeyParameters([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        var signature = new byte[64];
        key.Sign(Algorithm.Ed25519, null, s_message, 0, s_message.Length, signature, 0);
        return (key.GeneratePublicKey().GetEncoded(), signature);
    }

    static byte[] Flipped(byte[] bytes, int bit)
    {
        var copy = bytes.ToArray();
        copy[bit / 8] ^= (byte)(1 << bit % 8);
        return copy;
    }
}
