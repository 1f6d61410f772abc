using Interop.Audit;
using Interop.Platform;
using Interop.Platform.Events;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.World;

/// <summary>What a test may choose of the exchange that it starts.</summary>
public sealed record ExchangeOptions
{
    /// <summary>null: the system's clock.</summary>
    public TestClock? Clock { get; init; }

    /// <summary>How far the clock of its machine is ahead.</summary>
    public TimeSpan Skew { get; init; }

    /// <summary>false: nothing happens by itself, the test calls <see cref="Exchange.RunAsync{T}"/>.</summary>
    public bool Workers { get; init; }

    /// <summary>Another process of the same exchange: its database and its keys.</summary>
    public Exchange? Beside { get; init; }

    /// <summary>Configuration: <c>Referrals:RespondWithin=01:00:00</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];
}

/// <summary>The real server on a real port with the demonstration world in a fresh database.</summary>
public sealed class Exchange : IAsyncDisposable
{
    /// <summary>Hundreds of tests are one client from one address.</summary>
    static readonly string[] s_unlimited =
        ["--Identity:FailuresPerAddress=1000000", .. from limit in (string[])["Client", "Address", "Token"] from setting in (string[])["PerSecond=1000000", "Burst=10000000"] select $"--RateLimits:{limit}{setting}"];

    readonly ExchangeOptions _options;
    readonly Storage? _owned;
    readonly string _folder;
    WebApplication _app;

    Exchange(WebApplication app, Storage storage, string folder, ExchangeOptions options)
    {
        (_app, Storage, _owned, _folder, _options) = (app, storage, options.Beside is null ? storage : null, folder, options);
        Http = NewHttp(app);
    }

    public HttpClient Http { get; private set; }
    public Storage Storage { get; }

    /// <summary>Its <c>INTEROP_KEYS</c>.</summary>
    public string Keys => Path.Combine(_folder, "keys");

    /// <summary>Its <c>INTEROP_DATA</c>.</summary>
    public string Data => Path.Combine(_folder, "data");

    public TestClock? Clock => _options.Clock;
    public IServiceProvider Services => _app.Services;
    public DateTimeOffset Now => (Clock ?? TimeProvider.System).GetUtcNow();

    public static async Task<Exchange> StartAsync(Storage storage, ExchangeOptions? options = null)
    {
        options ??= new();
        Assert.SkipWhen(storage.Missing is not null, storage.Missing ?? "");
        var folder = options.Beside?._folder ?? System.IO.Directory.CreateTempSubdirectory("interop-test-").FullName;
        if (options.Beside is null)
            await storage.CreateAsync();
        return new(await StartAsync(storage, folder, options), storage, folder, options);
    }

    /// <summary>The process ends and another begins, on the same data and keys and another port.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAgainAsync();
    }

    /// <summary>After <see cref="StopAsync"/>, what a test did meanwhile.</summary>
    public async Task StartAgainAsync()
    {
        _app = await StartAsync(Storage, _folder, _options);
        Http = NewHttp(_app);
    }

    static async Task<WebApplication> StartAsync(Storage storage, string folder, ExchangeOptions options)
    {
        var app = InteropServer.Build(
            [
                "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Error", $"--ConnectionStrings:Interop={storage.ConnectionString}",
                $"--INTEROP_DATA={Path.Combine(folder, "data")}", $"--INTEROP_KEYS={Path.Combine(folder, "keys")}",
                "--Delivery:AllowedNetworks=127.0.0.0/8", .. s_unlimited, .. options.Settings.Select(s => $"--{s}"),
            ],
            services =>
            {
                if (options.Clock is { } clock)
                    services.AddSingleton<TimeProvider>(clock);
                if (options.Skew != default)
                {
                    services.AddSingleton<TimeProvider>(new SkewedTime(options.Skew));
                    services.AddSingleton(p => new Clock(p.GetRequiredService<TimeProvider>()) { IsSystem = true });
                }
                if (!options.Workers)
                    services.RemoveWorkers();
            });
        await app.MigrateAsync();
        await app.SettleWorldAsync(demonstration: true);
        await app.EraseAgainAsync();
        await app.StartAsync();
        return app;
    }

    static HttpClient NewHttp(WebApplication app)
    {
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new(new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = 64, RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8 }) { BaseAddress = new(address), Timeout = TimeSpan.FromSeconds(60) };
    }

    /// <summary>One batch of a worker.</summary>
    internal async Task<int> RunAsync<T>() where T : IBatch
    {
        await using var scope = Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<T>().RunOnceAsync(CancellationToken.None);
    }

    /// <summary>Looks into the tables, past every door.</summary>
    internal async Task<T> LookAsync<T>(Func<Db, Task<T>> look)
    {
        await using var scope = Services.CreateAsyncScope();
        return await look(scope.ServiceProvider.GetRequiredService<Db>());
    }

    /// <summary>Entries of the log, in order, their text and salt as the log proves them, where they are not erased.</summary>
    internal async Task<List<AuditEntry>> EntriesAsync(Func<IQueryable<AuditEntry>, IQueryable<AuditEntry>> which)
    {
        await using var scope = Services.CreateAsyncScope();
        var entries = await which(scope.ServiceProvider.GetRequiredService<Db>().AuditEntries.AsNoTracking()).OrderBy(e => e.At).ThenBy(e => e.Id).ToListAsync();
        await scope.ServiceProvider.GetRequiredService<EntryBodies>().OpenAsync(entries, default);
        foreach (var entry in entries)
            if (entry.Body is { } body)
                (entry.Canonical, entry.Salt) = (body.Canonical, body.Salt);
        return entries;
    }

    /// <summary>The migrations that a second start would run.</summary>
    public async Task<IReadOnlyList<string>> MigrateAgainAsync()
    {
        await using var scope = Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None);
    }

    /// <summary>How many events were recorded about this subject (<c>referrals/…</c>), of this type or of any.</summary>
    public Task<int> EventsAsync(string subject, string? type = null) =>
        LookAsync(db => db.RecordedEvents.CountAsync(e => e.Subject == subject && (type == null || e.Type == type)));

    public async Task StopAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_owned is null)
            return;
        await _owned.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        System.IO.Directory.Delete(_folder, recursive: true);
    }
}
