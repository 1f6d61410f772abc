using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Server;

/// <summary>
/// The disk under the database fills up under load. Whatever needs to be written is answered 503, reads too, since reading is
/// recorded before it is answered; nothing is half written; and room is all that it takes to go on.
/// </summary>
[Collection(Weather.Name)]
public abstract class DiskFullTests
{
    static readonly string[] s_clients =
        ["fiscalia-central", "libertad-vigilada", "clinica-del-valle", "servicios-sociales", "contraloria", "observatorio", "hospital-ajeno"];

    [Fact]
    public async Task A_full_disk_is_answered_503_and_room_is_all_that_it_takes_to_go_on()
    {
        var seed = Weather.Seed();
        await using var partner = new Partner();
        await partner.StartAsync();
        await using var disk = await MountAsync();
        await using var exchange = await StartOnAsync(disk);
        var (door, load) = (exchange.Door, new Load(exchange.Door, seed));
        await load.SubscribeAsync(partner.Url);
        (await door.GetAsync(Load.Clinic, "/fhir/Task")).Is(200);
        using var over = new CancellationTokenSource();
        var running = load.RunAsync(lanes: 4, over.Token);
        await load.AcknowledgedAsync(30);

        await disk.FillAsync();
        await Eventually.HoldsAsync("a request was refused", () => !load.Refused.IsEmpty);
        await Weather.IsReadyAsync(door, ready: false);
        using (var live = await exchange.Http.GetAsync("/health/live"))
            Assert.Equal(200, (int)live.StatusCode);
        Weather.IsUnavailable(await LastAsync(disk, 200, () => door.GetAsync(Load.Court, "/v1/referrals")));
        await RefusalsAreNotLostAsync(disk, door);

        disk.Clear();
        await Weather.IsReadyAsync(door);
        await load.AcknowledgedAsync(30);
        await over.CancelAsync();
        await running;
        await load.SettleAsync(load.Stories);
        await Books.BalanceAsync(load, partner);
        Assert.All(load.Refused, Weather.IsUnavailable);
        Assert.DoesNotContain("   at ", exchange.Said, StringComparison.Ordinal);
    }

    /// <summary>A refusal is an entry of the log as well: where there is no room for it, the caller is told that instead.</summary>
    static async Task RefusalsAreNotLostAsync(SmallDisk disk, Door door)
    {
        Weather.IsUnavailable(await LastAsync(disk, 403, () => door.PostAsync(Load.Clinic, "/v1/referrals", A.Referral())));
        Weather.IsUnavailable(await LastAsync(disk, 422, () => door.PostAsync(Load.Court, "/v1/referrals", [])));
        Weather.IsUnavailable(await LastAsync(disk, 400, () => door.GetAsync(Load.Court, "/v1/referrals?limit=none")));
        Assert.Equal("OperationOutcome", (await LastAsync(disk, 400, () => door.GetAsync(Load.Clinic, "/fhir/Task?nothing=known")))["resourceType"]);
        var guesses = 0; // of many clients in turn: one alone would be locked out before its disk is full
        Assert.Equal("temporarily_unavailable", (await LastAsync(disk, 401, () => door.AskForTokenAsync(s_clients[guesses++ % s_clients.Length], "guessed")))["error"]);
    }

    /// <summary>A page of a table may have room for an entry or more; what the database gives back meanwhile is taken too.</summary>
    static async Task<Reply> LastAsync(SmallDisk disk, int until, Func<Task<Reply>> ask)
    {
        var reply = await ask();
        await Eventually.HoldsAsync(
            async () =>
            {
                await disk.FillAsync();
                return (reply.Status == until ? reply = await ask() : reply.Is(503)).Status == 503;
            },
            () => $"There is room for entries without end: {reply.Status} {reply.Text[..Math.Min(200, reply.Text.Length)]}");
        return reply;
    }

    private protected abstract Task<SmallDisk> MountAsync();

    private protected abstract Task<Restartable> StartOnAsync(SmallDisk disk);
}

public sealed class DiskFullOnSqlite : DiskFullTests
{
    private protected override Task<SmallDisk> MountAsync() => SmallDisk.MountAsync(megabytes: 8);

    private protected override async Task<Restartable> StartOnAsync(SmallDisk disk)
    {
        var exchange = await Restartable.NewAsync(new SqliteStorage(), $"--INTEROP_DATA={disk.Folder}");
        await exchange.ServeAsync();
        return exchange;
    }

    [Fact]
    public async Task It_starts_on_a_full_disk_and_goes_on_when_there_is_room()
    {
        await using var disk = await MountAsync();
        await using var exchange = await StartOnAsync(disk);
        var referral = (await exchange.Door.PostAsync(Load.Court, "/v1/referrals", A.Referral())).Is(201);
        await exchange.KillAsync();
        await disk.FillAsync();

        exchange.Start();
        await Eventually.HoldsAsync("it lives", async () => await exchange.Door.ReadinessAsync() is not null);
        await Eventually.HoldsAsync("it cannot write", async () => (await exchange.Door.PostAsync(Load.Court, "/v1/referrals", A.Referral())).Status == 503);
        disk.Clear();
        await exchange.IsReadyAsync();
        (await exchange.Door.GetAsync(Load.Court, $"/v1/referrals/{referral.Id}")).Is(200);
    }
}

public sealed class DiskFullOnPostgreSql : DiskFullTests
{
    private protected override Task<SmallDisk> MountAsync() => SmallDisk.MountAsync(megabytes: 24, "postgres");

    private protected override async Task<Restartable> StartOnAsync(SmallDisk disk)
    {
        var storage = new PostgreSqlStorage();
        var exchange = await Restartable.NewAsync(storage);
        await storage.MoveToAsync(disk.Folder);
        await exchange.ServeAsync();
        return exchange;
    }
}
