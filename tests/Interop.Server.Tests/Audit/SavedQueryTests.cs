using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Audit;

/// <summary>Questions that an auditor asks again.</summary>
public abstract class SavedQueryTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task A_saved_query_finds_what_its_filters_find_and_what_is_asked_beside_it_comes_first()
    {
        var it = await Case.OpenAsync(Exchange);
        (await it.Clinic.ReadAsync(it.Id)).Is(404);
        var oversight = new Party(Exchange, "contraloria");
        var saved = (await oversight.PostAsync("/v1/audit/queries", Query(new() { ["person"] = it.Person.ToString(), ["outcome"] = "denied", ["from"] = "2020-01-01" }))).Is(201);
        Assert.Equal($"/v1/audit/queries/{saved.Id}", saved.Headers.Location!.ToString());
        Assert.Equal(saved.Text, (await oversight.GetAsync($"/v1/audit/queries/{saved.Id}")).Is(200).Text);
        Assert.Equal("2020-01-01T00:00:00Z", saved["filters.from"]);

        Assert.Equal(["denied"], (await oversight.GetAsync($"/v1/audit/entries?query={saved.Id}")).Is(200).Items.Select(e => e["outcome"]!.ToString()));
        Assert.All((await oversight.GetAsync($"/v1/audit/entries?query={saved.Id}&outcome=permitted")).Is(200).Items,
            e => Assert.Equal((it.Person.ToString(), "permitted"), (e["person"]!.ToString(), e["outcome"]!.ToString())));
        Assert.Empty((await oversight.GetAsync($"/v1/audit/entries?query={saved.Id}&from=2199-01-01")).Is(200).Items);
        Assert.Contains(await oversight.AuditedAsync(), e => e.Operation == "audit.list" && e.Person == it.Person);
    }

    [Fact]
    public async Task They_are_listed_by_name_and_deleted_and_each_act_is_in_the_log()
    {
        var exchange = await StartAsync(new());
        var oversight = new Party(exchange, "contraloria");
        foreach (var name in new[] { "b", "a", "ñ" })
            (await oversight.PostAsync("/v1/audit/queries", Query(new() { ["action"] = "read" }, name))).Is(201);
        var all = (await oversight.GetAsync("/v1/audit/queries")).Is(200);
        Assert.Equal(["a", "b", "ñ"], all.Items.Select(q => q["name"]!.ToString()));
        var id = all.Items[0]["id"]!.ToString();
        (await oversight.SendAsync(HttpMethod.Delete, $"/v1/audit/queries/{id}", null)).Is(204);
        (await oversight.GetAsync($"/v1/audit/queries/{id}")).Is(404);
        (await oversight.SendAsync(HttpMethod.Delete, $"/v1/audit/queries/{id}", null)).Is(404);
        (await oversight.GetAsync($"/v1/audit/entries?query={id}")).Refuses(400, "query audit.query-unknown");
        Assert.Equal(
            ["audit.query-save create", "audit.query-save create", "audit.query-save create", "audit.query-list query", "audit.query-delete delete", "audit.query-read read", "audit.query-delete delete", "audit.list query"],
            (await oversight.AuditedAsync()).Select(e => $"{e.Operation} {e.Action}"));
    }

    [Fact]
    public async Task Another_organisation_does_not_know_of_them()
    {
        var exchange = await StartAsync(new());
        var admin = new Party(exchange, "admin");
        (await admin.PostAsync("/v1/organisations", new() { ["id"] = "procuraduria", ["name"] = "Procuraduría", ["kind"] = "oversight" })).Is(201);
        var secret = (await admin.PostAsync("/v1/clients", new() { ["clientId"] = "procuraduria-auditoria", ["organisation"] = "procuraduria" })).Is(201)["secret"]!;
        var other = new Party(exchange, "procuraduria") { Client = "procuraduria-auditoria", Secret = secret };
        var oversight = new Party(exchange, "contraloria");
        var id = (await oversight.PostAsync("/v1/audit/queries", Query(new() { ["action"] = "read" }))).Is(201).Id;
        Assert.Empty((await other.GetAsync("/v1/audit/queries")).Is(200).Items);
        (await other.GetAsync($"/v1/audit/queries/{id}")).Is(404);
        (await other.SendAsync(HttpMethod.Delete, $"/v1/audit/queries/{id}", null)).Is(404);
        (await other.GetAsync($"/v1/audit/entries?query={id}")).Refuses(400, "query audit.query-unknown");
        (await other.PostAsync("/v1/audit/queries", Query(new() { ["action"] = "read" }))).Is(201); // the same name is free there
        foreach (var party in new[] { "juzgado-central", "centro-esperanza", "observatorio", "admin" })
            (await new Party(exchange, party).GetAsync("/v1/audit/queries")).Is(403);
    }

    [Fact]
    public async Task Every_fault_of_one_is_named()
    {
        var oversight = new Party(Exchange, "contraloria");
        (await oversight.PostAsync("/v1/audit/queries")).Refuses(422, "name required", "filters required");
        (await oversight.PostAsync("/v1/audit/queries", Query([]))).Refuses(422, "filters required");
        (await oversight.PostAsync("/v1/audit/queries", new()
        {
            ["name"] = new string('x', 101),
            ["filters"] = new JsonObject { ["person"] = "x", ["action"] = "look", ["outcome"] = 1, ["from"] = "yesterday", ["to"] = "2027-02-30", ["limit"] = 5 },
        })).Refuses(422, "name text.long", "filters.person type.uuid", "filters.action code.unknown", "filters.outcome type.text", "filters.from type.instant", "filters.to type.instant", "filters.limit member.unknown");
        (await oversight.PostAsync("/v1/audit/queries", Query(new() { ["action"] = "read" }, "twice"))).Is(201);
        (await oversight.PostAsync("/v1/audit/queries", Query(new() { ["action"] = "update" }, "twice"))).Refuses(409, "name audit.query-exists");
    }

    [Fact]
    public async Task A_repeat_under_its_key_saves_nothing_twice()
    {
        var (oversight, body, key) = (new Party(Exchange, "contraloria"), Query(new() { ["action"] = "read" }), ("Idempotency-Key", A.Unique("key")));
        var first = (await oversight.PostAsync("/v1/audit/queries", body, key)).Is(201);
        Assert.Equal(first.Text, (await oversight.PostAsync("/v1/audit/queries", body, key)).Is(201).Text);
    }

    static JsonObject Query(JsonObject filters, string? name = null) => new() { ["name"] = name ?? A.Unique("Consulta"), ["filters"] = filters };
}

public sealed class SavedQueryOnSqlite(SqliteExchange shared) : SavedQueryTests(shared);

public sealed class SavedQueryOnPostgreSql(PostgreSqlExchange shared) : SavedQueryTests(shared);
