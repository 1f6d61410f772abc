using Interop.Server.Tests.World;

[assembly: AssemblyFixture(typeof(SqliteExchange))]
[assembly: AssemblyFixture(typeof(PostgreSqlExchange))]

namespace Interop.Server.Tests.World;

/// <summary>
/// One exchange per engine for all tests that do not move the clock: each makes persons and matters of its own, and nothing
/// else isolates them. Started by the first test that asks.
/// </summary>
public abstract class SharedExchange : IAsyncLifetime
{
    readonly Lazy<Task<Exchange>> _exchange;

    protected SharedExchange() => _exchange = new(() => Exchange.StartAsync(NewStorage(), NewOptions()));

    public abstract Storage NewStorage();

    public virtual ExchangeOptions NewOptions() => new();

    public Task<Exchange> GetAsync() => _exchange.Value;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_exchange is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await _exchange.Value).DisposeAsync();
    }
}

public sealed class SqliteExchange : SharedExchange
{
    public override Storage NewStorage() => new SqliteStorage();
}

public sealed class PostgreSqlExchange : SharedExchange
{
    public override Storage NewStorage() => new PostgreSqlStorage();
}

/// <summary>Tests through the doors of one exchange. Each topic is an abstract class, and one line per engine beneath it.</summary>
public abstract class ExchangeTests(SharedExchange shared) : IAsyncLifetime
{
    readonly List<Exchange> _own = [];

    protected Exchange Exchange { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Exchange = await shared.GetAsync();

    /// <summary>What the shared exchange was started with.</summary>
    protected ExchangeOptions Options => shared.NewOptions();

    /// <summary>An exchange for this test alone, on the same engine.</summary>
    protected async Task<Exchange> StartAsync(ExchangeOptions options)
    {
        var exchange = await Exchange.StartAsync(options.Beside?.Storage ?? shared.NewStorage(), options);
        _own.Add(exchange);
        return exchange;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var exchange in Enumerable.Reverse(_own))
            await exchange.DisposeAsync();
    }
}
