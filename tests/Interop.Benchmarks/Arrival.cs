using System.Text.Json.Nodes;
using Npgsql;

namespace Interop.Benchmarks;

/// <summary>
/// From the commit of a change, by the database's own record of it, to the arrival of its event at the partner. One at a time, on
/// an exchange that does nothing else.
/// </summary>
internal static class Arrival
{
    const int Messages = 200;
    const int Warm = 150;

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    static readonly TimeSpan s_idle = TimeSpan.FromMilliseconds(40);

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Bench bench) =>
    [
        await MeasureAsync(bench, "webhook", "p50 ≤ 15, p99 ≤ 60 ms", async (exchange, court, arrivals) =>
        {
            var partner = await WebhookPartner.StartAsync(arrivals);
            await SubscribeAsync(exchange, court, new() { ["channel"] = "webhook", ["url"] = partner.Address });
            return partner;
        }),
        await MeasureAsync(bench, "AMQP", "p50 ≤ 12 ms", async (exchange, court, arrivals) =>
        {
            var queue = await SubscribeAsync(exchange, court, new() { ["channel"] = "amqp" });
            return await QueuePartner.StartAsync(bench.Broker, queue!, arrivals);
        }),
    ];

    static async Task<Result> MeasureAsync(Bench bench, string channel, string target, Func<Exchange, string, Arrivals, Task<IAsyncDisposable>> subscribe)
    {
        await using var exchange = await Exchange.StartAsync(bench.Server, bench.Broker);
        await using var database = NpgsqlDataSource.Create(exchange.Database);
        var arrivals = new Arrivals();
        await using var partner = await subscribe(exchange, await exchange.TokenAsync(Exchange.Court), arrivals);
        var (messages, warm) = bench.Options.Tiny ? (5, 5) : (Messages, Warm);
        var referrals = await exchange.ReferAsync(messages + warm);
        var clinic = await exchange.TokenAsync(Exchange.Clinic);
        var took = new List<double>();
        foreach (var (number, it) in referrals.Index())
        {
            await exchange.PostAsync(clinic, $"/v1/referrals/{it.Referral}/acceptance", new JsonObject());
            var arrived = await arrivals.Of(it.Referral).WaitAsync(s_patience);
            if (number >= warm)
                took.Add((arrived - await CommittedAsync(database, it.Referral)).TotalMilliseconds);
            await Task.Delay(s_idle);
        }
        var load = Load.Of(took, 1);
        return new($"commit to arrival, {channel}, idle", Figures.Say($"p50 {load.P50:0.0} ms"), Target: target, Spread: Figures.Say($"{load.P50:0.0} / {load.P99:0.0} ms"), Memory: Figures.Say($"{Proc.PeakMemory(exchange.Process):N0} MB"));
    }

    /// <returns>The queue, where there is one.</returns>
    static async Task<string?> SubscribeAsync(Exchange exchange, string token, JsonObject subscription)
    {
        subscription["events"] = new JsonArray("org.interop.referral.accepted.v1");
        var made = await exchange.PostAsync(token, "/v1/subscriptions", subscription);
        return made.TryGetProperty("queue", out var queue) ? queue.GetString() : null;
    }

    static async Task<DateTimeOffset> CommittedAsync(NpgsqlDataSource database, Guid referral)
    {
        await using var command = database.CreateCommand("select pg_xact_commit_timestamp(xmin) from referrals.referral_entries where referral_id = $1 and act = 'accepted'");
        command.Parameters.Add(new() { Value = referral });
        return await command.ExecuteScalarAsync() is DateTime at ? at : throw new InvalidOperationException("PostgreSQL keeps no commit times: track_commit_timestamp must be on.");
    }
}
