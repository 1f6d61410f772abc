using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Interop.Platform;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Identity;

/// <summary>The documents that a partner's software configures itself from: what they list works, and what works they list.</summary>
public abstract class DiscoveryTests(SharedExchange shared) : IdentityTests(shared)
{
    [Theory]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/oauth-authorization-server")]
    [InlineData("/.well-known/smart-configuration")]
    [InlineData("/fhir/.well-known/smart-configuration")]
    public async Task What_a_discovery_document_lists_works(string path)
    {
        var document = await GetAsync(path);
        Assert.Equal(Exchange.Http.BaseAddress!.AbsoluteUri, document["issuer"]);
        Assert.Equal(["client_credentials"], Listed(document, "grant_types_supported"));
        Assert.Equal(["ES384", "RS384"], Listed(document, "token_endpoint_auth_signing_alg_values_supported"));
        Assert.Equal(["client_secret_basic", "client_secret_post", "private_key_jwt"], Listed(document, "token_endpoint_auth_methods_supported"));
        Assert.Equal(Scopes.All.Order(StringComparer.Ordinal), Listed(document, "scopes_supported"));
        Assert.Equal(["client-confidential-asymmetric", "client-confidential-symmetric", "permission-v2"], Listed(document, "capabilities"));
        Assert.Null(document["authorization_endpoint"]);

        var (client, secret) = await NewClientAsync(Exchange);
        var token = (await FormAsync(Exchange, document["token_endpoint"]!, Grant(null), $"{client}:{secret}")).Is(200)["access_token"]!;
        Assert.Equal("true", (await FormAsync(Exchange, document["introspection_endpoint"]!, new() { ["token"] = token }, $"{client}:{secret}")).Is(200)["active"]);
        (await FormAsync(Exchange, document["revocation_endpoint"]!, new() { ["token"] = token }, $"{client}:{secret}")).Is(200);
        Assert.NotEmpty((await GetAsync(document["jwks_uri"]!)).Json!["keys"]!.AsArray());
    }

    [Fact]
    public async Task The_published_keys_verify_a_token_without_our_help()
    {
        var token = (await TokenAsync("centro-esperanza", "centro-esperanza-secret")).Is(200)["access_token"]!;
        var parts = token.Split('.');
        var (header, claims) = (Part(parts[0]), Part(parts[1]));
        Assert.Equal(("at+jwt", "ES384"), (header["typ"]!.ToString(), header["alg"]!.ToString()));
        var keys = (await GetAsync("/.well-known/jwks")).Json!["keys"]!.AsArray();
        Assert.All(keys, k => Assert.Null(k!["d"]));
        var key = keys.Single(k => k!["kid"]!.ToString() == header["kid"]!.ToString())!;
        Assert.Equal(("EC", "P-384", "ES384", "sig"), (key["kty"]!.ToString(), key["crv"]!.ToString(), key["alg"]!.ToString(), key["use"]!.ToString()));
        using var ec = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP384, Q = new() { X = Bytes(key["x"]), Y = Bytes(key["y"]) } });
        Assert.True(ec.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA384));

        var issuer = Exchange.Http.BaseAddress!.AbsoluteUri;
        Assert.Equal((issuer, issuer, "centro-esperanza", "centro-esperanza", "provider"),
            (claims["iss"]!.ToString(), claims["aud"]!.ToString(), claims["client_id"]!.ToString(), claims["org"]!.ToString(), claims["org_kind"]!.ToString()));
        Assert.InRange(claims["exp"]!.GetValue<long>() - claims["iat"]!.GetValue<long>(), 290, 900);
    }

    [Fact]
    public async Task The_issuer_is_never_taken_from_the_Host_header()
    {
        foreach (var path in new[] { "/.well-known/openid-configuration", "/.well-known/smart-configuration", "/.well-known/jwks", "/fhir/.well-known/smart-configuration" })
        {
            var refused = await AtHostAsync(Exchange, HttpMethod.Get, path, "evil.example");
            Assert.DoesNotContain("evil", refused.Is(400).Text, StringComparison.Ordinal);
        }
        (await AtHostAsync(Exchange, HttpMethod.Post, "/connect/token", "evil.example")).Is(400);
        Assert.Equal($"http://localhost:{Exchange.Http.BaseAddress!.Port}/", (await AtHostAsync(Exchange, HttpMethod.Get, "/.well-known/openid-configuration", $"localhost:{Exchange.Http.BaseAddress.Port}")).Is(200)["issuer"]);
    }

    [Fact]
    public async Task A_configured_issuer_is_the_one_that_all_documents_name()
    {
        var exchange = await StartAsync(new() { Settings = ["Identity:Issuer=https://exchange.example/hub"] });
        foreach (var path in new[] { "/.well-known/openid-configuration", "/.well-known/smart-configuration" })
        foreach (var host in new[] { "evil.example", "127.0.0.1" })
        {
            var document = (await AtHostAsync(exchange, HttpMethod.Get, path, host)).Is(200);
            Assert.Equal(("https://exchange.example/hub/", "https://exchange.example/hub/connect/token"), (document["issuer"], document["token_endpoint"]));
            Assert.DoesNotContain("evil", document.Text, StringComparison.Ordinal);
        }
        Assert.Contains("https://exchange.example/hub/connect/token", (await AtHostAsync(exchange, HttpMethod.Get, "/fhir/metadata", "evil.example")).Is(200).Text, StringComparison.Ordinal);
        var token = (await TokenAsync(exchange, "centro-esperanza", "centro-esperanza-secret")).Is(200)["access_token"]!;
        Assert.Equal("https://exchange.example/hub/", Part(token.Split('.')[1])["iss"]!.ToString());
        (await UseAsync(exchange, token)).Is(200);

        var key = ClientKey.New("ES384");
        var id = await NewClientAsync(exchange, key);
        (await AssertAsync(exchange, Assertion.Of(exchange, id, key).Claim("aud", "https://exchange.example/hub/connect/token"))).Is(200);
        IsInvalidClient(await AssertAsync(exchange, Assertion.Of(exchange, id, key)));
        // Issued under another name, though by the same machine.
        var elsewhere = (await TokenAsync("centro-esperanza", "centro-esperanza-secret")).Is(200)["access_token"]!;
        (await UseAsync(exchange, elsewhere)).Is(401);
    }

    async Task<Reply> GetAsync(string path)
    {
        using var response = await Exchange.Http.GetAsync(path);
        return (await Reply.OfAsync(response)).Is(200);
    }

    static async Task<Reply> AtHostAsync(Exchange exchange, HttpMethod method, string path, string host)
    {
        using var request = new HttpRequestMessage(method, path) { Headers = { Host = host } };
        if (method == HttpMethod.Post)
            request.Content = new FormUrlEncodedContent(Grant(null, ("client_id", "juzgado-central"), ("client_secret", "juzgado-central-secret")));
        using var response = await exchange.Http.SendAsync(request);
        return await Reply.OfAsync(response);
    }

    static IEnumerable<string> Listed(Reply document, string name) => document.Json![name]!.AsArray().Select(v => v!.ToString()).Order(StringComparer.Ordinal);

    static JsonNode Part(string part) => JsonNode.Parse(Base64Url.DecodeFromChars(part))!;

    static byte[] Bytes(JsonNode? text) => Base64Url.DecodeFromChars(text!.ToString());
}

public sealed class DiscoveryOnSqlite(SqliteExchange shared) : DiscoveryTests(shared);

public sealed class DiscoveryOnPostgreSql(PostgreSqlExchange shared) : DiscoveryTests(shared);
