using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Interop.Benchmarks;

/// <summary>H: what Kestrel answers when there is nothing to do. A process of its own, as the server is.</summary>
internal static class Hello
{
    public const string Command = "hello";

    sealed record Greeting(string Message);

    public static async Task ServeAsync(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add(url);
        app.MapGet("/", () => Microsoft.AspNetCore.Http.TypedResults.Json(new Greeting("hello")));
        await app.RunAsync();
    }

    public static async Task<Child> StartAsync(string url)
    {
        var child = Child.Start(Environment.ProcessPath!, [Command, url]).Unheard();
        await Http.ReadyAsync(new(url));
        return child;
    }

    public static Task<Load> MeasureAsync(string url, int seconds) => Wrk.RunAsync(url, "", seconds);
}

/// <summary>T: one transaction with a document of 2 KB, an audit row and an outbox row, in one statement. A: one small audit row.</summary>
internal sealed class Transactions : IAsyncDisposable
{
    const string Schema =
        """
        drop schema if exists unit cascade;
        create schema unit;
        create table unit.documents (id uuid primary key, organisation text not null, document jsonb not null);
        create table unit.audit (id uuid primary key, at timestamptz not null, organisation text not null, action text not null, details text not null);
        create table unit.outbox (id uuid primary key, at timestamptz not null, document uuid not null, type text not null);
        """;

    const string One =
        """
        with d as (insert into unit.documents values ($1, $2, $3)),
             a as (insert into unit.audit values ($1, now(), $2, 'create', $4))
        insert into unit.outbox values ($1, now(), $1, 'created')
        """;

    const string Small = "insert into unit.audit values ($1, now(), $2, 'read', $3)";

    static readonly string s_document = $$"""{"id":"1","text":"{{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(1000))}}"}""";
    static readonly string s_details = Convert.ToBase64String(RandomNumberGenerator.GetBytes(150));

    readonly NpgsqlDataSource _source;

    Transactions(NpgsqlDataSource source) => _source = source;

    public static async Task<Transactions> PrepareAsync(string connection)
    {
        var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { MaxPoolSize = Options.Clients, NoResetOnClose = true });
        await using var command = source.CreateCommand(Schema);
        await command.ExecuteNonQueryAsync();
        return new(source);
    }

    /// <summary>The process that all of this database's server belong to.</summary>
    public async Task<int> PostmasterAsync()
    {
        await using var command = _source.CreateCommand("select pg_backend_pid()");
        return Proc.Parent((int)(await command.ExecuteScalarAsync())!);
    }

    public Task<Load> MeasureAsync(int seconds) => MeasureAsync(seconds, One, (id, p) =>
    {
        p.Add(new() { Value = id });
        p.Add(new() { Value = "juzgado-central" });
        p.Add(new() { Value = s_document, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Jsonb });
        p.Add(new() { Value = s_details });
    });

    public Task<Load> MeasureSmallAsync(int seconds) => MeasureAsync(seconds, Small, (id, p) =>
    {
        p.Add(new() { Value = id });
        p.Add(new() { Value = "juzgado-central" });
        p.Add(new() { Value = s_details });
    });

    async Task<Load> MeasureAsync(int seconds, string sql, Action<Guid, NpgsqlParameterCollection> bind)
    {
        var started = Stopwatch.GetTimestamp();
        var took = await Task.WhenAll(Enumerable.Range(0, Options.Clients).Select(_ => Task.Run(() => OneClientAsync(sql, bind, started, seconds))));
        return Load.Of([.. took.SelectMany(t => t)], Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    async Task<List<double>> OneClientAsync(string sql, Action<Guid, NpgsqlParameterCollection> bind, long started, int seconds)
    {
        await using var connection = await _source.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        bind(Guid.Empty, command.Parameters);
        await command.PrepareAsync();
        var took = new List<double>();
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
        {
            var began = Stopwatch.GetTimestamp();
            command.Parameters[0].Value = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
            await command.ExecuteNonQueryAsync();
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        return took;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
