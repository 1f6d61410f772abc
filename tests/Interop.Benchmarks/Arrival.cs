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
    static readonly TimeSpan s_life = TimeSpan.FromSeconds(2);

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
        await MeasureEndsAsync(bench),
    ];

    /// <summary>From the instant at which a consent ends by its date to the arrival of the event that says so.</summary>
    static async Task<Result> MeasureEndsAsync(Bench bench)
    {
        await using var exchange = await Exchange.StartAsync(bench.Server);
        var arrivals = new Arrivals();
        await using var partner = await WebhookPartner.StartAsync(arrivals);
        var court = await exchange.TokenAsync(Exchange.Court);
        await SubscribeAsync(exchange, court, new() { ["channel"] = "webhook", ["url"] = partner.Address }, "org.interop.consent.expired.v1");
        var given = new List<(Guid Consent, DateTimeOffset Until)>();
        foreach (var (number, it) in (await exchange.ReferAsync(bench.Options.Tiny ? 5 : Messages)).Index())
        {
            var (until, body) = (TimeProvider.System.GetUtcNow() + s_life, Bodies.Consent(it.Person, $"seed-{number}"));
            body["until"] = until;
            given.Add(((await exchange.PostAsync(court, "/v1/consents", body)).GetProperty("id").GetGuid(), until));
            await Task.Delay(s_idle);
        }
        var took = new List<double>();
        foreach (var (consent, until) in given)
            took.Add((await arrivals.Of(consent).WaitAsync(s_patience) - until).TotalMilliseconds);
        var load = Load.Of(took, 1);
        return new("end of a consent by its date to the arrival of its event, webhook", Figures.Say($"p99 {load.P99:0} ms"), Target: "noticed within 1,000 ms", Spread: Figures.Say($"{load.P50:0} / {load.P99:0} ms"));
    }

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
    static async Task<string?> SubscribeAsync(Exchange exchange, string token, JsonObject subscription, string type = "org.interop.referral.accepted.v1")
    {
        subscription["events"] = new JsonArray(type);
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
