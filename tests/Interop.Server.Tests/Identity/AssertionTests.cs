using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Identity;

/// <summary>private_key_jwt: a client proves itself by an assertion that it signs (SMART Backend Services).</summary>
public abstract class AssertionTests(SharedExchange shared) : IdentityTests(shared)
{
    [Theory]
    [InlineData("RS384")]
    [InlineData("ES384")]
    public async Task A_client_that_admin_registered_by_its_key_proves_itself_with_it(string algorithm)
    {
        var key = ClientKey.New(algorithm);
        var id = A.Unique("client");
        var registered = (await new Party(Exchange, "admin").PostAsync("/v1/clients", new JsonObject { ["clientId"] = id, ["organisation"] = "centro-esperanza", ["jwks"] = ClientKey.Set(key) })).Is(201);
        Assert.Equal(("private_key_jwt", null), (registered["authentication"], registered["secret"]));

        var reply = (await AssertAsync(Exchange, Assertion.Of(Exchange, id, key), "system/Task.rs referrals:read")).Is(200);

        Assert.Equal("system/Task.rs referrals:read", reply["scope"]);
        (await UseAsync(Exchange, reply["access_token"]!, "/v1/referrals")).Is(200);
        IsInvalidClient(await TokenAsync(id, "any-secret"));
    }

    [Theory]
    [InlineData("RS384", "JWT")]
    [InlineData("ES384", "JWT")]
    [InlineData("ES384", "jwt")]
    [InlineData("RS384", null)]
    [InlineData("ES384", null)]
    [InlineData("RS384", "client-authentication+jwt")]
    [InlineData("ES384", "client-authentication+jwt")]
    public async Task The_type_of_an_assertion_may_be_said_in_three_ways(string algorithm, string? typ)
    {
        var key = ClientKey.New(algorithm);
        var id = await NewClientAsync(Exchange, key);
        (await AssertAsync(Exchange, Assertion.Of(Exchange, id, key).Head("typ", typ))).Is(200);
    }

    [Fact]
    public async Task Its_audience_may_be_the_issuer_or_the_token_endpoint()
    {
        var key = ClientKey.New("ES384");
        var id = await NewClientAsync(Exchange, key);
        var issuer = Exchange.Http.BaseAddress!.AbsoluteUri;
        foreach (var audience in new[] { issuer, issuer.TrimEnd('/'), issuer + "connect/token", issuer.Replace("127.0.0.1", "localhost", StringComparison.Ordinal) })
            (await AssertAsync(Exchange, Assertion.Of(Exchange, id, key).Claim("aud", audience))).Is(200);
        // One alone: what names several servers could be brought to another of them.
        Assert.Null((await AssertAsync(Exchange, Assertion.Of(Exchange, id, key).Claim("aud", new[] { "https://elsewhere.example", issuer }))).Is(400)["access_token"]);
    }

    [Theory]
    [InlineData("RS384")]
    [InlineData("ES384")]
    public async Task An_assertion_is_good_once(string algorithm)
    {
        var key = ClientKey.New(algorithm);
        var id = await NewClientAsync(Exchange, key);
        var assertion = Assertion.Of(Exchange, id, key);
        (await AssertAsync(Exchange, assertion)).Is(200);
        IsInvalidClient(await AssertAsync(Exchange, assertion));
        IsInvalidClient(await AssertAsync(Exchange, assertion.Claim("exp", Exchange.Now.ToUnixTimeSeconds() + 120))); // signed anew, the same jti
        (await AssertAsync(Exchange, assertion.Claim("jti", A.Unique("jti")))).Is(200);
    }

    [Fact]
    public async Task Of_many_that_bring_one_assertion_at_once_one_gets_a_token()
    {
        var key = ClientKey.New("ES384");
        var id = await NewClientAsync(Exchange, key);
        var assertion = Assertion.Of(Exchange, id, key).ToString();
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AssertAsync(Exchange, assertion)));
        Assert.Single(replies, r => r.Status == 200);
        Assert.All(replies.Where(r => r.Status != 200), r => IsInvalidClient(r));
    }

    [Fact]
    public async Task Two_clients_may_use_the_same_jti()
    {
        var (one, other) = (ClientKey.New("ES384"), ClientKey.New("ES384"));
        var jti = A.Unique("jti");
        (await AssertAsync(Exchange, Assertion.Of(Exchange, await NewClientAsync(Exchange, one), one).Claim("jti", jti))).Is(200);
        (await AssertAsync(Exchange, Assertion.Of(Exchange, await NewClientAsync(Exchange, other), other).Claim("jti", jti))).Is(200);
    }

    public static TheoryData<string> Faults =>
    [
        "another audience", "no audience", "expired", "lives longer than five minutes", "not yet valid", "no exp", "no jti", "empty jti", "another subject", "no issuer",
        "alg none", "alg none unsigned", "HS256 with the public key", "HS384 with the public key", "RS256", "unknown kid", "another key under the kid", "changed after signing",
        "without signature", "another client's key", "at+jwt", "garbage type",
    ];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_faulty_assertion_is_refused_and_spends_nothing(string fault)
    {
        var key = ClientKey.New("RS384");
        var id = await NewClientAsync(Exchange, key);
        var sound = Assertion.Of(Exchange, id, key);
        var now = Exchange.Now.ToUnixTimeSeconds();
        var other = ClientKey.New("RS384");
        var faulty = fault switch
        {
            "another audience" => sound.Claim("aud", "https://elsewhere.example/connect/token").ToString(),
            "no audience" => sound.Claim("aud", null).ToString(),
            "expired" => sound.Claim("iat", now - 300).Claim("exp", now - 90).ToString(),
            "lives longer than five minutes" => sound.Claim("exp", now + 3600).ToString(),
            "not yet valid" => sound.Claim("nbf", now + 200).Claim("exp", now + 290).ToString(),
            "no exp" => sound.Claim("exp", null).ToString(),
            "no jti" => sound.Claim("jti", null).ToString(),
            "empty jti" => sound.Claim("jti", "").ToString(),
            "another subject" => sound.Claim("sub", "juzgado-central").ToString(),
            "no issuer" => sound.Claim("iss", null).ToString(),
            "alg none" => sound.Head("alg", "none").ToString(),
            "alg none unsigned" => $"{ClientKey.Part(new() { ["alg"] = "none", ["typ"] = "JWT" })}.{ClientKey.Part(sound.Claims)}.",
            "HS256 with the public key" => Hmac(sound, "HS256"),
            "HS384 with the public key" => Hmac(sound, "HS384"),
            "RS256" => sound.Head("alg", "RS256").ToString(),
            "unknown kid" => sound.Head("kid", "unknown").ToString(),
            "another key under the kid" => (sound with { Key = other }).ToString(),
            "changed after signing" => Changed(sound),
            "without signature" => sound.ToString()[..(sound.ToString().LastIndexOf('.') + 1)],
            "another client's key" => Assertion.Of(Exchange, await NewClientAsync(Exchange, other), key).ToString(),
            "at+jwt" => sound.Head("typ", "at+jwt").ToString(),
            _ => sound.Head("typ", "x").ToString(),
        };

        var reply = await AssertAsync(Exchange, faulty);

        Assert.True(reply.Status is 400 or 401, $"{reply.Status}: {reply.Text}");
        if (reply.Status == 400) // RFC 6749 has invalid_request for what cannot be told to be anybody's
            Assert.Contains(fault, new[] { "no issuer", "another subject" });
        else
            IsInvalidClient(reply);
        Assert.Null(reply["access_token"]);
        (await AssertAsync(Exchange, sound)).Is(200);
    }

    [Fact]
    public async Task Without_a_kid_the_only_key_of_a_client_counts_and_none_of_several()
    {
        var (one, other) = (ClientKey.New("ES384"), ClientKey.New("ES384"));
        var single = await NewClientAsync(Exchange, one);
        (await AssertAsync(Exchange, Assertion.Of(Exchange, single, one).Head("kid", null))).Is(200);

        var id = A.Unique("client");
        (await new Party(Exchange, "admin").PostAsync("/v1/clients", new JsonObject { ["clientId"] = id, ["organisation"] = "centro-esperanza", ["jwks"] = ClientKey.Set(one, other) })).Is(201);
        IsInvalidClient(await AssertAsync(Exchange, Assertion.Of(Exchange, id, one).Head("kid", null)));
        (await AssertAsync(Exchange, Assertion.Of(Exchange, id, other))).Is(200);
    }

    [Theory]
    [InlineData("private", "jwks jwks.private")]
    [InlineData("symmetric", "jwks jwks.private")]
    [InlineData("ES256", "jwks jwks.unusable")]
    [InlineData("RS384-1024", "jwks jwks.unusable")]
    [InlineData("empty", "jwks jwks")]
    [InlineData("text", "jwks type.object")]
    [InlineData("both", "jwksUri jwks.both")]
    [InlineData("ftp", "jwksUri address.https")]
    [InlineData("user", "jwksUri address.user")]
    public async Task A_key_that_cannot_serve_is_refused_when_it_is_registered(string kind, string fault)
    {
        var body = new JsonObject { ["clientId"] = A.Unique("client"), ["organisation"] = "centro-esperanza" };
        (await new Party(Exchange, "admin").PostAsync("/v1/clients", kind switch
        {
            "private" => body.With("jwks", new JsonObject { ["keys"] = new JsonArray(ClientKey.New("ES384").PrivateJwk) }),
            "symmetric" => body.With("jwks", JsonNode.Parse("""{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"1"}]}""")),
            "empty" => body.With("jwks", JsonNode.Parse("""{"keys":[]}""")),
            "text" => body.With("jwks", "keys"),
            "both" => body.With("jwks", ClientKey.Set(ClientKey.New("ES384"))).With("jwksUri", "https://clinic.example/jwks"),
            "ftp" => body.With("jwksUri", "ftp://clinic.example/jwks"),
            "user" => body.With("jwksUri", "https://a:b@clinic.example/jwks"),
            _ => body.With("jwks", ClientKey.Set(ClientKey.New(kind))),
        })).Refuses(422, fault);
    }

    static string Hmac(Assertion sound, string algorithm)
    {
        var text = $"{ClientKey.Part(sound.Header.With("alg", algorithm))}.{ClientKey.Part(sound.Claims)}";
        var (key, bytes) = (Encoding.UTF8.GetBytes(sound.Key.Pem), Encoding.ASCII.GetBytes(text));
        return $"{text}.{System.Buffers.Text.Base64Url.EncodeToString(algorithm == "HS256" ? HMACSHA256.HashData(key, bytes) : HMACSHA384.HashData(key, bytes))}";
    }

    static string Changed(Assertion sound)
    {
        var parts = sound.ToString().Split('.');
        return $"{parts[0]}.{ClientKey.Part(sound.Claims.With("jti", A.Unique("jti")))}.{parts[2]}";
    }
}

public sealed class AssertionOnSqlite(SqliteExchange shared) : AssertionTests(shared);

public sealed class AssertionOnPostgreSql(PostgreSqlExchange shared) : AssertionTests(shared)
{
    [Fact]
    public async Task Two_servers_accept_one_assertion_once()
    {
        string[] settings = ["Identity:Issuer=https://exchange.example/"];
        var first = await StartAsync(new() { Settings = settings });
        var second = await StartAsync(new() { Beside = first, Settings = settings });
        var key = ClientKey.New("ES384");
        var id = await NewClientAsync(first, key);
        var assertion = Assertion.Of(first, id, key).Claim("aud", settings[0].Split('=')[1]).ToString();
        var replies = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => AssertAsync(i % 2 == 0 ? first : second, assertion)));
        Assert.Single(replies, r => r.Status == 200);
    }
}
