using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Server.Tests.World;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.Platform;

/// <summary>What the mapper writes into the schema of the SQL files comes back as it was.</summary>
public abstract class RoundTripTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Every_mapped_entity_is_read_back_as_it_was_written()
    {
        var exchange = await StartAsync(new());
        var written = await exchange.LookAsync(EveryEntity.WriteAsync);
        Assert.True(written.Count >= 20, $"{written.Count}");

        await using var scope = exchange.Services.CreateAsyncScope();
        var read = scope.ServiceProvider.GetRequiredService<Db>();
        foreach (var entity in written)
            await EveryEntity.IsThereAsync(read, entity);
    }

    /// <summary>More than one statement takes.</summary>
    [Fact]
    public async Task So_it_is_where_many_of_a_kind_are_written_together_past_the_mapper()
    {
        const int many = 300;
        var exchange = await StartAsync(new());
        var written = await exchange.LookAsync(db => EveryEntity.WriteAsync(db, exchange.Services.GetRequiredService<Engine>(), many));
        Assert.True(written.Count >= 20, $"{written.Count}");

        await using var scope = exchange.Services.CreateAsyncScope();
        var read = scope.ServiceProvider.GetRequiredService<Db>();
        foreach (var kind in written)
            foreach (var n in new[] { 0, 1, 255, 256, many - 1 })
                await EveryEntity.IsThereAsync(read, kind[n]);
    }

    [Fact]
    public async Task A_second_migration_finds_nothing_to_do() =>
        Assert.Empty(await Exchange.MigrateAgainAsync());
}

public sealed class RoundTripOnSqlite(SqliteExchange shared) : RoundTripTests(shared);

public sealed class RoundTripOnPostgreSql(PostgreSqlExchange shared) : RoundTripTests(shared);
