using System.Net;
using System.Net.Sockets;
using System.Text;
using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Server;

/// <summary>
/// A process that is asked to end finishes what it has begun and begins nothing else: requests are answered, sends recorded, and
/// what it leaves the next one does, once.
/// </summary>
[Collection(Weather.Name)]
public abstract class StopTests(Storage storage)
{
    [Fact]
    public async Task What_was_begun_is_finished_and_nothing_else_is_begun()
    {
        await using var partner = new HoldingPartner();
        await partner.StartAsync();
        await using var exchange = await Restartable.NewAsync(storage);
        await exchange.ServeAsync();
        var door = exchange.Door;
        await new Load(door, 0).SubscribeAsync(partner.Url);
        var referral = (await door.PostAsync(Load.Court, "/v1/referrals", A.Referral())).Is(201);
        var other = (await door.PostAsync(Load.Court, "/v1/referrals", A.Referral())).Is(201);
        partner.Hold();
        var consent = (await door.PostAsync(Load.Court, "/v1/consents", A.ReferralConsent(referral, Door.Now))).Is(201);
        await Eventually.HoldsAsync("the partner has it and has not answered", () => partner.Received.Count(r => r.Event.Subject == $"consents/{consent.Id}") == 2);
        using var body = new HeldBody(A.ReferralConsent(other, Door.Now).ToJsonString());
        var begun = door.SendAsync(Load.Court, HttpMethod.Post, "/v1/consents", body);
        await body.Asked; // the server has begun to read it

        await exchange.TerminateAsync();
        await Eventually.HoldsAsync("it takes no more connections", () => IsRefusedAsync(exchange.Http.BaseAddress!));
        body.Release();
        var answer = (await begun).Is(201);
        partner.Release();

        Assert.Equal(0, await exchange.EndedAsync());
        Assert.DoesNotContain(partner.Received, r => r.Event.Subject == $"consents/{answer.Id}"); // left to the next
        await exchange.ServeAsync();
        (await door.GetAsync(Load.Court, $"/v1/consents/{answer.Id}")).Is(200);
        (await door.PostAsync(Load.Court, $"/v1/consents/{consent.Id}/revocation", new() { ["reason"] = "Lo pidió" })).Is(200); // of the same lane
        foreach (var party in (string[])[Load.Court, Load.Clinic])
        {
            await Eventually.HoldsAsync($"{party} is told what was left and what came after", () => Of(answer) == 1 && Of(consent) == 2);
            Assert.Equal(2, partner.Received.Where(r => r.Path == $"/{party}").Count(r => r.Event.Subject == $"consents/{consent.Id}")); // the first of them once

            int Of(Reply c) => partner.Received.Where(r => r.Path == $"/{party}" && r.Event.Subject == $"consents/{c.Id}").DistinctBy(r => r.Id).Count();
        }
    }

    [Fact]
    public async Task Under_load_every_request_is_answered_or_was_never_begun_and_nothing_is_sent_twice()
    {
        var seed = Weather.Seed();
        await using var partner = new Partner();
        await partner.StartAsync();
        await using var exchange = await Restartable.NewAsync(storage);
        await exchange.ServeAsync();
        var load = new Load(exchange.Door, seed);
        await load.SubscribeAsync(partner.Url);
        using var over = new CancellationTokenSource();
        var running = load.RunAsync(lanes: 8, over.Token);
        await load.AcknowledgedAsync(new Random(seed).Next(30, 90));

        await exchange.TerminateAsync();
        Assert.Equal(0, await exchange.EndedAsync());
        await over.CancelAsync();
        await running;
        Assert.Empty(load.Refused);
        load.NothingUnansweredWasDone();

        await exchange.ServeAsync();
        await Books.BalanceAsync(load, partner);
        Assert.Distinct(partner.Received.Select(r => (r.Path, r.Id)));
    }

    [Fact]
    public async Task What_does_not_end_is_left_when_the_time_to_stop_is_over()
    {
        await using var partner = new HoldingPartner();
        await partner.StartAsync();
        await using var exchange = await Restartable.NewAsync(storage, "--Server:StopWithin=00:00:01");
        await exchange.ServeAsync();
        var door = exchange.Door;
        await new Load(door, 0).SubscribeAsync(partner.Url);
        partner.Hold();
        var referral = (await door.PostAsync(Load.Court, "/v1/referrals", A.Referral())).Is(201);
        (await door.PostAsync(Load.Court, "/v1/consents", A.ReferralConsent(referral, Door.Now))).Is(201);
        await Eventually.HoldsAsync("the partner has it", () => partner.Received.Count > 0);
        using var body = new HeldBody(A.Referral().ToJsonString());
        var begun = door.SendAsync(Load.Court, HttpMethod.Post, "/v1/referrals", body);
        await body.Asked;

        await exchange.TerminateAsync();

        Assert.Equal(0, await exchange.EndedAsync());
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            body.Release();
            await begun;
        });
        partner.Release();
    }

    static async Task<bool> IsRefusedAsync(Uri address)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address.Host, address.Port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    /// <summary>A partner that answers when the test lets it.</summary>
    sealed class HoldingPartner : IAsyncDisposable
    {
        readonly Partner _partner = new();
        TaskCompletionSource _free = new();

        public HoldingPartner()
        {
            _free.SetResult();
            _partner.Answer = async (_, _) =>
            {
                await _free.Task;
                return 204;
            };
        }

        public string Url => _partner.Url;

        public IReadOnlyList<Received> Received => _partner.Received;

        public Task StartAsync() => _partner.StartAsync();

        public void Hold() => _free = new();

        public void Release() => _free.TrySetResult();

        public ValueTask DisposeAsync()
        {
            Release();
            return _partner.DisposeAsync();
        }
    }

    /// <summary>A body of which half is sent when the server asks for it, and the rest when the test lets it.</summary>
    sealed class HeldBody : HttpContent
    {
        readonly byte[] _bytes;
        readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        readonly TaskCompletionSource _free = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HeldBody(string json)
        {
            _bytes = Encoding.UTF8.GetBytes(json);
            Headers.ContentType = new("application/json");
        }

        /// <summary>The server has answered 100: it reads.</summary>
        public Task Asked => _asked.Task;

        public void Release() => _free.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_bytes.AsMemory(0, _bytes.Length / 2));
            await stream.FlushAsync();
            _asked.TrySetResult();
            await _free.Task;
            await stream.WriteAsync(_bytes.AsMemory(_bytes.Length / 2));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _bytes.Length;
            return true;
        }
    }
}

public sealed class StopOnSqlite() : StopTests(new SqliteStorage());

public sealed class StopOnPostgreSql() : StopTests(new PostgreSqlStorage());
