using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Interop.Benchmarks;

/// <summary>
/// From the commit of a change, by the database's own record of it, to the arrival of its webhook. One at a time, on an exchange
/// that does nothing else.
/// </summary>
internal static class Arrival
{
    const int Messages = 200;
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    static readonly TimeSpan s_idle = TimeSpan.FromMilliseconds(40);

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Bench bench)
    {
        await using var exchange = await Exchange.StartAsync(bench.Server);
        await using var database = NpgsqlDataSource.Create(exchange.Database);
        await using var partner = await Partner.StartAsync();
        var court = await exchange.TokenAsync(Exchange.Court);
        await exchange.PostAsync(court, "/v1/subscriptions", new JsonObject { ["channel"] = "webhook", ["url"] = partner.Address, ["events"] = new JsonArray("org.interop.referral.accepted.v1") });
        var ids = await exchange.ReferAsync(bench.Options.Tiny ? 10 : Messages + 20);
        var clinic = await exchange.TokenAsync(Exchange.Clinic);
        var took = new List<double>();
        foreach (var (number, id) in ids.Index())
        {
            await exchange.PostAsync(clinic, $"/v1/referrals/{id}/acceptance", new JsonObject());
            var arrived = await partner.ArrivalAsync(id).WaitAsync(s_patience);
            if (number >= ids.Count - Messages) // the first few warm it up
                took.Add((arrived - await CommittedAsync(database, id)).TotalMilliseconds);
            await Task.Delay(s_idle);
        }
        var load = Load.Of(took, 1);
        return [new("commit to arrival, webhook, idle", Figures.Say($"p50 {load.P50:0.0} ms"), Target: "p50 ≤ 15, p99 ≤ 60 ms", Spread: Figures.Say($"{load.P50:0.0} / {load.P99:0.0} ms"), Memory: Figures.Say($"{Proc.PeakMemory(exchange.Process):N0} MB"))];
    }

    static async Task<DateTimeOffset> CommittedAsync(NpgsqlDataSource database, Guid referral)
    {
        await using var command = database.CreateCommand("select pg_xact_commit_timestamp(xmin) from referrals.referral_entries where referral_id = $1 and act = 'accepted'");
        command.Parameters.Add(new() { Value = referral });
        return await command.ExecuteScalarAsync() is DateTime at ? at : throw new InvalidOperationException("PostgreSQL keeps no commit times: track_commit_timestamp must be on.");
    }

    /// <summary>A partner's end of a webhook: notes when each referral's arrives.</summary>
    sealed class Partner(WebApplication app) : IAsyncDisposable
    {
        readonly ConcurrentDictionary<Guid, TaskCompletionSource<DateTimeOffset>> _arrivals = new();

        public string Address { get; private set; } = "";

        public static async Task<Partner> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            var partner = new Partner(app) { Address = Http.FreeAddress() };
            app.Urls.Add(partner.Address);
            app.MapPost("/", partner.TakeAsync);
            await app.StartAsync();
            return partner;
        }

        public Task<DateTimeOffset> ArrivalAsync(Guid referral) => Of(referral).Task;

        async Task TakeAsync(HttpContext http)
        {
            var at = TimeProvider.System.GetUtcNow();
            var body = await JsonNode.ParseAsync(http.Request.Body);
            Of(body!["data"]!["referralId"]!.GetValue<Guid>()).TrySetResult(at);
        }

        TaskCompletionSource<DateTimeOffset> Of(Guid referral) => _arrivals.GetOrAdd(referral, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
