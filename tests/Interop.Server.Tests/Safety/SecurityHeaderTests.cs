using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Interop.Server.Tests.World;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.Safety;

/// <summary>What every answer says to a browser.</summary>
public sealed class SecurityHeaderTests(SqliteExchange shared) : ExchangeTests(shared)
{
    [Theory]
    [InlineData("GET", "/", 200)]
    [InlineData("GET", "/v1/directory/organisations", 401)]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("PUT", "/v1/directory/organisations", 405)]
    [InlineData("GET", "/fhir/metadata", 200)]
    [InlineData("GET", "/fhir/Task", 401)]
    [InlineData("POST", "/connect/token", 400)]
    [InlineData("GET", "/.well-known/openid-configuration", 200)]
    [InlineData("GET", "/health/ready", 200)]
    [InlineData("GET", "/openapi/v1.json", 200)]
    [InlineData("GET", "/metrics", 200)]
    public async Task Every_answer_keeps_browsers_from_guessing_framing_and_telling(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new(method), path);
        using var response = await Exchange.Http.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        Holds(response, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
        Assert.Contains("no-store", response.Headers.CacheControl?.ToString() ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_of_ours_says_it_too()
    {
        var exchange = await StartAsync(new());
        await exchange.LookAsync(async db => await Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.ExecuteSqlRawAsync(db.Database, "alter table care_services rename to elsewhere"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/directory/services") { Headers = { Authorization = new("Bearer", await new Court(exchange).TokenAsync()) } };
        using var response = await exchange.Http.SendAsync(request);
        Assert.Equal(500, (int)response.StatusCode);
        Holds(response, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
    }

    [Theory]
    [InlineData("/swagger/index.html")]
    [InlineData("/swagger/swagger-ui-bundle.js")]
    public async Task Swaggers_page_may_run_its_own_files_and_no_others(string path)
    {
        using var response = await Exchange.Http.GetAsync(path);
        Assert.Equal(200, (int)response.StatusCode);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Holds(response, policy);
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("connect-src 'self';", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_page_of_another_origin_may_call_unless_it_is_named()
    {
        using var none = await PreflightAsync(Exchange, "https://app.example");
        Assert.DoesNotContain(none.Headers, h => h.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));

        var exchange = await StartAsync(new() { Settings = ["Cors:Origins=https://app.example, https://other.example"] });
        using var named = await PreflightAsync(exchange, "https://app.example");
        Assert.Equal(204, (int)named.StatusCode);
        Assert.Equal("https://app.example", Assert.Single(named.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.DoesNotContain(named.Headers, h => h.Key.Equals("Access-Control-Allow-Credentials", StringComparison.OrdinalIgnoreCase));
        using var stranger = await PreflightAsync(exchange, "https://app.example.evil.example");
        Assert.DoesNotContain(stranger.Headers, h => h.Key.Equals("Access-Control-Allow-Origin", StringComparison.OrdinalIgnoreCase));
        using var call = new HttpRequestMessage(HttpMethod.Get, "/v1/referrals") { Headers = { Authorization = new("Bearer", await new Court(exchange).TokenAsync()) } };
        call.Headers.Add("Origin", "https://app.example");
        using var answer = await exchange.Http.SendAsync(call);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Contains("ETag", Assert.Single(answer.Headers.GetValues("Access-Control-Expose-Headers")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task By_https_a_browser_is_told_to_stay_with_it()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("interop-https-").FullName;
        var certificate = Path.Combine(folder, "certificate.pfx");
        using var mine = NewCertificate();
        await File.WriteAllBytesAsync(certificate, mine.Export(X509ContentType.Pfx, "p"));
        var app = InteropServer.Build(["--urls=https://127.0.0.1:0", $"--Kestrel:Certificates:Default:Path={certificate}", "--Kestrel:Certificates:Default:Password=p",
            $"--INTEROP_DATA={folder}", "--Logging:LogLevel:Default=Error"]);
        await app.MigrateAsync();
        await app.StartAsync();
        try
        {
            var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
            using var http = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, seen, _, _) => seen?.GetCertHashString() == mine.Thumbprint } }) { BaseAddress = new(address) };
            using var response = await http.GetAsync("/v1/referrals");
            Assert.Equal("max-age=31536000", Assert.Single(response.Headers.GetValues("Strict-Transport-Security")));
        }
        finally
        {
            await app.StopAsync();
            await app.DisposeAsync();
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            System.IO.Directory.Delete(folder, recursive: true);
        }
    }

    static void Holds(HttpResponseMessage response, string policy)
    {
        string One(string name) => Assert.Single(response.Headers.TryGetValues(name, out var values) ? values : response.Content.Headers.GetValues(name));
        Assert.Equal(("nosniff", "no-referrer", "DENY", "same-origin"), (One("X-Content-Type-Options"), One("Referrer-Policy"), One("X-Frame-Options"), One("Cross-Origin-Resource-Policy")));
        Assert.Equal(policy, One("Content-Security-Policy"));
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("Server"));
        Assert.False(response.Headers.Contains("Strict-Transport-Security")); // it came by http
    }

    static async Task<HttpResponseMessage> PreflightAsync(Exchange exchange, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/referrals");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,idempotency-key");
        return await exchange.Http.SendAsync(request);
    }

    static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
