using System.Text.Json.Nodes;
using Interop.Delivery;
using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Platform;

/// <summary>
/// Two nodes on one PostgreSQL, the clock of one a minute ahead, of the other a minute behind: the database's is the one that counts.
/// </summary>
public sealed class NodeClockTests(PostgreSqlExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Revocation_through_either_node_is_immediate_at_the_other_and_the_log_has_the_databases_time()
    {
        var (ahead, behind) = await StartAsync();
        Exchange[] nodes = [ahead, behind];
        var it = await Case.AdmitAsync(ahead);
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);

        for (var round = 0; round < 10; round++)
        {
            var (one, other) = (nodes[round % 2], nodes[(round + 1) % 2]);
            var (clinic, court) = (new Clinic(ahead) { At = one.Http }, new Court(ahead) { At = other.Http });
            var before = TimeProvider.System.GetUtcNow();
            var consent = (await clinic.PostAsync("/v1/consents", A.MonitoringConsent(it.Referral, before, "attendance"))).Is(201);
            Assert.Single((await court.ReportsAsync(it.Id)).Is(200).Items);
            var revoked = (await clinic.PostAsync($"/v1/consents/{consent.Id}/revocation", new() { ["reason"] = "Lo pidió" })).Is(200);
            Assert.Empty((await court.ReportsAsync(it.Id)).Is(200).Items);
            var after = TimeProvider.System.GetUtcNow();

            Assert.InRange(revoked.Json!["endedAt"]!.GetValue<DateTimeOffset>(), before, after);
            foreach (var party in (Party[])[clinic, court])
                Assert.All(await party.AuditedAsync(), e => Assert.InRange(e.At, before, after));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_one_node_is_sending_the_other_leaves_alone(bool fromBehind)
    {
        var (ahead, behind) = await StartAsync();
        var (sender, looker) = fromBehind ? (behind, ahead) : (ahead, behind);
        var (release, calls) = (new TaskCompletionSource(), 0);
        await using var partner = new Partner
        {
            Answer = async (_, _) =>
            {
                if (Interlocked.Increment(ref calls) == 1)
                    await release.Task;
                return 204;
            },
        };
        await partner.StartAsync();
        var court = new Court(ahead) { At = sender.Http };
        (await court.PostAsync("/v1/subscriptions", new() { ["channel"] = "webhook", ["url"] = partner.Url, ["events"] = new JsonArray("org.interop.referral.sent.v1"), ["payload"] = "id-only" })).Is(201);
        await Case.SendAsync(sender);
        await sender.RunAsync<Relay>();

        var sending = sender.RunAsync<Dispatcher>();
        await Eventually.HoldsAsync("the partner has it", () => partner.Received.Count == 1);
        Assert.Equal(0, await looker.RunAsync<Dispatcher>());

        release.SetResult();
        Assert.Equal(1, await sending);
        Assert.Equal(0, await looker.RunAsync<Dispatcher>());
        Assert.Single(partner.Received);
    }

    async Task<(Exchange Ahead, Exchange Behind)> StartAsync()
    {
        var ahead = await StartAsync(new() { Skew = TimeSpan.FromMinutes(1) });
        return (ahead, await StartAsync(new() { Beside = ahead, Skew = TimeSpan.FromMinutes(-1) }));
    }
}
