using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Interop.Server.Tests.Monitoring;

/// <summary>
/// Whatever a full run writes outside its database is searched for whatever says who the person is. The program runs as a process
/// of its own, with every level that an operator might turn on.
/// </summary>
public sealed class LeakTests
{
    static readonly string[] s_loud =
    [
        "serve", "--demo",
        "--Logging:LogLevel:Default=Information", "--Logging:LogLevel:Interop=Trace", "--Logging:LogLevel:Microsoft.AspNetCore=Information",
        "--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Trace", "--Logging:LogLevel:Microsoft.EntityFrameworkCore=Debug",
        "--Logging:LogLevel:OpenIddict=Trace", "--Logging:LogLevel:System.Net.Http=Trace", "--Logging:Console:LogLevel:Default=Information",
        "--Logging:Console:LogLevel:Microsoft.AspNetCore=Debug",
        "--Logging:Console:FormatterName=json", "--Logging:Console:FormatterOptions:IncludeScopes=true",
    ];

    [Fact]
    public async Task Nothing_that_a_full_run_writes_says_who_the_person_is()
    {
        await using var collector = await Collector.StartAsync();
        await using var partner = new Partner();
        await partner.StartAsync();
        await using var installation = await Installation.NewAsync(new SqliteStorage());
        foreach (var (name, value) in new[] { ("ENDPOINT", collector.Url), ("PROTOCOL", "http/protobuf") })
            installation.Environment[$"OTEL_EXPORTER_OTLP_{name}"] = value;
        (installation.Environment["OTEL_BSP_SCHEDULE_DELAY"], installation.Environment["OTEL_METRIC_EXPORT_INTERVAL"]) = ("200", "500");
        var address = $"http://127.0.0.1:{Ports.Free()}";
        await using var server = installation.Start([.. s_loud, $"--urls={address}", "--Delivery:AllowedNetworks=127.0.0.0/8"]);
        await server.ServesAsync(address);
        var canaries = await RunAsync(server, Path.Combine(installation.Data, "interop.db"), partner);

        await server.UntilAsync("the partners are told", () => Task.FromResult(partner.Received.Count >= 4));
        await server.UntilAsync("traces and metrics arrive", () => Task.FromResult(collector.Seen("/v1/persons/{id}/disclosures") && collector.Seen("deliver webhook") && collector.Seen("interop.gate.decisions")));
        var written = server.Said;
        var metrics = await server.Http.GetStringAsync("/metrics");
        // It was looked for in what is there: the loud categories spoke, and the failure of ours was told of.
        Assert.Contains("\"Category\":\"Microsoft.Hosting.Lifetime\"", written, StringComparison.Ordinal);
        Assert.Contains("no such table", written, StringComparison.Ordinal);
        Assert.Contains("http_route=\"/v1/persons/{id}/disclosures\"", metrics, StringComparison.Ordinal);

        var places = new Dictionary<string, string>
        {
            ["log"] = written,
            ["traces and metrics by OTLP"] = collector.Text,
            ["/metrics"] = metrics,
            ["webhook addresses and headers"] = string.Join('\n', partner.Received.Select(r => $"{r.Path} {string.Join(' ', r.Headers)}")),
            ["webhook bodies"] = string.Join('\n', partner.Received.Select(r => Encoding.UTF8.GetString(r.Body))),
        };
        Assert.All(places, place => Assert.All(canaries.Where(c => place.Key != "webhook bodies" || c.Name != "personId"), c =>
        {
            foreach (var form in Forms(c.Value))
                Assert.False(place.Value.Contains(form, StringComparison.OrdinalIgnoreCase), $"{c.Name} is in {place.Key}: …{Around(place.Value, form)}…");
        }));
        Assert.DoesNotContain("?identifier", string.Concat(places.Values), StringComparison.Ordinal);
        Assert.DoesNotContain("?matter", string.Concat(places.Values), StringComparison.Ordinal);
    }

    /// <summary>A referral from request to discharge, by REST and FHIR, with everything that can be refused on the way, and a fault of ours.</summary>
    static async Task<(string Name, string Value)[]> RunAsync(ServerProcess server, string database, Partner partner)
    {
        (string Name, string Value)[] canaries =
        [
            ("family name", "Canarywell"), ("given name", "Zephyrine"), ("identifier", "ID77310442X"), ("matter number", "MAT-66120-Q"),
            ("birth date", "1931-07-19"), ("phone", "+50255512987"), ("note", "notewordkestrel"), ("reason", "reasonwordosprey"), ("offence", "offencewordheron"),
            ("summary", "summarywordegret"), ("clinic's identifier", "HIST-5511-ZZ"), ("actor", "actorwordmerlin"), ("text of a bad request", "badwordplover"), ("signer", "signerworddunlin"),
        ];
        string Of(string name) => canaries.Single(c => c.Name == name).Value;
        var (court, clinic, overseer) = (await Caller.OfAsync(server, "juzgado-central", Of("actor")), await Caller.OfAsync(server, "centro-esperanza", Of("actor")), await Caller.OfAsync(server, "contraloria", Of("actor")));
        foreach (var party in (Caller[])[court, clinic])
            (await party.PostAsync("/v1/subscriptions", new() { ["channel"] = "webhook", ["url"] = partner.Url + "/hook", ["events"] = new JsonArray("*") })).Is(201);

        var body = A.Referral().With("person.familyName", Of("family name")).With("person.givenNames", new[] { Of("given name") }).With("person.birthDate", Of("birth date"))
            .With("person.identifiers", new JsonArray(A.Identifier(Of("identifier")))).With("person.contact", new JsonObject { ["phone"] = Of("phone") })
            .With("matter.number", Of("matter number")).With("matter.offence", Of("offence")).With("note", Of("note"));
        var referral = (await court.PostAsync("/v1/referrals", body)).Is(201);
        var now = TimeProvider.System.GetUtcNow();
        var consent = A.ReferralConsent(referral, now).With("signature.by", Of("signer"));
        (await court.PostAsync("/v1/consents", consent)).Is(201);
        (await clinic.PostAsync($"/v1/referrals/{referral.Id}/acceptance", new() { ["identifiers"] = new JsonArray(A.Identifier(Of("clinic's identifier"), "urn:clinic")) })).Is(200);
        var monitoring = (await clinic.PostAsync("/v1/consents", A.MonitoringConsent(referral, now, "attendance", "treatment-status", "progress").With("signature.by", Of("signer")))).Is(201).Id;
        (await clinic.PostAsync($"/v1/referrals/{referral.Id}/admission", [])).Is(200);
        (await clinic.PostAsync($"/v1/referrals/{referral.Id}/compliance-updates", A.Report("progress", "on-track", now).With("summary", Of("summary")))).Is(201);
        (await clinic.PostAsync($"/v1/referrals/{referral.Id}/hold", new() { ["reason"] = Of("reason") })).Is(200);

        (await court.GetAsync($"/v1/referrals?matter={Of("matter number")}")).Is(200);
        (await clinic.GetAsync($"/fhir/Patient?identifier=urn:clinic|{Of("clinic's identifier")}")).Is(200);
        var person = referral["personId"]!;
        (await clinic.GetAsync($"/fhir/Patient/{person}")).Is(200);
        (await overseer.GetAsync($"/v1/persons/{person}/disclosures")).Is(200);
        (await overseer.GetAsync($"/v1/audit/entries?person={person}")).Is(200);
        (await court.GetAsync($"/v1/consents?person={person}")).Is(200);

        // What is refused.
        (await court.GetAsync($"/v1/referrals?{Of("text of a bad request")}=1")).Is(400);
        (await court.GetAsync($"/v1/persons/{person}/{Of("text of a bad request")}")).Is(404);
        (await court.PostAsync("/v1/referrals", body.With(Of("text of a bad request"), Of("text of a bad request")))).Is(422);
        (await court.PostTextAsync("/v1/referrals", $"{{\"note\": \"{Of("text of a bad request")}\", ")).Is(400);
        (await clinic.GetAsync($"/fhir/Patient?family={Of("family name")}&_format={Of("text of a bad request")}")).Is(406);
        (await clinic.PostAsync($"/v1/consents/{monitoring}/revocation", new() { ["reason"] = Of("reason") })).Is(200);
        (await clinic.PostAsync($"/v1/referrals/{referral.Id}/discharge", new() { ["kind"] = "unsuccessful", ["reason"] = Of("reason") })).Is(200);

        // And a fault of ours, with all of it in hand.
        await using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Pooling = false }.ToString()))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "alter table referral_timers rename to elsewhere";
            await command.ExecuteNonQueryAsync();
        }
        (await court.PostAsync("/v1/referrals", body.With("matter.number", Of("matter number") + "2"))).Is(500);
        return [.. canaries, ("personId", person)];
    }

    static IEnumerable<string> Forms(string text)
    {
        yield return text;
        yield return Uri.EscapeDataString(text);
        yield return Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=')[..^1];
        if (Guid.TryParse(text, out var id))
            yield return id.ToString("N");
    }

    static string Around(string text, string form)
    {
        var at = text.IndexOf(form, StringComparison.OrdinalIgnoreCase);
        return text[Math.Max(0, at - 200)..Math.Min(text.Length, at + 200)];
    }

    sealed class Caller(HttpClient http, string token, string actor)
    {
        public static async Task<Caller> OfAsync(ServerProcess server, string organisation, string actor)
        {
            using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = organisation, ["client_secret"] = $"{organisation}-secret" });
            using var response = await server.Http.PostAsync("/connect/token", form);
            return new(server.Http, (await Reply.OfAsync(response)).Is(200)["access_token"]!, actor);
        }

        public Task<Reply> GetAsync(string path) => SendAsync(new(HttpMethod.Get, path));

        public Task<Reply> PostAsync(string path, JsonObject body) => PostTextAsync(path, body.ToJsonString());

        public Task<Reply> PostTextAsync(string path, string body) => SendAsync(new(HttpMethod.Post, path) { Content = Party.Json(body) });

        async Task<Reply> SendAsync(HttpRequestMessage request)
        {
            using var _ = request;
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            request.Headers.Add("Interop-Actor", actor);
            using var response = await http.SendAsync(request);
            return await Reply.OfAsync(response);
        }
    }

    /// <summary>Where OTLP ends: keeps whatever comes. Texts stand in protobuf as they are.</summary>
    sealed class Collector : IAsyncDisposable
    {
        readonly ConcurrentQueue<string> _bodies = new();
        readonly WebApplication _app;

        Collector()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
            _app = builder.Build();
            _app.Run(async http =>
            {
                using var body = new MemoryStream();
                await http.Request.Body.CopyToAsync(body);
                _bodies.Enqueue(Encoding.UTF8.GetString(body.ToArray()));
                http.Response.ContentType = "application/x-protobuf";
            });
        }

        public static async Task<Collector> StartAsync()
        {
            var collector = new Collector();
            await collector._app.StartAsync();
            return collector;
        }

        public string Url => _app.Urls.Single();

        public string Text => string.Concat(_bodies);

        public bool Seen(string text) => _bodies.Any(b => b.Contains(text, StringComparison.Ordinal));

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
