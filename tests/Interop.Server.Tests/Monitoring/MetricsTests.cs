using System.Text.Json.Nodes;
using Interop.Audit.Log;
using Interop.Delivery;
using Interop.Platform;
using Interop.Server.AuditTools;
using Interop.Server.Monitoring;
using Interop.Server.Tests.Audit;
using Interop.Server.Tests.World;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Interop.Server.Tests.Monitoring;

/// <summary>Who reads the metrics, and what is in them.</summary>
public abstract class MetricsTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task On_a_server_that_serves_this_machine_alone_whoever_is_on_it_reads_them() =>
        Assert.Contains("dotnet_process_cpu_count", await Exchange.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);

    [Fact]
    public async Task On_a_server_that_others_reach_the_operator_reads_them_with_a_token_and_nobody_else()
    {
        var exchange = await StartAsync(new() { Settings = ["Identity:Issuer=https://exchange.example"] });
        using var nobody = await exchange.Http.GetAsync("/metrics");
        Assert.Equal(401, (int)nobody.StatusCode);
        (await new Court(exchange).GetAsync("/metrics")).Refuses(403, " scope.missing");
        Assert.Contains("dotnet_process_cpu_count", (await new Party(exchange, "admin").GetTextAsync("/metrics")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_their_own_serves_them_and_nothing_else()
    {
        var exchange = await StartAsync(new() { Settings = ["Metrics:Urls=http://127.0.0.1:0", "Identity:Issuer=https://exchange.example"] });
        var address = exchange.Services.GetServices<IHostedService>().OfType<MetricsAddress>().Single().Addresses.Single();
        using var http = new HttpClient { BaseAddress = new(address) };
        Assert.Contains("dotnet_process_cpu_count", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        foreach (var path in new[] { "/", "/v1/referrals", "/health/ready", "/connect/token", "/swagger/index.html" })
        {
            using var nothing = await http.GetAsync(path);
            Assert.Equal(404, (int)nothing.StatusCode);
        }
    }

    [Fact]
    public async Task What_waits_is_told_by_how_much_and_how_long()
    {
        var exchange = await StartAsync(new() { Clock = new() });
        (await new Clinic(exchange).PostAsync("/v1/subscriptions", new() { ["channel"] = "webhook", ["url"] = "http://127.0.0.1:9/hook", ["events"] = new JsonArray("*") })).Is(201);
        await Case.SendAsync(exchange);
        exchange.Clock!.Advance(TimeSpan.FromHours(2));
        await UntilAsync(exchange, "interop_events_unrelayed_age_seconds", v => v is >= 7200 and < 7300);
        await UntilAsync(exchange, "interop_audit_unsequenced_age_seconds", v => v is >= 7200 and < 7300);
        await exchange.RunAsync<Relay>();
        await UntilAsync(exchange, "interop_events_unrelayed_age_seconds", v => v == 0);
        exchange.Clock.Advance(TimeSpan.FromHours(3));
        await UntilAsync(exchange, "interop_delivery_due_age_seconds", v => v is >= 10800 and < 10900);
    }

    [Fact]
    public async Task How_long_the_log_waits_for_its_signature_and_for_its_witnesses_is_told()
    {
        await using var witness = new Watcher();
        var exchange = await StartAsync(new() { Clock = new(), Settings = [$"Audit:Witnesses={witness.Url} {witness.Key}"] });
        await exchange.FillAsync(1);
        await exchange.BuildAsync();
        exchange.Clock!.Advance(TimeSpan.FromHours(5));
        await exchange.FillAsync(1);
        exchange.Clock.Advance(TimeSpan.FromHours(6));
        await UntilAsync(exchange, "interop_audit_log_unsigned_age_seconds", v => v is >= 21_600 and < 21_700);
        await UntilAsync(exchange, "interop_audit_log_signed_age_seconds", v => v is >= 39_600 and < 39_700);
        await exchange.BuildAsync();
        await UntilAsync(exchange, "interop_audit_log_unsigned_age_seconds", v => v == 0);
        await UntilAsync(exchange, "interop_audit_log_cosigned_lag_seconds", v => v is >= 39_600 and < 39_700); // it has cosigned nothing yet
        using (var place = new LogPlace(exchange.Log()))
            witness.Logs.AddRange(await place.KeysAsync(CancellationToken.None));
        await exchange.RunAsync<Cosigner>();
        await UntilAsync(exchange, "interop_audit_log_cosigned_lag_seconds", v => v == 0);
    }

    /// <summary>
    /// Looked at and asked for until it is so: what was scraped a moment ago is answered again, and the instruments are the process's,
    /// in which other tests' exchanges look at their own queues.
    /// </summary>
    static async Task UntilAsync(Exchange exchange, string metric, Func<double, bool> isSo)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            await exchange.RunAsync<Gauges>();
            var text = await exchange.Http.GetStringAsync("/metrics", deadline.Token);
            if (isSo(ValueOf(text, metric)))
                return;
        }
    }

    static double ValueOf(string text, string metric)
    {
        var line = text.Split('\n').FirstOrDefault(l => l.StartsWith(metric + "{", StringComparison.Ordinal) || l.StartsWith(metric + " ", StringComparison.Ordinal));
        return line is null ? double.NaN : double.Parse(line.Split("} ")[^1].Split(' ')[line.Contains('}', StringComparison.Ordinal) ? 0 : 1], System.Globalization.CultureInfo.InvariantCulture);
    }
}

public sealed class MetricsOnSqlite(SqliteExchange shared) : MetricsTests(shared)
{
    [Fact]
    public async Task The_dashboard_and_the_alerts_name_what_a_server_that_has_done_its_work_exports()
    {
        var port = Ports.Free();
        await using var installation = await Installation.NewAsync(new SqliteStorage());
        await using var demo = installation.Start("demo", $"--urls=http://127.0.0.1:{Ports.Free()}", $"--Metrics:Urls=http://127.0.0.1:{port}");
        await demo.SaysAsync("Still serving");
        using var http = new HttpClient();
        await demo.UntilAsync("the queues are looked at", async () => (await http.GetStringAsync($"http://127.0.0.1:{port}/metrics")).Contains("interop_delivery_pending", StringComparison.Ordinal));
        await Node.HoldsAsync("promql.mjs", $"http://127.0.0.1:{port}/metrics");
    }
}

public sealed class MetricsOnPostgreSql(PostgreSqlExchange shared) : MetricsTests(shared);
