using System.Diagnostics;
using System.Text.Json.Nodes;
using Interop.Server.Tests.World;
using Interop.Tests.Contracts;

namespace Interop.Server.Tests.OpenApi;

/// <summary>The description of the interface says what the interface does. It is the same on both engines.</summary>
public sealed class DocumentTests(SqliteExchange shared) : ExchangeTests(shared)
{
    const string Committed = "openapi/interop-v1.json";

    [Fact]
    public async Task It_is_the_committed_contract()
    {
        var current = await Exchange.Http.GetStringAsync("/openapi/v1.json");

        Assert.True(ContractFiles.Guarded(Committed, current).TrimEnd() == current.TrimEnd(),
            $"contracts/{Committed} is not what is served. Where the change is meant and compatible, renew it with UPDATE_CONTRACTS=1 and say so in contracts/README.md.");
    }

    [Fact]
    public async Task Every_operation_says_what_a_newcomer_needs()
    {
        var document = await DocumentAsync();
        var ids = new HashSet<string>();
        var faults = new List<string>();
        foreach (var (path, verb, operation) in Operations(document))
        {
            void Check(bool held, string what)
            {
                if (!held)
                    faults.Add($"{verb} {path}: {what}");
            }
            Check(ids.Add(operation["operationId"]!.ToString()), "operationId");
            Check(operation["summary"]?.ToString() is { Length: > 0 and < 160 }, "summary");
            Check(operation["tags"]!.AsArray().All(t => document["tags"]!.AsArray().Any(d => d!["name"]!.ToString() == t!.ToString() && d["description"] is not null)), "tag without description");
            Check((operation["parameters"]?.AsArray() ?? []).All(p => Resolve(document, p!)["description"] is not null), "a parameter without description");
            if (operation["requestBody"] is { } body)
                Check(body["content"]!.AsObject().All(c => c.Value!["example"] is not null), "request without example (examples.json)");
            var responses = operation["responses"]!.AsObject();
            Check(responses.Where(r => r.Key[0] == '2').All(r => r.Key == "204" || Resolve(document, r.Value!)["content"]!.AsObject().All(c => c.Value!["example"] is not null)), "answer without example (examples.json)");
            if (path == "/connect/token")
                continue;
            if (operation["description"]!.ToString().EndsWith("Public.", StringComparison.Ordinal))
            {
                Check(operation["security"]!.AsArray().Count == 0, "public, and yet with security");
                continue;
            }
            Check(operation["security"]!.AsArray().Count > 0, "security");
            foreach (var status in (string[])["401", "403", "default"])
                Check(responses[status] is { } problem && Resolve(document, problem)["content"]?["application/problem+json"]?["example"] is not null, $"{status} without a problem");
        }
        Assert.Empty(faults);
    }

    [Fact]
    public async Task It_names_exactly_the_parameters_that_a_query_takes()
    {
        var parties = new List<Party> { new Court(Exchange), new Clinic(Exchange), new Party(Exchange, "contraloria"), new Party(Exchange, "admin") };
        foreach (var (path, verb, operation) in Operations(await DocumentAsync()))
        {
            var named = (operation["parameters"]?.AsArray() ?? []).Where(p => p!["in"]?.ToString() == "query").Select(p => p!["name"]!.ToString()).Order(StringComparer.Ordinal).ToList();
            if (verb != "get" || named.Count == 0)
                continue;
            var asked = path.Replace("{id}", Guid.AllBitsSet.ToString(), StringComparison.Ordinal) + "?zzz=1";
            foreach (var party in parties)
            {
                var reply = await party.GetAsync(asked);
                if (reply.Status is 403)
                    continue;
                var fault = reply.Is(400).Json!["errors"]!.AsArray().Single(e => e!["code"]!.ToString() == "query.unknown")!["message"]!.ToString();
                Assert.Equal($"Is not a parameter of this query, which takes: {string.Join(", ", named)}.", fault);
                break;
            }
        }
    }

    [Theory]
    [InlineData("juzgado-central", "/v1/referrals")]
    [InlineData("juzgado-central", "/v1/consents")]
    [InlineData("juzgado-central", "/v1/subscriptions")]
    [InlineData("admin", "/v1/organisations")]
    [InlineData("admin", "/v1/clients")]
    public async Task It_names_exactly_the_members_that_a_request_needs(string organisation, string path)
    {
        var document = await DocumentAsync();
        var schema = Resolve(document, document["paths"]![path]!["post"]!["requestBody"]!["content"]!["application/json"]!["schema"]!);

        var missing = (await new Party(Exchange, organisation).PostAsync(path)).Is(422).Json!["errors"]!.AsArray()
            .Where(e => e!["code"]!.ToString() is { } code && (code == "required" || (code != "consent.no-end" && code.StartsWith("consent.no-", StringComparison.Ordinal)))) // its end may be a date or an event
            .Select(e => e!["path"]!.ToString());

        Assert.Equal(schema["required"]!.AsArray().Select(r => r!.ToString()).Order(StringComparer.Ordinal), missing.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Its_example_of_a_referral_is_accepted_as_it_stands()
    {
        var example = (await DocumentAsync())["paths"]!["/v1/referrals"]!["post"]!["requestBody"]!["content"]!["application/json"]!["example"]!;

        (await new Court(Exchange).PostAsync("/v1/referrals", example.AsObject())).Is(201);
    }

    [Fact]
    public async Task A_validator_that_others_wrote_finds_nothing_wrong()
    {
        var node = Path.Combine(ContractFiles.Root, "..", "tests", "node");
        Assert.SkipUnless(System.IO.Directory.Exists(Path.Combine(node, "node_modules")), "No Node clients: run tests/run, or npm ci in tests/node.");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, await Exchange.Http.GetStringAsync("/openapi/v1.json"));
        using var run = Process.Start(new ProcessStartInfo("node", ["openapi.mjs", file]) { WorkingDirectory = node, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, erred) = (run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync());
        await run.WaitForExitAsync();
        File.Delete(file);

        Assert.True(run.ExitCode == 0, await said + await erred);
    }

    [Fact]
    public async Task The_page_that_shows_it_needs_nothing_from_elsewhere()
    {
        var page = await Exchange.Http.GetStringAsync("/swagger/index.html");

        Assert.Contains("swagger-ui", page, StringComparison.Ordinal);
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);
    }

    async Task<JsonNode> DocumentAsync() => JsonNode.Parse(await Exchange.Http.GetStringAsync("/openapi/v1.json"))!;

    static IEnumerable<(string Path, string Verb, JsonNode Operation)> Operations(JsonNode document) =>
        document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject().Select(o => (p.Key, o.Key, o.Value!)));

    /// <summary>Follows a reference; one that leads nowhere fails the test.</summary>
    static JsonNode Resolve(JsonNode document, JsonNode node) =>
        node["$ref"]?.ToString() is { } reference
            ? reference[2..].Split('/').Aggregate(document, (at, step) => at[step] ?? throw new InvalidOperationException($"{reference} leads nowhere."))
            : node;
}
