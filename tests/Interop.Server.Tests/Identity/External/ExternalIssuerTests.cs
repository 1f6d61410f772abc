using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Interop.Server.Tests.World;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Interop.Server.Tests.Identity.External;

/// <summary>
/// Tokens come from elsewhere (<c>Identity:Authority</c>). The authority is a second exchange: its identity server is an OAuth2
/// server like another, and its key folder lets a test sign whatever it likes.
/// </summary>
public abstract class ExternalIssuerTests(SharedExchange shared) : IdentityTests(shared)
{
    const string Audience = "https://exchange.example";

    [Fact]
    public async Task A_token_that_another_identity_server_issued_opens_what_its_client_may_do_here()
    {
        var authority = await StartAsync(new());
        var name = authority.Http.BaseAddress!.AbsoluteUri;
        var exchange = await StartAsync(new() { Settings = [$"Identity:Authority={name}", $"Identity:Audience={name}"] });
        await AskedAsync(exchange);
        var (court, clinic) = (new Court(exchange) { TokensFrom = authority.Http }, new Clinic(exchange) { TokensFrom = authority.Http });

        var referral = await court.ReferAsync(A.Referral());
        (await court.PostAsync("/v1/consents", A.ReferralConsent(referral, exchange.Now))).Is(201);
        (await clinic.AcceptAsync(referral.Id)).Is(200);
        Assert.Equal("accepted", (await court.ReadAsync(referral.Id)).Is(200)["status"]);
        (await clinic.GetAsync($"/fhir/Task/{referral.Id}")).Is(200);
        (await clinic.PostAsync("/v1/referrals", A.Referral())).Is(403);
        Assert.NotEmpty(await court.AuditedAsync());
    }

    [Fact]
    public async Task The_embedded_server_is_off_and_partners_are_sent_to_the_authority()
    {
        var authority = await StartAsync(new());
        var name = authority.Http.BaseAddress!.AbsoluteUri;
        var exchange = await StartAsync(new() { Settings = [$"Identity:Authority={name}", $"Identity:Audience={Audience}"] });

        await AskedAsync(exchange);
        (await TokenAsync(exchange, "juzgado-central", "juzgado-central-secret")).Is(404);
        using var discovery = await exchange.Http.GetAsync("/.well-known/openid-configuration");
        Assert.Equal((307, $"{name}.well-known/openid-configuration"), ((int)discovery.StatusCode, discovery.Headers.Location!.AbsoluteUri));
        foreach (var path in new[] { "/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration" })
        {
            var smart = await GetAsync(exchange, path);
            Assert.Equal((name, $"{name}connect/token", $"{name}.well-known/jwks"), (smart["issuer"], smart["token_endpoint"], smart["jwks_uri"]));
        }
        var resource = await GetAsync(exchange, "/.well-known/oauth-protected-resource");
        Assert.Equal((Audience, name), (resource["resource"], resource["authorization_servers[0]"]));
        Assert.DoesNotContain("connect/token", (await GetAsync(exchange, "/fhir/metadata")).Text, StringComparison.Ordinal);
        var document = await GetAsync(exchange, "/openapi/v1.json");
        Assert.Equal($"{name}.well-known/openid-configuration", document["components.securitySchemes.interop.openIdConnectUrl"]);
    }

    [Fact]
    public async Task What_is_not_the_authoritys_word_for_this_exchange_is_refused()
    {
        var (authority, exchange) = await StartPairAsync();
        (await UseAsync(exchange, Token(authority))).Is(200);

        (await UseAsync(exchange, Token(authority, t => t.Audience = "https://elsewhere.example"))).Is(401);
        (await UseAsync(exchange, Token(authority, t => t.Audience = null))).Is(401);
        (await UseAsync(exchange, Token(authority, t => t.Issuer = "https://elsewhere.example"))).Is(401);
        (await UseAsync(exchange, Token(authority, t => (t.NotBefore, t.Expires) = (Soon(-10), Soon(-2))))).Is(401);
        (await UseAsync(exchange, Token(authority, t => t.NotBefore = Soon(4)))).Is(401);
        (await UseAsync(exchange, Token(authority, t => t.TokenType = "logout+jwt"))).Is(401);
        (await UseAsync(exchange, (await TokenAsync("juzgado-central", "juzgado-central-secret")).Is(200)["access_token"]!)).Is(401);

        var sound = Token(authority).Split('.');
        (await UseAsync(exchange, $"{Part("""{"alg":"none","typ":"at+jwt"}""")}.{sound[1]}.")).Is(401);
        (await UseAsync(exchange, $"{sound[0]}.{sound[1]}.{sound[2][..^4]}AAAA")).Is(401);
        // Under the name of the authority's key, by another's; and by its public key as if that were a secret.
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var kid = KeyOf(authority).Key.KeyId;
        (await UseAsync(exchange, Token(authority, t => t.SigningCredentials = new(new ECDsaSecurityKey(other) { KeyId = kid }, "ES384")))).Is(401);
        var known = ((ECDsaSecurityKey)KeyOf(authority).Key).ECDsa.ExportSubjectPublicKeyInfo();
        (await UseAsync(exchange, Token(authority, t => t.SigningCredentials = new(new SymmetricSecurityKey(known) { KeyId = kid }, "HS256")))).Is(401);
        foreach (var none in new[] { "x", "a.b.c", "a.b.c.d.e", "" })
            (await UseAsync(exchange, none)).Is(401);
        (await UseAsync(exchange, Token(authority))).Is(200);
    }

    [Fact]
    public async Task A_sound_token_of_whom_the_directory_does_not_know_is_forbidden_and_says_why()
    {
        var (authority, exchange) = await StartPairAsync();
        (await UseAsync(exchange, Token(authority, t => t.Claims["client_id"] = "nobody"))).Refuses(403, " client.unregistered");
        (await UseAsync(exchange, Token(authority, t => t.Claims.Remove("client_id")))).Refuses(403, " client.unregistered");
        // An organisation named by the token counts only where the configuration says which claim that is.
        (await UseAsync(exchange, Token(authority, t => (t.Claims["client_id"], t.Claims["org"]) = ("ehr-7", "centro-esperanza")))).Is(403);
        Assert.Equal("OperationOutcome", (await UseAsync(exchange, Token(authority, t => t.Claims["client_id"] = "nobody"), "/fhir/Task")).Is(403)["resourceType"]);
    }

    [Fact]
    public async Task Claims_may_name_client_organisation_and_scopes_as_the_authority_calls_them()
    {
        var (authority, exchange) = await StartPairAsync("Identity:OrganisationClaim=tenant", "Identity:ClientClaim=appid, azp", "Identity:ScopeClaim=roles");
        string Named(string client, string? tenant, params string[] roles) => Token(authority, t =>
        {
            t.Claims.Clear();
            (t.Claims["azp"], t.Claims["roles"]) = (client, roles);
            if (tenant is not null)
                t.Claims["tenant"] = tenant;
        });

        (await UseAsync(exchange, Named("ehr-7", "centro-esperanza", "directory:read"))).Is(200);
        (await UseAsync(exchange, Named("ehr-7", "nobody", "directory:read"))).Refuses(403, " client.unregistered");
        (await UseAsync(exchange, Named("juzgado-central", null, "directory:read"))).Is(200);
        (await UseAsync(exchange, Named("juzgado-central", "centro-esperanza", "directory:read"))).Refuses(403, " client.unregistered");
        // What it is, the directory says: a clinic's token is no operator's, whatever it asserts.
        (await UseAsync(exchange, Named("ehr-7", "centro-esperanza", "admin", "directory:read"), "/v1/clients")).Refuses(403, " scope.missing");
        (await UseAsync(exchange, Named("ehr-7", "centro-esperanza"))).Refuses(403, " scope.missing");
    }

    [Fact]
    public async Task A_client_registered_here_needs_no_secret_and_is_cut_off_when_it_is_disabled()
    {
        var (authority, exchange) = await StartPairAsync();
        string AsAdmin() => Token(authority, t => (t.Claims["client_id"], t.Claims["scope"]) = ("admin", "admin"));
        var id = A.Unique("ehr");
        var made = (await PostAsync(exchange, AsAdmin(), "/v1/clients", new JsonObject { ["clientId"] = id, ["organisation"] = "centro-esperanza", ["scopes"] = new JsonArray("referrals:read") })).Is(201);
        Assert.Null(made["secret"]);
        Assert.Equal("authority", made["authentication"]);
        var token = Token(authority, t => (t.Claims["client_id"], t.Claims["scope"]) = (id, "referrals:read directory:read"));
        (await UseAsync(exchange, token, "/v1/referrals")).Is(200);
        (await UseAsync(exchange, token)).Is(403); // within its kind, and not what it was registered with

        (await PostAsync(exchange, AsAdmin(), $"/v1/clients/{id}/rotation", [])).Refuses(409, " client.external");
        (await PostAsync(exchange, AsAdmin(), "/v1/clients", new JsonObject { ["clientId"] = A.Unique("ehr"), ["organisation"] = "centro-esperanza", ["jwksUri"] = "https://keys.example/jwks" }))
            .Refuses(422, "jwksUri client.external");
        (await PostAsync(exchange, AsAdmin(), $"/v1/clients/{id}/disablement", [])).Is(200);
        await UntilAsync(401, () => UseAsync(exchange, token, "/v1/referrals"));
    }

    [Fact]
    public async Task A_new_key_of_the_authority_counts_at_once()
    {
        var authority = await StartAsync(new());
        await using var front = await Front.StartAsync();
        front.Behind = authority;
        var exchange = await StartAsync(new() { Settings = [$"Identity:Authority={front.Url}", $"Identity:Audience={Audience}"] });
        await AskedAsync(exchange);
        var before = Token(authority, t => t.Issuer = front.Url);
        (await UseAsync(exchange, before)).Is(200);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        await File.WriteAllTextAsync(Path.Combine(authority.Keys, "signing-0002.pem"), key.ExportPkcs8PrivateKeyPem());
        await authority.RestartAsync();
        (await UseAsync(exchange, Token(authority, t => t.Issuer = front.Url))).Is(200);
        (await UseAsync(exchange, before)).Is(200);

        // Naming keys that do not exist makes nobody ask again and again.
        var asked = front.Asked;
        foreach (var _ in Enumerable.Range(0, 20))
            (await UseAsync(exchange, Token(authority, t => (t.Issuer, t.SigningCredentials) = (front.Url, new(new ECDsaSecurityKey(key) { KeyId = A.Unique("kid") }, "ES384"))))).Is(401);
        Assert.InRange(front.Asked - asked, 0, 10);
    }

    [Fact]
    public async Task An_authority_that_is_away_stops_no_start_and_what_is_known_of_it_counts_meanwhile()
    {
        var authority = await StartAsync(new());
        await using var front = await Front.StartAsync();
        var exchange = await StartAsync(new() { Settings = [$"Identity:Authority={front.Url}", $"Identity:Audience={Audience}"] });
        var token = Token(authority, t => t.Issuer = front.Url);

        Assert.Equal("ready", (await GetAsync(exchange, "/health/ready"))["status"]);
        Assert.NotNull((await UseAsync(exchange, token)).Is(503).Headers.RetryAfter);
        (await UseAsync(exchange, "nonsense")).Is(401);
        using (var smart = await exchange.Http.GetAsync("/.well-known/smart-configuration"))
            Assert.Equal((503, true), ((int)smart.StatusCode, smart.Headers.RetryAfter is not null));

        front.Behind = authority;
        await UntilAsync(200, () => UseAsync(exchange, token), TimeSpan.FromMinutes(1));
        front.Behind = null;
        (await UseAsync(exchange, token)).Is(200);
        (await UseAsync(exchange, Token(authority, t => (t.Issuer, t.SigningCredentials) = (front.Url, new(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP384)) { KeyId = "unknown" }, "ES384"))))).Is(401);
    }

    [Fact]
    public async Task An_authority_that_calls_itself_otherwise_is_not_believed()
    {
        var authority = await StartAsync(new() { Settings = ["Identity:Issuer=https://other.example"] });
        var exchange = await StartAsync(new() { Settings = [$"Identity:Authority={authority.Http.BaseAddress}", $"Identity:Audience={Audience}"] });
        (await UseAsync(exchange, Token(authority, t => t.Issuer = authority.Http.BaseAddress!.AbsoluteUri))).Is(503);
        (await UseAsync(exchange, Token(authority, t => t.Issuer = "https://other.example/"))).Is(401);
    }

    async Task<(Exchange Authority, Exchange Exchange)> StartPairAsync(params string[] settings)
    {
        var authority = await StartAsync(new());
        var exchange = await StartAsync(new() { Settings = [$"Identity:Authority={authority.Http.BaseAddress}", $"Identity:Audience={Audience}", .. settings] });
        await AskedAsync(exchange);
        return (authority, exchange);
    }

    /// <summary>The authority has answered: on a machine that is busy, not always at the first question.</summary>
    protected static Task<Reply> AskedAsync(Exchange exchange) => UntilAsync(200, async () =>
    {
        using var smart = await exchange.Http.GetAsync("/.well-known/smart-configuration");
        return await Reply.OfAsync(smart);
    }, TimeSpan.FromMinutes(1));

    /// <summary>A sound token of the authority for the court, but for what a test changes.</summary>
    static string Token(Exchange authority, Action<SecurityTokenDescriptor>? change = null)
    {
        var token = new SecurityTokenDescriptor
        {
            Issuer = authority.Http.BaseAddress!.AbsoluteUri,
            Audience = Audience,
            NotBefore = Soon(-1),
            Expires = Soon(5),
            TokenType = "at+jwt",
            SigningCredentials = KeyOf(authority),
            Claims = new Dictionary<string, object> { ["client_id"] = "juzgado-central", ["scope"] = "referrals:read directory:read" },
        };
        change?.Invoke(token);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(token);
    }

    static SigningCredentials KeyOf(Exchange authority) => authority.Services.GetRequiredService<Interop.Identity.SigningKeys>().NewestFirst()[0];

    static DateTime Soon(int minutes) => TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(minutes);

    static string Part(string json) => System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(json));

    static async Task<Reply> PostAsync(Exchange exchange, string token, string path, JsonObject body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = Party.Json(body.ToJsonString()), Headers = { Authorization = new("Bearer", token) } };
        using var response = await exchange.Http.SendAsync(request);
        return await Reply.OfAsync(response);
    }

    static async Task<Reply> GetAsync(Exchange exchange, string path)
    {
        using var response = await exchange.Http.GetAsync(path);
        return (await Reply.OfAsync(response)).Is(200);
    }
}

public sealed class ExternalIssuerOnSqlite(SqliteExchange shared) : ExternalIssuerTests(shared)
{
    [Fact]
    public async Task A_server_that_others_wrote_will_do_as_the_authority()
    {
        await using var provider = await OidcProvider.StartAsync("https://exchange.example");
        var exchange = await StartAsync(new() { Settings = [$"Identity:Authority={provider.Url}", "Identity:Audience=https://exchange.example"] });
        await AskedAsync(exchange);
        var court = new Court(exchange) { TokensFrom = new() { BaseAddress = new(provider.Url) }, TokenPath = "/token", Scope = "referrals:read referrals:write" };
        (await court.ReferAsync(A.Referral())).Is(201);
        (await court.GetAsync("/v1/directory/organisations")).Is(403); // a scope that the provider did not give
        var smart = (await Reply.OfAsync(await exchange.Http.GetAsync("/.well-known/smart-configuration"))).Is(200);
        Assert.Equal($"{provider.Url}/token", smart["token_endpoint"]);
    }
}

public sealed class ExternalIssuerOnPostgreSql(PostgreSqlExchange shared) : ExternalIssuerTests(shared);
