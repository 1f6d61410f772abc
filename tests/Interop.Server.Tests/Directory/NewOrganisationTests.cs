using System.Text.Json.Nodes;
using Interop.Identity;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Directory;

/// <summary>The way in for everyone who is not of the demonstration world: by the operator over REST, or by command.</summary>
public abstract class NewOrganisationTests(SharedExchange shared) : ExchangeTests(shared)
{
    Party Admin => field ??= new(Exchange, "admin");

    [Fact]
    public async Task What_admin_creates_works_at_once_through_a_whole_referral()
    {
        var (court, clinic) = (await AddAsync("court"), await AddAsync("provider"));
        await PlayAsync(
            new(Exchange, court.Id) { Client = $"{court.Id}-software", Secret = court.Secret }, new(Exchange, clinic.Id) { Client = $"{clinic.Id}-software", Secret = clinic.Secret });
    }

    [Fact]
    public async Task What_a_command_creates_works_at_once_through_a_whole_referral()
    {
        var court = await CommandAsync("court");
        await PlayAsync(new(Exchange, court.Id) { Secret = court.Secret }, await ClinicByCommandAsync());
    }

    [Fact]
    public async Task Each_is_answered_where_it_is_then_found()
    {
        var id = A.Unique("clinica");
        var organisation = (await Admin.PostAsync("/v1/organisations", Organisation(id, "provider").With("jurisdiction", "gt").With("language", "pt").With("timeZone", "UTC"))).Is(201);
        Assert.Equal($"/v1/organisations/{id}", organisation.Headers.Location?.ToString());
        Assert.Equal(("GT", "pt", "UTC"), (organisation["jurisdiction"], organisation["language"], organisation["timeZone"]));
        Assert.Equal(organisation.Text, (await Admin.GetAsync(organisation.Headers.Location!.ToString())).Is(200).Text);

        var service = (await Admin.PostAsync($"/v1/organisations/{id}/services", Service())).Is(201);
        Assert.Equal(("GT", "1", "\"1\""), (service["jurisdiction"], service["version"], service.ETag));
        Assert.Equal(service.Text, (await Admin.GetAsync(service.Headers.Location!.ToString())).Is(200).Text);
        Assert.Equal(service["id"], Assert.Single((await Admin.GetAsync($"/v1/organisations/{id}/services")).Is(200).Items)["id"]!.ToString());

        var client = (await Admin.PostAsync("/v1/clients", new JsonObject { ["clientId"] = id, ["organisation"] = id })).Is(201);
        Assert.Equal($"/v1/clients/{id}", client.Headers.Location?.ToString());
        var again = (await Admin.GetAsync($"/v1/clients/{id}")).Is(200);
        Assert.Null(again["secret"]);
        Assert.Equal("client_secret", again["authentication"]);
        Assert.Equal(id, Assert.Single((await Admin.GetAsync($"/v1/clients?organisation={id}")).Is(200).Items)["clientId"]!.ToString());
        Assert.DoesNotContain(client["secret"]!, (await Admin.GetAsync($"/v1/clients?organisation={id}")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_not_the_operator_is_refused()
    {
        foreach (var organisation in new[] { "juzgado-central", "libertad-vigilada", "centro-esperanza", "servicios-sociales", "contraloria", "observatorio" })
        {
            var party = new Party(Exchange, organisation);
            foreach (var path in new[] { "/v1/organisations", "/v1/clients", $"/v1/organisations/{organisation}", $"/v1/organisations/{organisation}/services", $"/v1/clients/{organisation}" })
                (await party.GetAsync(path)).Is(403);
            foreach (var path in new[] { "/v1/organisations", "/v1/clients", $"/v1/organisations/{organisation}/services", $"/v1/clients/{organisation}/rotation", $"/v1/clients/{organisation}/disablement" })
                (await party.PostAsync(path)).Is(403);
        }
    }

    [Fact]
    public async Task What_is_there_already_is_a_conflict_that_is_named()
    {
        (await Admin.PostAsync("/v1/organisations", Organisation("centro-esperanza", "provider"))).Refuses(409, "id organisation.exists");
        (await Admin.PostAsync("/v1/clients", new JsonObject { ["clientId"] = "centro-esperanza", ["organisation"] = "centro-esperanza" })).Refuses(409, "clientId client.exists");
        (await Admin.PostAsync("/v1/clients", new JsonObject { ["clientId"] = A.Unique("c"), ["organisation"] = "nobody" })).Refuses(422, "organisation organisation.unknown");
        (await Admin.PostAsync("/v1/organisations/juzgado-central/services", Service())).Refuses(409, " service.kind");
        (await Admin.PostAsync("/v1/organisations/nobody/services", Service())).Is(404);
        (await Admin.GetAsync("/v1/organisations/nobody")).Is(404);
        (await Admin.GetAsync("/v1/clients/nobody")).Is(404);
        var twin = Organisation(A.Unique("twin"), "court");
        Assert.Equal([201, 409, 409], (await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => new Party(Exchange, "admin").PostAsync("/v1/organisations", twin)))).Select(r => r.Status).Order());
    }

    [Fact]
    public async Task Every_fault_is_named()
    {
        (await Admin.PostAsync("/v1/organisations", new JsonObject { ["id"] = "Ünser Haus", ["kind"] = "school", ["jurisdiction"] = "x", ["language"] = "de", ["timeZone"] = "Mars/Olympus", ["x"] = 1 }))
            .Refuses(422, "id slug", "name required", "kind code.unknown", "jurisdiction jurisdiction", "language code.unknown", "timeZone time-zone", "x member.unknown");
        (await Admin.PostAsync("/v1/organisations", Organisation("interop", "court"))).Refuses(422, "id organisation.reserved");
        (await Admin.PostAsync("/v1/organisations/centro-esperanza/services", new JsonObject
        {
            ["service"] = "spa", ["needs"] = new JsonArray("women", "rich", "language:x y"), ["languages"] = new JsonArray("es", "español"), ["placesFree"] = -1, ["jurisdiction"] = "Guatemala",
        })).Refuses(422, "name required", "service code.unknown", "needs[1] code.unknown", "needs[2] code.unknown", "languages[1] language", "placesFree number.range", "jurisdiction text.long");
        (await Admin.PostAsync("/v1/clients", new JsonObject { ["clientId"] = "A B", ["scopes"] = new JsonArray() })).Refuses(422, "clientId slug", "organisation required", "scopes required");
        (await Admin.PostAsync("/v1/clients", new JsonObject { ["clientId"] = "interop", ["organisation"] = "centro-esperanza" })).Refuses(422, "clientId organisation.reserved");
    }

    [Fact]
    public async Task A_command_that_is_refused_says_why_and_ends_with_1()
    {
        Assert.Equal((1, true), await SaysAsync(["organisation", "add", "Ünser", "x", "school"], "kind", "id"));
        Assert.Equal((1, true), await SaysAsync(["organisation", "add", "centro-esperanza", "x", "provider"], "id"));
        Assert.Equal((1, true), await SaysAsync(["service", "add", "centro-esperanza", "x", "spa", "--places-free", "many"], "service", "placesFree"));
        Assert.Equal((1, true), await SaysAsync(["client", "add", A.Unique("c"), "nobody"], "organisation"));
        Assert.Equal((1, true), await SaysAsync(["client", "add", A.Unique("c"), "juzgado-central", "--scopes", "compliance:write"], "scopes[0]"));
        Assert.Equal((1, true), await SaysAsync(["client", "add", A.Unique("c"), "juzgado-central", "--jwks", "/nowhere/at/all"], "jwks"));
        Assert.Equal((1, true), await SaysAsync(["client", "rotate", "nobody"]));
        foreach (var usage in new string[][] { ["client"], ["client", "add"], ["client", "remove", "x"], ["organisation", "add", "x"], ["service", "list", "a", "b"], ["client", "add", "a", "b", "--scopes"] })
            Assert.Equal((2, true), await SaysAsync(usage, "client rotate <id>"));
    }

    [Fact]
    public async Task Commands_list_and_rotate_what_there_is()
    {
        var clinic = await ClinicByCommandAsync();
        Assert.Equal((0, true), await SaysAsync(["organisation", "list"], $"{clinic.Organisation}  provider", "juzgado-central  court"));
        Assert.Equal((0, true), await SaysAsync(["service", "list", clinic.Organisation], "residential"));
        Assert.Equal((0, true), await SaysAsync(["client", "list"], $"{clinic.Organisation}  {clinic.Organisation}  client_secret"));
        (await clinic.GetAsync("/v1/referrals")).Is(200);
        var (exit, said) = await RunAsync("client", "rotate", clinic.Organisation);
        Assert.Equal(0, exit);
        (await new Clinic(Exchange, clinic.Organisation) { Secret = SecretIn(said) }.GetAsync("/v1/referrals")).Is(200);
        await Eventually.HoldsAsync("the token that the old secret brought is refused", async () => (await clinic.GetAsync("/v1/referrals")).Status == 401, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task What_the_operator_does_is_in_the_log_and_the_secret_is_not()
    {
        var admin = new Party(Exchange, "admin");
        var id = A.Unique("clinica");
        (await admin.PostAsync("/v1/organisations", Organisation(id, "provider"))).Is(201);
        (await admin.PostAsync($"/v1/organisations/{id}/services", Service())).Is(201);
        var secret = (await admin.PostAsync("/v1/clients", new JsonObject { ["clientId"] = id, ["organisation"] = id })).Is(201)["secret"]!;
        var entries = await admin.AuditedAsync();
        Assert.Equal(["organisation.create", "service.create", "client.create"], entries.Select(e => e.Operation));
        Assert.DoesNotContain(entries, e => e.Canonical.Contains(secret, StringComparison.Ordinal));
    }

    /// <summary>The main loop, with parties that were not there a moment ago.</summary>
    async Task PlayAsync(Court court, Clinic clinic)
    {
        var referral = await court.ReferAsync(A.Referral().With("providerId", clinic.Organisation).With("service", "residential"));
        (await clinic.ReadAsync(referral.Id)).Is(404);
        (await court.PostAsync("/v1/consents", A.ReferralConsent(referral, Exchange.Now))).Is(201);
        (await clinic.GetAsync($"/fhir/Task/{referral.Id}")).Is(200);
        (await clinic.AcceptAsync(referral.Id, ("mrn", A.Unique("MRN")))).Is(200);
        (await clinic.PostAsync("/v1/consents", A.MonitoringConsent(referral, Exchange.Now, "attendance", "treatment-status").With("recipients", new[] { court.Organisation }))).Is(201);
        (await clinic.AdmitAsync(referral.Id)).Is(200);
        (await clinic.ReportAsync(referral.Id, "attendance", "attended")).Is(201);
        Assert.Equal("admitted", (await court.ReadAsync(referral.Id)).Is(200)["status"]);
        Assert.Single((await court.ReportsAsync(referral.Id)).Is(200).Items);
        (await clinic.DischargeAsync(referral.Id)).Is(200);
        Assert.Equal("completed", (await court.ReadAsync(referral.Id)).Is(200)["status"]);
        (await new Court(Exchange).ReadAsync(referral.Id)).Is(404);
        (await new Clinic(Exchange).ReadAsync(referral.Id)).Is(404);
    }

    async Task<(string Id, string Secret)> AddAsync(string kind)
    {
        var id = A.Unique(kind);
        (await Admin.PostAsync("/v1/organisations", Organisation(id, kind))).Is(201);
        if (kind == "provider")
            (await Admin.PostAsync($"/v1/organisations/{id}/services", Service())).Is(201);
        return (id, (await Admin.PostAsync("/v1/clients", new JsonObject { ["clientId"] = $"{id}-software", ["organisation"] = id })).Is(201)["secret"]!);
    }

    async Task<(string Id, string Secret)> CommandAsync(string kind)
    {
        var id = A.Unique(kind);
        Assert.Equal((0, true), await SaysAsync(["organisation", "add", id, "Nueva", kind, "--jurisdiction", "GT", "--language", "es"], id));
        if (kind == "provider")
            Assert.Equal((0, true), await SaysAsync(["service", "add", id, "Residencia", "residential", "--needs", "women,pregnant", "--languages", "es,quc", "--places-free", "3"], id));
        var (exit, said) = await RunAsync("client", "add", id, id);
        Assert.Equal(0, exit);
        return (id, SecretIn(said));
    }

    async Task<Clinic> ClinicByCommandAsync() => await CommandAsync("provider") is var (id, secret) ? new(Exchange, id) { Secret = secret } : throw new InvalidOperationException();

    static JsonObject Organisation(string id, string kind) => new() { ["id"] = id, ["name"] = $"Nueva {kind}", ["kind"] = kind };

    static JsonObject Service() => new() { ["name"] = "Residencia", ["service"] = "residential", ["needs"] = new JsonArray("women"), ["languages"] = new JsonArray("es") };

    async Task<(int Exit, string Said)> RunAsync(params string[] args)
    {
        await using var output = new StringWriter();
        return (await ClientCommands.RunAsync(args, Exchange.Services, output, CancellationToken.None), output.ToString());
    }

    async Task<(int, bool)> SaysAsync(string[] args, params string[] words)
    {
        var (exit, said) = await RunAsync(args);
        return (exit, said.Length > 0 && words.All(w => said.Contains(w, StringComparison.Ordinal)) ? true : throw new InvalidOperationException(said));
    }

    static string SecretIn(string said) => said[(said.LastIndexOf(' ') + 1)..].Trim();
}

public sealed class NewOrganisationOnSqlite(SqliteExchange shared) : NewOrganisationTests(shared);

public sealed class NewOrganisationOnPostgreSql(PostgreSqlExchange shared) : NewOrganisationTests(shared);
