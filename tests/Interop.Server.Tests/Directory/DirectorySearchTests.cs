using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Directory;

/// <summary>Who takes part and what there is, for everybody; and how many places are free, told by whose they are.</summary>
public abstract class DirectorySearchTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Every_kind_of_organisation_reads_the_directory()
    {
        foreach (var organisation in new[] { "juzgado-central", "centro-esperanza", "servicios-sociales", "contraloria", "observatorio", "admin", "hospital-ajeno" })
        {
            var party = new Party(Exchange, organisation);
            (await party.GetAsync("/v1/directory/organisations")).Is(200);
            (await party.GetAsync("/v1/directory/services")).Is(200);
        }
    }

    [Fact]
    public async Task Organisations_are_found_by_kind_page_by_page()
    {
        var exchange = await StartAsync(new());
        var court = new Court(exchange);
        var all = (await court.GetAsync("/v1/directory/organisations")).Is(200);
        Assert.Equal(10, all.Items.Count);
        Assert.Null(all["next"]);
        Assert.Equal(["centro-esperanza", "clinica-del-valle", "hospital-ajeno"], await PagesAsync(court, "organisations?kind=provider&limit=1", "id"));
        Assert.Equal(all.Items.Select(o => o["id"]!.ToString()), await PagesAsync(court, "organisations?limit=3", "id"));
        Assert.Equal(["contraloria"], await PagesAsync(court, "organisations?kind=oversight", "id"));
        (await court.GetAsync("/v1/directory/organisations?kind=school&limit=0&q=x")).Refuses(400, "kind code.unknown", "limit number.range", "q query.unknown");
        (await court.GetAsync("/v1/directory/organisations?cursor=x")).Refuses(400, "cursor cursor.bad");
    }

    [Fact]
    public async Task Services_are_found_by_what_a_person_needs()
    {
        var exchange = await StartAsync(new());
        var admin = new Party(exchange, "admin");
        await AddAsync("A", "residential", ["women", "pregnant"], ["es", "quc"], "GT");
        await AddAsync("B", "residential", ["disability"], ["en-US"], "GT-01");
        await AddAsync("C", "aftercare", ["women-with-children", "language:quc"], ["ES-gt"], "MX");
        await AddAsync("D", "residential", [], ["pt"], null);
        var court = new Court(exchange);
        foreach (var (query, found) in new[]
        {
            ("service=aftercare", "C"),
            ("service=residential&need=pregnant&language=quc", "A"),
            ("need=women&service=residential&language=es&jurisdiction=GT", "A"),
            ("need=women-with-children&service=aftercare", "C"),
            ("need=language:quc", "A C"),
            ("language=en", "B"),
            ("language=EN-us", "B"),
            ("language=es-GT", "C"),
            ("language=pt", "D"),
            ("jurisdiction=GT", "A"),
            ("jurisdiction=gt-01", "A B"),
            ("jurisdiction=MX", "C"),
            ("need=lgbti", ""),
        })
            Assert.Equal(found, string.Join(' ', (await PagesAsync(court, $"services?limit=1&{query}", "name")).Where(n => n.Length == 1).Order(StringComparer.Ordinal)));
        (await court.GetAsync("/v1/directory/services?service=spa&need=x&language=e%25s&jurisdiction=Peru&limit=501&cursor=x"))
            .Refuses(400, "service code.unknown", "need need", "language language", "jurisdiction jurisdiction", "limit number.range", "cursor cursor.bad");

        async Task AddAsync(string name, string service, string[] needs, string[] languages, string? jurisdiction) => (await admin.PostAsync(
            "/v1/organisations/centro-esperanza/services",
            new JsonObject { ["name"] = name, ["service"] = service }.With("needs", needs).With("languages", languages).With("jurisdiction", jurisdiction))).Is(201);
    }

    [Fact]
    public async Task A_provider_tells_how_many_places_are_free()
    {
        var (clinic, id) = await ServiceAsync();
        var before = (await clinic.GetAsync($"/v1/directory/services/{id}")).Is(200);

        var after = (await TellAsync(clinic, id, 7, before.ETag)).Is(200);

        Assert.Equal(("7", before.Version + 1), (after["placesFree"], after.Version));
        Assert.Equal("7", (await new Court(Exchange).GetAsync($"/v1/directory/services/{id}")).Is(200)["placesFree"]);
        (await TellAsync(clinic, id, 6, before.ETag)).Is(412);
        (await TellAsync(clinic, id, 6, null)).Is(428);
        (await TellAsync(clinic, id, -1, after.ETag)).Refuses(422, "placesFree number.range");
        (await TellAsync(clinic, id, 100_001, after.ETag)).Refuses(422, "placesFree number.range");
        (await clinic.SendAsync(HttpMethod.Put, $"/v1/directory/services/{id}/capacity", Party.Json("""{"places":1}"""), ("If-Match", "*"))).Refuses(422, "placesFree required", "places member.unknown");
        Assert.Equal("7", (await clinic.GetAsync($"/v1/directory/services/{id}")).Is(200)["placesFree"]);
    }

    [Fact]
    public async Task Of_two_that_tell_at_once_one_is_stale()
    {
        var (clinic, id) = await ServiceAsync();
        var etag = (await clinic.GetAsync($"/v1/directory/services/{id}")).Is(200).ETag;
        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => TellAsync(new Clinic(Exchange, "clinica-del-valle"), id, i, etag)));
        Assert.Equal([200, 412, 412, 412], replies.Select(r => r.Status).Order());
    }

    [Fact]
    public async Task Nobody_tells_it_of_anothers_service()
    {
        var (clinic, id) = await ServiceAsync();
        var other = new Clinic(Exchange, "hospital-ajeno");
        var absent = (await TellAsync(other, Guid.CreateVersion7(Exchange.Now), 1, "*")).Is(404);
        Assert.Equal(absent.Text, (await TellAsync(other, id, 1, "*")).Is(404).Text);
        foreach (var organisation in new[] { "juzgado-central", "contraloria", "admin" })
            (await TellAsync(new Party(Exchange, organisation), id, 1, "*")).Is(403);
        Assert.Null((await clinic.GetAsync($"/v1/directory/services/{id}")).Is(200)["placesFree"]);
        (await clinic.GetAsync($"/v1/directory/services/{Guid.CreateVersion7(Exchange.Now)}")).Is(404);
        (await clinic.GetAsync("/v1/directory/services/x")).Is(404);
    }

    async Task<(Clinic Clinic, Guid Id)> ServiceAsync() => (new(Exchange, "clinica-del-valle"),
        (await new Party(Exchange, "admin").PostAsync("/v1/organisations/clinica-del-valle/services", new JsonObject { ["name"] = A.Unique("Casa"), ["service"] = "aftercare" })).Is(201).Id);

    static Task<Reply> TellAsync(Party party, Guid id, int places, string? ifMatch) => party.SendAsync(
        HttpMethod.Put, $"/v1/directory/services/{id}/capacity", Party.Json($$"""{"placesFree":{{places}}}"""), ifMatch is null ? [] : [("If-Match", ifMatch)]);

    static async Task<List<string>> PagesAsync(Party party, string path, string member)
    {
        var found = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = (await party.GetAsync($"/v1/directory/{path}{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}")).Is(200);
            found.AddRange(page.Items.Select(i => i[member]!.ToString()));
            cursor = page["next"];
        }
        return found;
    }
}

public sealed class DirectorySearchOnSqlite(SqliteExchange shared) : DirectorySearchTests(shared);

public sealed class DirectorySearchOnPostgreSql(PostgreSqlExchange shared) : DirectorySearchTests(shared);
