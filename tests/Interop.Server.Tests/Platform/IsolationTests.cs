using System.Text.Json.Nodes;
using Interop.Platform.Http;
using Interop.Server.Tests.World;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.Platform;

/// <summary>Existence is not leaked (P6): to whom it does not concern, what is there is answered like what is not.</summary>
public abstract class IsolationTests(SharedExchange shared) : ExchangeTests(shared)
{
    /// <summary>Paths about things that are everybody's or the operator's: nothing there concerns a person.</summary>
    static readonly string[] s_open = ["/v1/organisations", "/v1/clients", "/v1/directory", "/v1/audit", "/audit", "/fhir"];

    static readonly string[] s_strangers =
        ["hospital-ajeno", "clinica-del-valle", "servicios-sociales", "fiscalia-central", "libertad-vigilada", "contraloria", "observatorio", "admin"];

    [Fact]
    public async Task To_every_stranger_every_path_answers_alike_whether_the_thing_is_there_or_not()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.ScheduleAsync();
        var monitoring = (await it.Clinic.PostAsync("/v1/consents", A.MonitoringConsent(it.Referral, Exchange.Now, "attendance").With("recipients", new[] { "juzgado-central" }))).Is(201).Id;
        var report = (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201).Id;
        var subscription = await SubscribeAsync(it.Clinic);
        var request = (await it.Clinic.PostAsync($"/v1/persons/{it.Person}/disclosure-requests", new() { ["receivedAt"] = A.Time(Exchange.Now), ["language"] = "es" })).Is(201).Id;
        var (access, order) = (await DeclareAsync(await Case.AdmitAsync(Exchange)), await OrderAsync(it));
        var asked = 0;

        foreach (var (method, pattern) in Paths(Exchange))
        {
            var there = pattern.Split('/')[2] switch
            {
                "referrals" => it.Id,
                "consents" => monitoring,
                "matters" => it.Matter,
                "persons" => it.Person,
                "subscriptions" => subscription,
                "emergency-access" => access,
                "court-orders" => order,
                var other => throw new InvalidOperationException($"Say here what is there under {pattern} and whom it concerns ({other})."),
            };
            var nowhere = Guid.CreateVersion7(Exchange.Now);
            foreach (var organisation in s_strangers.Except(NoStrangersTo(method, pattern)))
            {
                var stranger = new Party(Exchange, organisation);
                var one = await AskAsync(stranger, method, Fill(pattern, there, report, it.Appointment, request));
                var other = await AskAsync(stranger, method, Fill(pattern, nowhere, report, it.Appointment, request));
                var what = $"{organisation} {method} {pattern}";

                Assert.True(one.Status is 403 or 404, $"{what}: {one.Status} {one.Text}");
                Assert.Equal(Outside(what, other), Outside(what, one));
                var entries = await stranger.AuditedAsync();
                Assert.True(entries.Count == 2, $"{what}: {entries.Count} entries");
                Assert.Equal((entries[0].Action, entries[0].Operation, entries[0].Outcome), (entries[1].Action, entries[1].Operation, entries[1].Outcome));
                asked++;
            }
        }

        Assert.True(asked > 25 * s_strangers.Length, $"{asked}");
        Assert.Equal("admitted", (await it.Clinic.ReadAsync(it.Id)).Is(200)["status"]);
    }

    [Fact]
    public async Task A_party_too_is_answered_alike_about_what_under_its_referral_is_not_for_it()
    {
        var it = await Case.AdmitAsync(Exchange);
        var held = (await it.Clinic.ReportAsync(it.Id, "drug-test", "positive")).Is(201).Id;
        var elsewhere = await Case.AdmitAsync(Exchange);
        var foreign = (await elsewhere.Clinic.ReportAsync(elsewhere.Id, "attendance", "attended")).Is(201).Id;
        await elsewhere.ScheduleAsync();
        var nowhere = Guid.CreateVersion7(Exchange.Now);

        foreach (var id in new[] { held, foreign })
            Assert.Equal(Outside("report", await it.Court.GetAsync($"/v1/referrals/{it.Id}/compliance-updates/{nowhere}")),
                Outside("report", await it.Court.GetAsync($"/v1/referrals/{it.Id}/compliance-updates/{id}")));
        Assert.Equal(Outside("", await it.Clinic.OutcomeAsync(it.Id, nowhere, "attended")), Outside("", await it.Clinic.OutcomeAsync(it.Id, elsewhere.Appointment, "attended")));
        var retraction = $"/v1/referrals/{it.Id}/compliance-updates/{{0}}/retraction";
        Assert.Equal(Outside("", await it.Clinic.PostAsync(string.Format(null, retraction, nowhere))), Outside("", await it.Clinic.PostAsync(string.Format(null, retraction, foreign))));
    }

    [Fact]
    public async Task Lists_and_totals_of_strangers_do_not_count_what_is_not_theirs()
    {
        var it = await Case.AdmitAsync(Exchange);
        var nobody = Guid.CreateVersion7(Exchange.Now);

        foreach (var organisation in s_strangers.Take(5))
        foreach (var path in new[] { "/v1/referrals?person={0}", "/v1/consents?person={0}" })
        {
            var stranger = new Party(Exchange, organisation);
            Assert.Equal(Outside(path, await stranger.GetAsync(string.Format(null, path, nobody))), Outside(path, await stranger.GetAsync(string.Format(null, path, it.Person))));
            var entries = await stranger.AuditedAsync();
            Assert.Equal(2, entries.Count);
        }
    }

    [Fact]
    public void Every_operation_says_who_may_call_it_and_what_the_log_calls_it()
    {
        foreach (var route in Exchange.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(e => e.Metadata.GetMetadata<Public>() is null))
            Assert.True(route.Metadata.GetMetadata<Need>() is not null && route.Metadata.GetMetadata<Operation>() is not null,
                $"{route.RoutePattern.RawText} states neither whom it is for nor that it is public, or lacks a name.");
    }

    /// <summary>Oversight sees every accounting and every emergency; who declared one sees it.</summary>
    static string[] NoStrangersTo(HttpMethod method, string pattern) =>
        pattern.StartsWith("/v1/emergency-access/", StringComparison.Ordinal) ? ["contraloria", "hospital-ajeno"]
        : method == HttpMethod.Get && pattern.StartsWith("/v1/persons/{id}/disclosure", StringComparison.Ordinal) ? ["contraloria"]
        : [];

    static async Task<Guid> DeclareAsync(Case it) => (await new Clinic(it.Exchange, "hospital-ajeno").PostAsync("/v1/emergency-access", new()
    {
        ["personId"] = it.Person.ToString(),
        ["personnel"] = new JsonObject { ["name"] = "Dra. Luz Ixcot", ["affiliation"] = "Urgencias" },
        ["nature"] = "Inconsciente",
    })).Is(201).Id;

    static async Task<Guid> OrderAsync(Case it) => (await it.Court.PostAsync("/v1/court-orders", new()
    {
        ["personId"] = it.Person.ToString(),
        ["order"] = new JsonObject { ["number"] = "O-17", ["issuedAt"] = A.Time(it.Exchange.Now.AddDays(-2)) },
        ["subpoena"] = new JsonObject { ["number"] = "S-18", ["issuedAt"] = A.Time(it.Exchange.Now.AddDays(-1)) },
        ["discloser"] = it.Clinic.Organisation,
        ["recipients"] = new JsonArray(it.Court.Organisation),
        ["purpose"] = "criminal",
        ["categories"] = new JsonArray("drug-test"),
        ["from"] = A.Time(it.Exchange.Now.AddHours(-1)),
        ["until"] = A.Time(it.Exchange.Now.AddDays(30)),
    })).Is(201).Id;

    static IEnumerable<(HttpMethod Method, string Pattern)> Paths(Exchange exchange) =>
        from route in exchange.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let pattern = route.RoutePattern.RawText!.TrimEnd('/')
        where pattern.Contains('{', StringComparison.Ordinal) && !s_open.Any(o => pattern.StartsWith(o, StringComparison.Ordinal)) && route.Metadata.GetMetadata<Public>() is null
        from method in route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
        select (new HttpMethod(method), pattern);

    static string Fill(string pattern, Guid id, Guid report, Guid appointment, Guid request) => pattern
        .Replace("{id}", id.ToString(), StringComparison.Ordinal)
        .Replace("{uid}", report.ToString(), StringComparison.Ordinal)
        .Replace("{aid}", appointment.ToString(), StringComparison.Ordinal)
        .Replace("{rid}", request.ToString(), StringComparison.Ordinal);

    static Task<Reply> AskAsync(Party party, HttpMethod method, string path) =>
        party.SendAsync(method, path, method == HttpMethod.Get || method == HttpMethod.Delete ? null : Party.Json("{}"), ("If-Match", "\"1\""));

    static string Outside(string what, Reply reply) =>
        $"{what}: {reply.Status}\n{string.Join('\n', reply.Headers.Where(h => h.Key != "Date").Select(h => $"{h.Key}: {string.Join(", ", h.Value)}").Order(StringComparer.Ordinal))}\n{reply.Type}\n{reply.Text}";

    static async Task<Guid> SubscribeAsync(Clinic clinic) => (await clinic.PostAsync("/v1/subscriptions", new()
    {
        ["channel"] = "webhook",
        ["url"] = "http://127.0.0.1:9/never",
        ["events"] = new JsonArray("*"),
        ["payload"] = "id-only",
    })).Is(201).Id;
}

public sealed class IsolationOnSqlite(SqliteExchange shared) : IsolationTests(shared);

public sealed class IsolationOnPostgreSql(PostgreSqlExchange shared) : IsolationTests(shared);
