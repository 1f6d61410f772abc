using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Interop.AuditLog;
using Interop.Server.Tests.Audit;
using Interop.Server.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Interop.Server.Tests.Server;

/// <summary>The proxy that deploy/nginx/interop.conf makes, in front of an exchange: what a partner meets.</summary>
public sealed class NginxTests(SqliteExchange shared) : ExchangeTests(shared)
{
    const string Name = "exchange.example";

    [Fact]
    public async Task A_partner_meets_the_exchange_under_its_issuer_by_TLS()
    {
        await using var it = await FrontAsync();
        using var discovered = await it.Http.GetAsync("/.well-known/openid-configuration");
        Assert.Equal(HttpVersion.Version20, discovered.Version);
        Assert.Equal("max-age=31536000", Assert.Single(discovered.Headers.GetValues("Strict-Transport-Security")));
        Assert.Equal($"https://{Name}/connect/token", (await Reply.OfAsync(discovered)).Is(200)["token_endpoint"]);
        using var metadata = await it.Http.GetAsync("/fhir/metadata");
        Assert.Equal($"https://{Name}/fhir", (await Reply.OfAsync(metadata)).Is(200)["implementation.url"]);

        var court = new Court(it.Exchange) { At = it.Http };
        var referral = await court.ReferAsync(A.Referral());
        (await court.GetAsync(referral.Headers.Location!.ToString())).Is(200);
        var bundle = await new Clinic(it.Exchange) { At = it.Http }.GetAsync("/fhir/Task?_count=1");
        Assert.StartsWith($"https://{Name}/fhir/Task?", bundle.Is(200)["link[0].url"], StringComparison.Ordinal);

        using var elsewhere = it.NewHttp("other.example");
        Assert.IsType<AuthenticationException>((await Assert.ThrowsAsync<HttpRequestException>(() => elsewhere.GetAsync("/"))).InnerException);
    }

    [Fact]
    public async Task What_comes_without_TLS_is_sent_to_the_issuer_whatever_host_it_names()
    {
        await using var it = await FrontAsync();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        foreach (var host in new[] { Name, "evil.example" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{it.Plain}/v1/referrals?matter=C-4711") { Headers = { Host = host } };
            using var answer = await http.SendAsync(request);
            Assert.Equal((308, $"https://{Name}/v1/referrals?matter=C-4711"), ((int)answer.StatusCode, answer.Headers.Location!.OriginalString));
        }
        Assert.DoesNotContain("C-4711", it.Nginx.Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_fails_too_often_is_locked_out_by_the_address_it_comes_from_whatever_it_says_of_itself()
    {
        await using var it = await FrontAsync();
        using var guesser = it.NewHttp(Name, from: "127.0.0.2");
        using var other = it.NewHttp(Name, from: "127.0.0.3");
        for (var i = 0; i < 10; i++)
            Assert.Equal(401, await FailAsync(guesser, $"198.51.100.{i}"));
        Assert.Equal(429, await FailAsync(guesser, "198.51.100.77"));
        Assert.Equal(401, await FailAsync(other, "127.0.0.2"));
    }

    [Theory]
    [InlineData(1_500_000)] // the exchange refuses it
    [InlineData(5_000_000)] // nginx does
    public async Task A_body_that_is_too_large_is_refused_alike_wherever(int size)
    {
        await using var it = await FrontAsync();
        using var json = Party.Json($"\"{new string('x', size)}\"");
        var problem = await new Court(it.Exchange) { At = it.Http }.SendAsync(HttpMethod.Post, "/v1/referrals", json);
        Assert.Equal((413, "application/problem+json", "urn:interop:problem:payload-too-large"), (problem.Status, problem.Type?.MediaType, problem["type"]));
        using var fhir = Party.Json($"\"{new string('x', size)}\"");
        var outcome = await new Clinic(it.Exchange) { At = it.Http }.SendAsync(HttpMethod.Put, "/fhir/Task/x", fhir);
        Assert.Equal((413, "application/fhir+json", "OperationOutcome", "too-long"), (outcome.Status, outcome.Type?.MediaType, outcome["resourceType"], outcome["issue[0].code"]));
    }

    [Fact]
    public async Task What_is_for_the_operator_alone_is_not_there_for_others_however_it_is_written()
    {
        await using var it = await FrontAsync();
        var token = await new Party(it.Exchange, "admin").TokenAsync();
        foreach (var path in (string[])["/metrics", "/Metrics", "//metrics", "/%6detrics", "/v1/../metrics", "/metrics/", "/health/ready", "/HEALTH/live"])
            Assert.StartsWith("HTTP/1.1 404 ", await it.AskAsync($"GET {path} HTTP/1.1\r\nHost: {Name}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_comes_through_whole()
    {
        await using var it = await FrontAsync();
        await Case.SendAsync(it.Exchange);
        await it.Exchange.BuildAsync();
        var text = await new Party(it.Exchange, "contraloria") { At = it.Http }.GetTextAsync("/v1/audit/export");
        var report = await new ExportFile(new(ExportFile.KeysOf(text.Split('\n')[0]))).VerifyAsync(new StringReader(text), CancellationToken.None);
        Assert.Empty(report.Findings);
        Assert.True(report.Entries > 0);
    }

    /// <summary>The exchange cannot be held up between two lines of its own, so that who writes them here is another.</summary>
    [Fact]
    public async Task What_is_written_line_by_line_arrives_line_by_line()
    {
        var read = new TaskCompletionSource();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var writer = builder.Build();
        writer.MapGet("/lines", async (HttpContext http) =>
        {
            http.Response.ContentType = "application/x-ndjson";
            await http.Response.WriteAsync("1\n");
            await http.Response.Body.FlushAsync();
            await read.Task.WaitAsync(TimeSpan.FromMinutes(1));
            await http.Response.WriteAsync("2\n");
        });
        await writer.StartAsync();
        await using var it = await Front.StartAsync(Exchange, new Uri(writer.Urls.Single()).Port);
        using var response = await it.Http.GetAsync("/lines", HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal("1", await lines.ReadLineAsync());
        read.SetResult();
        Assert.Equal("2", await lines.ReadLineAsync());
    }

    [Fact]
    public async Task An_exchange_that_is_away_is_said_to_be_so_and_nothing_is_written_down_of_who_was_asked_for()
    {
        await using var it = await FrontAsync();
        var court = new Court(it.Exchange) { At = it.Http };
        await court.TokenAsync();
        (await court.GetAsync("/v1/referrals?matter=C-4711")).Is(200);
        await it.Exchange.StopAsync();
        var problem = await court.GetAsync("/v1/referrals?matter=C-4711");
        Assert.Equal((503, "application/problem+json", "urn:interop:problem:in-doubt"), (problem.Status, problem.Type?.MediaType, problem["type"]));
        Assert.NotNull(problem.Headers.RetryAfter);
        var outcome = await court.GetAsync("/fhir/Patient?identifier=C-4711");
        Assert.Equal((503, "application/fhir+json", "transient"), (outcome.Status, outcome.Type?.MediaType, outcome["issue[0].code"]));
        Assert.NotNull(outcome.Headers.RetryAfter);
        Assert.DoesNotContain("C-4711", it.Nginx.Written, StringComparison.Ordinal);
        await it.Exchange.StartAgainAsync();
    }

    async Task<Front> FrontAsync()
    {
        var exchange = await StartAsync(new() { Settings = [$"Identity:Issuer=https://{Name}", "Server:KnownProxies=127.0.0.1,::1"] });
        return await Front.StartAsync(exchange, exchange.Http.BaseAddress!.Port);
    }

    static async Task<int> FailAsync(HttpClient http, string forwardedFor)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = "juzgado-central", ["client_secret"] = "wrong" }),
        };
        request.Headers.Add("X-Forwarded-For", forwardedFor);
        using var answer = await http.SendAsync(request);
        return (int)answer.StatusCode;
    }

    /// <summary>An exchange behind nginx, and clients that reach it as <c>https://exchange.example</c>.</summary>
    sealed class Front : IAsyncDisposable
    {
        readonly string _folder = System.IO.Directory.CreateTempSubdirectory("interop-front-").FullName;

        Front(Exchange exchange)
        {
            Exchange = exchange;
            (Tls, Plain) = (Ports.Free(), Ports.Free());
            Http = NewHttp(Name);
        }

        public Exchange Exchange { get; }
        public PrivateAuthority Authority { get; } = new();
        public int Tls { get; }
        public int Plain { get; }
        public HttpClient Http { get; }
        public Nginx Nginx { get; private set; } = null!;

        public static async Task<Front> StartAsync(Exchange exchange, int port)
        {
            var front = new Front(exchange);
            var (certificate, key) = front.Authority.Issue(Name);
            await File.WriteAllTextAsync(Path.Combine(front._folder, "certificate.pem"), certificate);
            await File.WriteAllTextAsync(Path.Combine(front._folder, "key.pem"), key);
            front.Nginx = await Nginx.StartAsync("interop.conf", front.Tls,
                ("server 127.0.0.1:8080;", $"server 127.0.0.1:{port};"),
                ("listen 80;", $"listen 127.0.0.1:{front.Plain};"), ("listen [::]:80;", ""),
                ("listen 443 ", $"listen 127.0.0.1:{front.Tls} "), ("listen [::]:443 ssl http2;", ""),
                ("/etc/ssl/certs/exchange.example.pem", $"{front._folder}/certificate.pem"), ("/etc/ssl/private/exchange.example.key", $"{front._folder}/key.pem"));
            return front;
        }

        /// <param name="from">The address that it calls from.</param>
        public HttpClient NewHttp(string name, string from = "127.0.0.1") => new(new SocketsHttpHandler
        {
            SslOptions = Authority.Trust(),
            ConnectCallback = async (_, ct) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
                await socket.ConnectAsync(IPAddress.Loopback, Tls, ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = new($"https://{name}"), DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        /// <summary>As it stands: a client library would clean the path.</summary>
        public async Task<string> AskAsync(string request)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, Tls);
            await using var tls = new SslStream(socket.GetStream());
            var trust = Authority.Trust();
            trust.TargetHost = Name;
            await tls.AuthenticateAsClientAsync(trust);
            await tls.WriteAsync(Encoding.ASCII.GetBytes(request));
            using var reader = new StreamReader(tls);
            return await reader.ReadToEndAsync();
        }

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            if (Nginx is not null)
                await Nginx.DisposeAsync();
            Authority.Dispose();
            System.IO.Directory.Delete(_folder, recursive: true);
        }
    }
}
