using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Identity;

/// <summary>A client's key pair, and the tokens that it signs: made by hand, so that these tests share no code with the server.</summary>
public sealed class ClientKey
{
    readonly ECDsa? _ec;
    readonly RSA? _rsa;

    ClientKey(string algorithm, ECDsa? ec, RSA? rsa) => (Algorithm, _ec, _rsa) = (algorithm, ec, rsa);

    public string Algorithm { get; }

    public string Kid { get; init; } = A.Unique("kid");

    public static ClientKey New(string algorithm) => algorithm switch
    {
        "ES384" => new(algorithm, ECDsa.Create(ECCurve.NamedCurves.nistP384), null),
        "ES256" => new(algorithm, ECDsa.Create(ECCurve.NamedCurves.nistP256), null),
        "RS384" or "RS256" => new(algorithm, null, RSA.Create(2048)),
        "RS384-1024" => new(algorithm, null, RSA.Create(1024)),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, null),
    };

    public JsonObject Jwk
    {
        get
        {
            var jwk = new JsonObject { ["kid"] = Kid, ["use"] = "sig" };
            if (_rsa?.ExportParameters(false) is { } rsa)
                (jwk["kty"], jwk["n"], jwk["e"]) = ("RSA", Base64Url.EncodeToString(rsa.Modulus), Base64Url.EncodeToString(rsa.Exponent));
            if (_ec?.ExportParameters(false) is { } ec)
                (jwk["kty"], jwk["crv"], jwk["x"], jwk["y"]) = ("EC", _ec.KeySize == 384 ? "P-384" : "P-256", Base64Url.EncodeToString(ec.Q.X), Base64Url.EncodeToString(ec.Q.Y));
            return jwk;
        }
    }

    /// <summary>With what must never be sent.</summary>
    public JsonObject PrivateJwk => Jwk.With("d", Base64Url.EncodeToString(_rsa?.ExportParameters(true).D ?? _ec!.ExportParameters(true).D));

    /// <summary>The public key as text, which the oldest trick uses as a shared secret.</summary>
    public string Pem => _rsa?.ExportSubjectPublicKeyInfoPem() ?? _ec!.ExportSubjectPublicKeyInfoPem();

    public static JsonObject Set(params ClientKey[] keys) => new() { ["keys"] = new JsonArray([.. keys.Select(k => (JsonNode)k.Jwk)]) };

    public string Sign(JsonObject header, JsonObject claims)
    {
        var text = $"{Part(header)}.{Part(claims)}";
        var bytes = Encoding.ASCII.GetBytes(text);
        var hash = Algorithm.EndsWith("256", StringComparison.Ordinal) ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA384;
        return $"{text}.{Base64Url.EncodeToString(_rsa?.SignData(bytes, hash, RSASignaturePadding.Pkcs1) ?? _ec!.SignData(bytes, hash))}";
    }

    public static string Part(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));
}

/// <summary>A sound assertion of a client (RFC 7523), of which a test changes what it is about.</summary>
public sealed record Assertion(ClientKey Key, JsonObject Header, JsonObject Claims)
{
    public static Assertion Of(Exchange exchange, string client, ClientKey key, int lifetime = 60)
    {
        var now = exchange.Now.ToUnixTimeSeconds();
        return new(key,
            new() { ["alg"] = key.Algorithm, ["kid"] = key.Kid, ["typ"] = "JWT" },
            new()
            {
                ["iss"] = client, ["sub"] = client, ["aud"] = new Uri(exchange.Http.BaseAddress!, "connect/token").AbsoluteUri,
                ["jti"] = A.Unique("jti"), ["iat"] = now, ["exp"] = now + lifetime,
            });
    }

    public Assertion Head(string name, object? value) => this with { Header = Header.With(name, value) };

    public Assertion Claim(string name, object? value) => this with { Claims = Claims.With(name, value) };

    public override string ToString() => Key.Sign(Header, Claims);
}
