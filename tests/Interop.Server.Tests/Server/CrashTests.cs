using System.Globalization;
using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Server;

/// <summary>
/// The real process is killed at random moments under load and started again on the same data: what it acknowledged is there, every
/// event of it arrives, and nothing is half there (P1, P4, P5, P10).
/// </summary>
[Collection(Weather.Name)]
public abstract class CrashTests(Storage storage)
{
    const int Lanes = 8;

    static readonly int s_rounds = Weather.Number("INTEROP_CRASH_ROUNDS", 24);

    [Fact]
    public async Task What_was_acknowledged_survives_being_killed_and_nothing_is_half_there()
    {
        var seed = Weather.Seed();
        var chance = new Random(seed);
        await using var partner = new Partner { Answer = async (_, _) => { await Task.Delay(Random.Shared.Next(30)); return 204; } };
        await partner.StartAsync();
        await using var exchange = await Restartable.NewAsync(storage);
        await exchange.ServeAsync();
        var load = new Load(exchange.Door, seed);
        await load.SubscribeAsync(partner.Url);
        var settled = 0;

        for (var round = 1; round <= s_rounds; round++)
        {
            using var over = new CancellationTokenSource();
            var running = load.RunAsync(Lanes, over.Token);
            await load.AcknowledgedAsync(chance.Next(1, 60));
            await Task.Delay(TimeSpan.FromMilliseconds(chance.Next(20))); // between two acknowledgements, anywhere
            await exchange.KillAsync();
            await over.CancelAsync();
            await running;
            await exchange.ServeAsync();
            if (chance.Next(3) > 0 && round < s_rounds)
                continue; // killed again before anybody looks
            var stories = load.Stories.Where(s => s.Number > settled).ToList();
            settled += stories.Count;
            await load.SettleAsync(stories);
            await Books.HasAcknowledgedAsync(load, stories);
        }

        await Books.BalanceAsync(load, partner);
        Assert.Empty(load.Refused);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{s_rounds} rounds, {load.Stories.Count} referrals, {load.Acknowledged} acts acknowledged, {load.Stories.Count(s => s.Deeds.Any(d => d.Answer is null))} in doubt, {partner.Received.Count} webhooks."));
    }

    [Fact] // P2
    public async Task No_read_was_answered_whose_entry_is_not_in_the_log()
    {
        var chance = new Random(Weather.Seed());
        await using var exchange = await Restartable.NewAsync(storage);
        await exchange.ServeAsync();
        var id = (await exchange.Door.PostAsync(Load.Court, "/v1/referrals", A.Referral())).Is(201).Id;
        string[] paths = [$"/v1/referrals/{id}", $"/v1/referrals/{id}/history"];
        var (asked, answered) = (0, 0);

        for (var round = 0; round < 6; round++)
        {
            using var over = new CancellationTokenSource();
            var reading = Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => ReadAsync(paths[lane % 2], over.Token)));
            var goal = answered + chance.Next(20, 200);
            await Eventually.HoldsAsync($"{goal} reads were answered", () => answered >= goal);
            await exchange.KillAsync();
            await over.CancelAsync();
            await reading;
            await exchange.ServeAsync();
        }

        var read = (await exchange.Door.AllAsync("contraloria", "/v1/audit/entries")).Count(e => e["operation"]!.ToString() is "referral.read" or "referral.history");
        Assert.InRange(read, answered, asked); // one that was recorded and broken off before it was answered is no lie

        async Task ReadAsync(string path, CancellationToken until)
        {
            try
            {
                while (!until.IsCancellationRequested)
                {
                    Interlocked.Increment(ref asked);
                    (await exchange.Door.GetAsync(Load.Court, path)).Is(200);
                    Interlocked.Increment(ref answered);
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // killed
            }
        }
    }

    [Fact]
    public async Task A_first_start_that_is_killed_while_it_makes_its_database_and_keys_is_begun_again()
    {
        var seed = Weather.Seed();
        var chance = new Random(seed);
        await using var exchange = await Restartable.NewAsync(storage);
        for (var round = 0; round < 5; round++)
        {
            exchange.Start();
            await Task.Delay(TimeSpan.FromMilliseconds(chance.Next(300, 2000))); // anywhere between loading and serving
            await exchange.KillAsync();
        }

        await exchange.ServeAsync();

        var load = new Load(exchange.Door, seed);
        using var over = new CancellationTokenSource();
        var running = load.RunAsync(lanes: 2, over.Token);
        await load.AcknowledgedAsync(10);
        await over.CancelAsync();
        await running;
        await Books.BalanceAsync(load);
    }
}

public sealed class CrashOnSqlite() : CrashTests(new SqliteStorage());

public sealed class CrashOnPostgreSql() : CrashTests(new PostgreSqlStorage());
