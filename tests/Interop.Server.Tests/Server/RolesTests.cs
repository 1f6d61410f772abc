using System.Text.Json.Nodes;
using Interop.Contracts;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Events;
using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.Server;

/// <summary>One exchange, done by several processes that share its work and nothing but its database and keys.</summary>
public sealed class RolesTests(PostgreSqlExchange shared) : ExchangeTests(shared)
{
    const string Issuer = "Identity:Issuer=https://exchange.example";
    const string Proxies = "Server:KnownProxies=127.0.0.1";

    [Fact]
    public async Task The_main_loop_runs_through_processes_that_each_do_a_part_of_it()
    {
        var seeded = await StartAsync(new() { Settings = [Issuer] });
        await using var partner = new Partner();
        await partner.StartAsync();
        var nodes = await Task.WhenAll(((string[])["identity", "api", "api", "worker", "worker"]).Select(r => ServerProcess.BesideAsync(seeded, $"roles={r}", Issuer)));
        try
        {
            var court = new Court(seeded) { TokensFrom = nodes[0].Http, At = nodes[1].Http };
            var clinic = new Clinic(seeded) { TokensFrom = nodes[0].Http, At = nodes[2].Http };
            (await court.PostAsync("/v1/subscriptions", new JsonObject { ["channel"] = "webhook", ["url"] = partner.Url + "/court", ["events"] = new JsonArray("*"), ["payload"] = "id-only" })).Is(201);
            var referral = await court.ReferAsync(A.Referral());
            (await court.PostAsync("/v1/consents", A.ReferralConsent(referral, seeded.Now))).Is(201);
            (await clinic.AcceptAsync(referral.Id)).Is(200);
            (await clinic.PostAsync("/v1/consents", A.MonitoringConsent(referral, seeded.Now, "treatment-status"))).Is(201);
            (await clinic.AdmitAsync(referral.Id)).Is(200);
            Assert.Equal("admitted", (await court.ReadAsync(referral.Id)).Is(200)["status"]);

            await UntilAsync(() => partner.Received.Any(r => r.Event.Type == EventTypes.ReferralAdmitted));
            Assert.Equal(
                [EventTypes.ReferralSent, EventTypes.ReferralAccepted, EventTypes.ReferralAdmitted],
                partner.Received.Where(r => r.Event.Subject == $"referrals/{referral.Id}").DistinctBy(r => r.Id).Select(r => r.Event.Type));
            var auditor = new Party(seeded, "contraloria") { TokensFrom = nodes[0].Http, At = nodes[1].Http };
            var log = (await auditor.GetAsync($"/v1/audit/entries?person={referral["personId"]}&limit=200")).Is(200);
            Assert.Contains(log.Items, e => e["operation"]!.ToString() == "event.deliver");
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_proxy_of_compose_yaml_asks_the_role_that_answers()
    {
        var seeded = await StartAsync(new() { Settings = [Issuer] });
        await using var identity = await ServerProcess.BesideAsync(seeded, "roles=identity", Issuer, Proxies);
        await using var api = await ServerProcess.BesideAsync(seeded, "roles=api", Issuer, Proxies);
        var port = Ports.Free();
        await using var nginx = await Nginx.StartAsync("compose.conf", port,
            ("listen 8080;", $"listen 127.0.0.1:{port};"), ("http://identity:8080", $"http://{identity.Http.BaseAddress!.Authority}"), ("http://api:8080", $"http://{api.Http.BaseAddress!.Authority}"));
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
        var court = new Court(seeded) { At = http };
        var referral = await court.ReferAsync(A.Referral()); // with a token from the one, at the other
        Assert.Equal(referral["matter.id"], (await court.ReadAsync(referral.Id)).Is(200)["matter.id"]);
        foreach (var path in (string[])["openid-configuration", "oauth-authorization-server", "jwks", "smart-configuration"])
            Assert.Equal(200, (int)(await http.GetAsync($"/.well-known/{path}")).StatusCode);

        // Behind what ends TLS.
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/referrals?matter=C-4711");
        request.Headers.Add("X-Forwarded-Proto", "https");
        using var answer = await http.SendAsync(request);
        Assert.True(answer.Headers.Contains("Strict-Transport-Security"));
        Assert.DoesNotContain("C-4711", nginx.Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_worker_was_carrying_another_carries_on_within_seconds_and_nothing_is_lost()
    {
        var seeded = await StartAsync(new() { Settings = [Issuer] });
        var holding = new TaskCompletionSource();
        await using var partner = new Partner { Answer = async (_, _) => { await holding.Task; return 204; } };
        await partner.StartAsync();
        var court = new Court(seeded);
        (await court.PostAsync("/v1/subscriptions", new JsonObject { ["channel"] = "webhook", ["url"] = partner.Url + "/court", ["events"] = new JsonArray("*"), ["payload"] = "id-only" })).Is(201);
        var referrals = new List<Guid>();
        for (var i = 0; i < 4; i++)
        {
            var it = await Case.SendAsync(seeded);
            (await it.Clinic.AcceptAsync(it.Id)).Is(200);
            referrals.Add(it.Id);
        }

        await using var first = await ServerProcess.BesideAsync(seeded, "roles=worker", Issuer);
        await UntilAsync(() => partner.Received.Select(r => r.Event.Subject).Distinct().Count(s => s!.StartsWith("referrals/", StringComparison.Ordinal)) == referrals.Count);
        await using var second = await ServerProcess.BesideAsync(seeded, "roles=worker", Issuer);
        var carried = partner.Received.Select(r => r.Id).ToHashSet();
        await first.KillAsync();
        holding.SetResult();
        var late = await Case.SendAsync(seeded); // recorded after the death: relayed by who is left

        await UntilAsync(() => referrals.All(r => Sequence(partner, r) is [.., EventTypes.ReferralAccepted]) && Sequence(partner, late.Id).Count > 0, TimeSpan.FromSeconds(20));
        Assert.All(referrals, r => Assert.Equal([EventTypes.ReferralSent, EventTypes.ReferralAccepted], Sequence(partner, r)));
        // Doubled is what was under way when it died, and only that.
        Assert.All(partner.Received.CountBy(r => r.Id).Where(c => c.Value > 1), c => Assert.Contains(c.Key, carried));
        await UntilAsync(() => seeded.LookAsync(db => db.RecordedEvents.AllAsync(e => e.RelayedAt != null)));
    }

    /// <summary>A process that hangs is not dead: its connection lives, and so would its locks.</summary>
    [Fact]
    public async Task A_process_that_falls_silent_in_the_middle_of_its_work_does_not_hold_up_the_others()
    {
        await using var silent = Exchange.Services.CreateAsyncScope();
        var engine = silent.ServiceProvider.GetRequiredService<Engine>();
        var its = silent.ServiceProvider.GetRequiredService<Db>();
        await using var held = await engine.BeginAsync(its, CancellationToken.None);
        Assert.True(await engine.TryLeaseAsync(its, Lease.Relay, CancellationToken.None));
        Assert.False(await TryAsync());

        await UntilAsync(TryAsync);

        var e = await Assert.ThrowsAnyAsync<Exception>(() => its.Database.CommitTransactionAsync());
        Assert.True(engine.IsUnavailable(e), e.ToString());

        async Task<bool> TryAsync()
        {
            await using var scope = Exchange.Services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<Db>();
            await using var begun = await engine.BeginAsync(db, CancellationToken.None);
            return await engine.TryLeaseAsync(db, Lease.Relay, CancellationToken.None);
        }
    }

    [Theory]
    [InlineData("api", "/fhir/metadata /openapi/v1.json /swagger/index.html / /.well-known/smart-configuration /fhir/.well-known/smart-configuration", "/v1/referrals /v1/clients /fhir/Task", "/connect/token /.well-known/jwks /.well-known/openid-configuration")]
    [InlineData("identity", "/.well-known/jwks /.well-known/openid-configuration /.well-known/smart-configuration", "", "/v1/referrals /v1/clients /fhir/Task /fhir/metadata /openapi/v1.json /swagger/index.html /")]
    [InlineData("worker", "", "", "/v1/referrals /fhir/metadata /connect/token /.well-known/jwks /openapi/v1.json /swagger/index.html /")]
    public async Task A_role_answers_what_is_its_own_and_nothing_else(string role, string open, string guarded, string absent)
    {
        var node = await StartAsync(new() { Beside = Exchange, Settings = [Issuer, $"Server:Roles={role}"] });
        await AnswerAsync("/health/live /health/ready " + open, 200);
        await AnswerAsync(guarded, 401);
        await AnswerAsync(absent, 404);

        async Task AnswerAsync(string paths, int status)
        {
            foreach (var path in paths.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                using var answer = await node.Http.GetAsync(path);
                Assert.True(status == (int)answer.StatusCode, $"{role} {path}: {(int)answer.StatusCode}");
            }
        }
    }

    static List<string> Sequence(Partner partner, Guid referral) =>
        [.. partner.Received.Where(r => r.Event.Subject == $"referrals/{referral}").DistinctBy(r => r.Id).Select(r => r.Event.Type)];

    static Task UntilAsync(Func<bool> condition, TimeSpan? within = null) => UntilAsync(() => Task.FromResult(condition()), within);

    static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan? within = null)
    {
        using var deadline = new CancellationTokenSource(within ?? TimeSpan.FromSeconds(60));
        while (!await condition())
            await Task.Delay(50, deadline.Token);
    }
}
