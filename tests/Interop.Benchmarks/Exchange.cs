using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;

namespace Interop.Benchmarks;

/// <summary>The real program, built for release, as a process of its own with the demonstration world on a fresh database.</summary>
internal sealed class Exchange : IAsyncDisposable
{
    public const string Court = "juzgado-central";
    public const string Clinic = "centro-esperanza";

    static int s_last;

    Child _process;
    readonly string _folder;
    readonly string? _server;
    readonly string? _database;

    Exchange(Child process, string address, string folder, string? server, string? database)
    {
        (_process, Address, _folder, _server, _database) = (process, address, folder, server, database);
        Http = new() { BaseAddress = new(address), Timeout = TimeSpan.FromSeconds(60) };
    }

    public string Address { get; }
    public HttpClient Http { get; }
    public int Process => _process.Id;
    public string Database => _database!;

    /// <summary>As it is published for a machine; tests/Interop.Benchmarks/run does that.</summary>
    public static string Program { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "benchmarks", "Interop.Server"));

    /// <param name="server">A PostgreSQL, by a connection string that may create databases.</param>
    /// <param name="broker">A RabbitMQ for its queues, as amqp://.</param>
    public static Task<Exchange> StartAsync(string server, string? broker = null) => StartAsync(server, broker, Program, ["serve", "--demo"]);

    /// <summary>The same in a process of this program.</summary>
    public static Task<Exchange> StartHostedAsync(string server, string[] args) => StartAsync(server, null, Environment.ProcessPath!, args);

    static async Task<Exchange> StartAsync(string server, string? broker, string program, string[] args)
    {
        var database = $"interop_benchmark_{Environment.ProcessId}_{++s_last}";
        await ExecuteAsync(server, $"create database {database}");
        var folder = System.IO.Directory.CreateTempSubdirectory("interop-benchmark-").FullName;
        var connection = new NpgsqlConnectionStringBuilder(server) { Database = database }.ConnectionString;
        var address = Benchmarks.Http.FreeAddress();
        var process = Child.Start(program, args, [.. Settings(folder, address, connection), ("ConnectionStrings__Broker", broker ?? "")]).Unheard();
        var exchange = new Exchange(process, address, folder, server, connection);
        await Benchmarks.Http.ReadyAsync(new($"{address}/health/ready"));
        return exchange;
    }

    /// <summary>The same on SQLite.</summary>
    public static async Task<Exchange> StartEmbeddedAsync()
    {
        var (folder, address) = (System.IO.Directory.CreateTempSubdirectory("interop-benchmark-").FullName, Benchmarks.Http.FreeAddress());
        var exchange = new Exchange(Child.Start(Program, ["serve", "--demo"], Settings(folder, address)).Unheard(), address, folder, null, null);
        await Benchmarks.Http.ReadyAsync(new($"{address}/health/ready"));
        return exchange;
    }

    /// <summary>The embedded database.</summary>
    public string File => Path.Combine(_folder, "data", "interop.db");

    /// <summary>Its data stay.</summary>
    public ValueTask StopAsync() => _process.DisposeAsync();

    public async Task StartAgainAsync(params string[] args)
    {
        _process = Child.Start(Program, ["serve", "--demo", .. args], [.. Settings(_folder, Address, _database), ("Identity__Issuer", Address)]).Unheard();
        await Benchmarks.Http.ReadyAsync(new($"{Address}/health/ready"));
    }

    /// <summary>Returns when the log is signed with so many entries.</summary>
    public async Task SignedAsync(long entries)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(30)); // a million entries are taken in meanwhile
        while (await SizeAsync() < entries)
            await Task.Delay(TimeSpan.FromSeconds(1), deadline.Token);

        async Task<long> SizeAsync()
        {
            using var response = await Http.GetAsync(new Uri("/audit/log/checkpoint", UriKind.Relative), deadline.Token);
            return response.IsSuccessStatusCode && (await response.Content.ReadAsStringAsync(deadline.Token)).Split('\n') is [_, var size, ..]
                ? long.Parse(size, System.Globalization.CultureInfo.InvariantCulture)
                : 0; // nothing was signed yet
        }
    }

    /// <summary>Another process of it, on the same database and keys; this one's is not ended with it.</summary>
    public async Task<Node> BesideAsync()
    {
        var address = Benchmarks.Http.FreeAddress();
        var node = new Node(Child.Start(Program, ["serve", "--demo"], Settings(_folder, address, _database)).Unheard(), address);
        await Benchmarks.Http.ReadyAsync(new($"{address}/health/ready"));
        return node;
    }

    /// <summary>As deploy/ has them, of servers on a database of their own.</summary>
    static readonly (string, string)[] s_deployed = [("DOTNET_TieredPGO", "1"), ("DOTNET_TC_CallCountingDelayMs", "0")];

    public static (string Name, string Value)[] Settings(string folder, string address, string? connection = null) =>
    [
        ("ASPNETCORE_URLS", address), ("ConnectionStrings__Interop", connection ?? ""), ("INTEROP_DATA", Path.Combine(folder, "data")),
        ("INTEROP_KEYS", Path.Combine(folder, "keys")), ("Logging__LogLevel__Default", "Warning"), ("Identity__TokenLifetime", "00:15:00"),
        .. connection is null ? [] : s_deployed,
    ];

    public async Task<string> TokenAsync(string organisation)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = organisation, ["client_secret"] = $"{organisation}-secret" });
        using var response = (await Http.PostAsync(new Uri("/connect/token", UriKind.Relative), form)).EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
    }

    /// <param name="at">The address of the process that is called; null: the first.</param>
    public async Task<JsonElement> PostAsync(string token, string path, JsonNode body, string? at = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, at + path) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new("Bearer", token);
        using var response = await Http.SendAsync(request);
        return response.IsSuccessStatusCode
            ? await response.Content.ReadFromJsonAsync<JsonElement>()
            : throw new InvalidOperationException($"POST {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }

    /// <summary>Referrals that their persons have consented to: the provider may read them.</summary>
    public async Task<IReadOnlyList<Consented>> ReferAsync(int count)
    {
        var token = await TokenAsync(Court);
        var sent = new Consented[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var referral = await PostAsync(token, "/v1/referrals", Bodies.Referral($"seed-{i}"));
            var person = referral.GetProperty("personId").GetGuid();
            sent[i] = new(referral.GetProperty("id").GetGuid(), person, referral.GetProperty("matter").GetProperty("id").GetGuid(), await ConsentAsync(token, person, $"seed-{i}"));
        });
        return sent;
    }

    public async Task<Guid> ConsentAsync(string token, Guid person, string matter) =>
        (await PostAsync(token, "/v1/consents", Bodies.Consent(person, matter))).GetProperty("id").GetGuid();

    public async Task<JsonElement?> GetAsync(string token, string path, string? at = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, at + path);
        request.Headers.Authorization = new("Bearer", token);
        using var response = await Http.SendAsync(request);
        return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<JsonElement>() : null;
    }

    static async Task ExecuteAsync(string server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
        if (_server is not null)
            await ExecuteAsync(_server, $"drop database if exists {new NpgsqlConnectionStringBuilder(_database).Database} with (force)");
        System.IO.Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>A further process.</summary>
internal sealed record Node(Child Process, string Address) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Process.DisposeAsync();
}

/// <summary>A referral and the consent under which its provider sees it.</summary>
internal sealed record Consented(Guid Referral, Guid Person, Guid Matter, Guid Consent);

internal static class Bodies
{
    /// <summary>A person and a matter that nobody else names: <paramref name="name"/> stands where wrk puts its own.</summary>
    public static JsonObject Referral(string name) => new()
    {
        ["person"] = new JsonObject
        {
            ["familyName"] = "Pérez", ["givenNames"] = new JsonArray("Ana", "María"), ["birthDate"] = "1990-02-03", ["sex"] = "female", ["language"] = "es",
            ["identifiers"] = new JsonArray(new JsonObject { ["system"] = "urn:gt:dpi", ["value"] = name }),
            ["contact"] = new JsonObject { ["phone"] = "+502 5555 0100" },
        },
        ["matter"] = new JsonObject { ["number"] = name, ["jurisdiction"] = "GT", ["offence"] = "posesión" },
        ["intercept"] = "arrest",
        ["service"] = "outpatient",
        ["needs"] = new JsonArray(),
        ["providerId"] = Exchange.Clinic,
        ["reporting"] = new JsonArray(new JsonObject { ["category"] = "attendance", ["every"] = "P7D" }),
        ["note"] = "Evaluar con prioridad.",
    };

    /// <summary>Lets the court follow how the person attends.</summary>
    public static JsonObject Monitoring(Guid person, Guid matter)
    {
        var consent = Consent(person, matter.ToString());
        (consent["kind"], consent["discloser"], consent["recipients"]) = ("justice-monitoring", Exchange.Clinic, new JsonArray(Exchange.Court));
        (consent["purposes"], consent["categories"]) = (new JsonArray("justice-monitoring"), new JsonArray("attendance"));
        return consent;
    }

    public static JsonObject Consent(Guid person, string matter)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new()
        {
            ["personId"] = person, ["kind"] = "referral", ["matter"] = matter, ["discloser"] = Exchange.Court, ["recipients"] = new JsonArray(Exchange.Clinic),
            ["purposes"] = new JsonArray("treatment"), ["categories"] = new JsonArray("referral"), ["from"] = now.AddHours(-1), ["until"] = now.AddDays(180),
            ["signature"] = new JsonObject { ["method"] = "electronic", ["at"] = now, ["by"] = "Ana Pérez" }, ["language"] = "es",
        };
    }
}
