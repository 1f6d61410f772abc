using System.Diagnostics;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Interop.Benchmarks;

/// <summary>What oversight asks of a long log, one question after the other: the first page of an answer, and its hundredth.</summary>
internal static class AuditQuestions
{
    const int Entries = 10_000_000;
    const int EmbeddedEntries = 1_000_000;
    const int TinyEntries = 20_000;
    const int Pages = 100;
    const int Asked = 300;
    const int Walked = 10;
    const string Target = "p99 ≤ 25 ms";

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Bench bench)
    {
        var entries = bench.Options.Tiny ? TinyEntries : Entries;
        await using var exchange = await Exchange.StartAsync(bench.Server);
        await exchange.StopAsync();
        await FillAsync(exchange.Database, entries);
        // Its log is to be measured, not signed: the worker would take in millions of entries meanwhile.
        await exchange.StartAgainAsync("--roles", "api,identity");
        return await AskAsync(bench, exchange, "PostgreSQL", entries);
    }

    public static async Task<IReadOnlyList<Result>> MeasureEmbeddedAsync(Bench bench)
    {
        var entries = bench.Options.Tiny ? TinyEntries : EmbeddedEntries;
        await using var exchange = await Exchange.StartEmbeddedAsync();
        await exchange.StopAsync();
        var filled = EmbeddedLog.Fill(exchange.File, entries);
        await exchange.StartAgainAsync();
        await exchange.SignedAsync(filled);
        return await AskAsync(bench, exchange, "SQLite", entries);
    }

    static async Task<IReadOnlyList<Result>> AskAsync(Bench bench, Exchange exchange, string engine, int entries)
    {
        var random = new Random(7);
        var frequent = Enumerable.Range(0, Walked).Select(n => GuidOf($"always-{n}")).ToList();
        var persons = Enumerable.Range(0, 2 * Asked).Select(_ => PersonOf(random.NextInt64(entries))).ToList();
        string[] months = [.. Enumerable.Range(0, 24).Select(n => { var first = new DateOnly(2025, 1, 1).AddMonths(n); return $"from={first:yyyy-MM-dd}&to={first.AddMonths(1).AddDays(-1):yyyy-MM-dd}"; })];
        string Month() => months[random.Next(months.Length)];
        var pages = entries < Entries ? "&limit=7" : ""; // so that whoever is named for ever fills a hundred pages of a tenth of the log too
        return
        [
            .. await AskAsync(bench, exchange, $"by person, {engine}", entries, [.. persons.Select(p => $"person={p}")], [.. frequent.Select(p => $"person={p}{pages}")]),
            .. await AskAsync(bench, exchange, $"by organisation and month, {engine}", entries,
                [.. Enumerable.Range(0, 2 * Asked).Select(_ => $"organisation=org-{random.Next(200)}&{Month()}")], [.. Enumerable.Range(0, Walked).Select(n => $"organisation=org-{n % 5}&{Month()}")]),
            .. await AskAsync(bench, exchange, $"by consent, {engine}", entries, [.. persons.Select(p => $"consent={GuidOf($"consent-{p}")}")], [.. frequent.Select(p => $"consent={GuidOf($"consent-{p}")}{pages}")]),
        ];
    }

    static async Task<IReadOnlyList<Result>> AskAsync(Bench bench, Exchange exchange, string what, int entries, IReadOnlyList<string> queries, IReadOnlyList<string> walked)
    {
        var token = await exchange.TokenAsync("contraloria");
        var asked = 0;
        await bench.WarmAsync(() => AskAsync(exchange, token, queries[asked++ % Asked]));
        var firsts = new List<double>();
        foreach (var query in queries.Skip(Asked)) // others than those that it was warmed by
            firsts.Add((await AskAsync(exchange, token, query)).Milliseconds);
        var (between, hundredths, reached) = (new List<double>(), new List<double>(), 0);
        foreach (var query in walked)
        {
            var (cursor, page) = ((string?)null, 1);
            for (; page < Pages && (page == 1 || cursor is not null); page++)
            {
                (var milliseconds, cursor) = await AskAsync(exchange, token, query, cursor);
                between.Add(milliseconds);
            }
            if (cursor is null)
                continue; // it has fewer
            reached++;
            for (var again = 0; again < Walked; again++)
                hundredths.Add((await AskAsync(exchange, token, query, cursor)).Milliseconds);
        }
        var about = Figures.Say($"GET /v1/audit/entries {what}, {entries:N0} entries");
        return
        [
            Said($"{about}: first page", Load.Of(firsts, 1), firsts.Count),
            Said(Figures.Say($"{about}: hundredth page, of {reached}"), Load.Of(hundredths, 1), hundredths.Count),
            Said($"{about}: the pages on the way", Load.Of(between, 1), between.Count),
        ];
    }

    static Result Said(string what, Load load, int asked) =>
        new(what, Figures.Say($"p99 {load.P99:0.0} ms"), Target: Target, Spread: Figures.Say($"{load.P50:0.0} / {load.P99:0.0} ms, {asked} asked"));

    static async Task<(double Milliseconds, string? Next)> AskAsync(Exchange exchange, string token, string query, string? cursor = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/audit/entries?{query}{(cursor is null ? "" : $"&cursor={cursor}")}");
        request.Headers.Authorization = new("Bearer", token);
        var began = Stopwatch.GetTimestamp();
        using var response = (await exchange.Http.SendAsync(request)).EnsureSuccessStatusCode();
        var page = await response.Content.ReadFromJsonAsync<JsonElement>();
        return (Stopwatch.GetElapsedTime(began).TotalMilliseconds, page.GetProperty("next").GetString());
    }

    static Task FillAsync(string database, int entries)
    {
        var c = new Npgsql.NpgsqlConnectionStringBuilder(database);
        var start = new ProcessStartInfo("psql", ["-X", "-q", "-v", Figures.Say($"n={entries}"), "-f", Path.Combine(AppContext.BaseDirectory, "audit-entries.sql")])
        {
            Environment = { ["PGHOST"] = c.Host, ["PGPORT"] = Figures.Say($"{c.Port}"), ["PGUSER"] = c.Username, ["PGDATABASE"] = c.Database, ["PGPASSWORD"] = c.Password },
            RedirectStandardOutput = true,
        };
        using var psql = Process.Start(start)!;
        psql.StandardOutput.ReadToEnd();
        psql.WaitForExit();
        return psql.ExitCode == 0 ? Task.CompletedTask : throw new InvalidOperationException("The log could not be filled.");
    }

    /// <summary>Of entry <paramref name="i"/>, as audit-entries.sql has it.</summary>
    public static Guid PersonOf(long i) => i % 100 == 99 ? GuidOf($"always-{i / 100 % 10}") : GuidOf($"person-{i / 3000 * 100 + i * 31 % 99}");

#pragma warning disable CA5351 // as PostgreSQL's md5 makes it, for names and nothing else
    public static Guid GuidOf(string name) => new(MD5.HashData(Encoding.UTF8.GetBytes(name)), bigEndian: true);
#pragma warning restore CA5351
}
