using System.Security.Cryptography;
using System.Text.Json;
using Interop.Identity;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Interop.Tests.Identity;

public sealed class ClientKeysTests
{
    [Fact]
    public void Public_keys_for_RS384_and_ES384_are_taken()
    {
        Assert.Null(ClientKeys.Fault(Set(Rsa(2048, false))));
        Assert.Null(ClientKeys.Fault(Set(Ec(ECCurve.NamedCurves.nistP384, "P-384", false))));
    }

    [Fact]
    public void A_private_key_is_refused_as_such()
    {
        Assert.Equal("jwks.private", ClientKeys.Fault(Set(Rsa(2048, true))));
        Assert.Equal("jwks.private", ClientKeys.Fault(Set(Ec(ECCurve.NamedCurves.nistP384, "P-384", true))));
        Assert.Equal("jwks.private", ClientKeys.Fault(Set(new() { ["kty"] = "oct", ["k"] = "AAAA" })));
    }

    [Fact]
    public void Keys_that_are_too_short_or_for_other_algorithms_are_refused()
    {
        Assert.Equal("jwks.unusable", ClientKeys.Fault(Set(Rsa(1024, false))));
        Assert.Equal("jwks.unusable", ClientKeys.Fault(Set(Ec(ECCurve.NamedCurves.nistP256, "P-256", false))));
        Assert.Equal("jwks.unusable", ClientKeys.Fault(Set(new(Rsa(2048, false)) { ["use"] = "enc" })));
        Assert.Equal("jwks.unusable", ClientKeys.Fault(Set(new() { ["kty"] = "RSA", ["n"] = "!!", ["e"] = "AQAB" })));
        Assert.Equal("jwks.unusable", ClientKeys.Fault(Set(new() { ["kty"] = "EC", ["crv"] = "P-384", ["x"] = "AA", ["y"] = "AA" })));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"keys\":[]}")]
    [InlineData("{\"keys\":5}")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("not json")]
    public void What_is_no_key_set_is_refused(string text) => Assert.Equal("jwks", ClientKeys.Fault(text));

    [Theory]
    [InlineData("{\"keys\":[{\"kty\":5}]}")]
    [InlineData("{\"keys\":[null]}")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"n\":{},\"e\":[]}]}")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"\\ud800\",\"n\":\"\\ud800\",\"e\":\"AQAB\"}]}")]
    [InlineData("{\"keys\":[{}]}")]
    [InlineData("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\"}]}")]
    [InlineData("{\"keys\":[[],1,\"x\"]}")]
    public void Hostile_key_sets_are_refused_without_an_exception(string text) => Assert.NotNull(ClientKeys.Fault(text));

    static string Set(Dictionary<string, string> key) => JsonSerializer.Serialize(new { keys = new[] { key } });

    static Dictionary<string, string> Rsa(int size, bool secret)
    {
        using var rsa = RSA.Create(size);
        var p = rsa.ExportParameters(secret);
        var key = new Dictionary<string, string> { ["kty"] = "RSA", ["kid"] = "k", ["n"] = Base64UrlEncoder.Encode(p.Modulus), ["e"] = Base64UrlEncoder.Encode(p.Exponent) };
        if (secret)
            (key["d"], key["p"], key["q"], key["dp"], key["dq"], key["qi"]) = (Base64UrlEncoder.Encode(p.D), Base64UrlEncoder.Encode(p.P), Base64UrlEncoder.Encode(p.Q), Base64UrlEncoder.Encode(p.DP), Base64UrlEncoder.Encode(p.DQ), Base64UrlEncoder.Encode(p.InverseQ));
        return key;
    }

    static Dictionary<string, string> Ec(ECCurve curve, string name, bool secret)
    {
        using var ec = ECDsa.Create(curve);
        var p = ec.ExportParameters(secret);
        var key = new Dictionary<string, string> { ["kty"] = "EC", ["kid"] = "k", ["crv"] = name, ["x"] = Base64UrlEncoder.Encode(p.Q.X), ["y"] = Base64UrlEncoder.Encode(p.Q.Y) };
        if (secret)
            key["d"] = Base64UrlEncoder.Encode(p.D);
        return key;
    }
}
