using System.Text.Json.Nodes;
using Interop.Delivery;
using Interop.Platform.Http;
using Interop.Server.Tests.Fhir;
using Interop.Server.Tests.World;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.Platform;

/// <summary>
/// Two exchanges in which the same happened, and in one of them much besides that is none of the viewers' business: every list says
/// the same in both, page by page, totals and cursors too (P6).
/// </summary>
public abstract class ListIsolationTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Lists_pages_totals_and_cursors_are_the_same_whatever_is_hidden_between()
    {
        var (plain, hidden) = (await PlayAsync(secrets: false), await PlayAsync(secrets: true));
        var walked = 0;
        foreach (var viewer in (string[])["clinica-del-valle", "fiscalia-central", "hospital-ajeno", "observatorio"])
            foreach (var (route, address) in Lists.Walked)
                if (Addressed(plain, address, viewer) is { } there && Addressed(hidden, address, viewer) is { } here)
                {
                    var (one, other) = (await Lists.WalkAsync(new(plain.Exchange, viewer), there), await Lists.WalkAsync(new(hidden.Exchange, viewer), here));
                    Assert.True(one == other, $"{viewer} {route}, with nothing hidden:\n{one}\nwith what is hidden:\n{other}");
                    walked += one.StartsWith("200", StringComparison.Ordinal) && one.Length > 100 ? 1 : 0;
                }

        Assert.True(walked > 20, $"{walked} lists had something to show.");
        foreach (var list in (string[])["/v1/referrals?limit=1", "/fhir/Task?_count=1&_total=accurate", "/v1/events?limit=1"]) // whose it is sees it
        {
            var owner = list.StartsWith("/fhir", StringComparison.Ordinal) ? "centro-esperanza" : "juzgado-central";
            Assert.NotEqual(await Lists.WalkAsync(new(plain.Exchange, owner), list), await Lists.WalkAsync(new(hidden.Exchange, owner), list));
        }
    }

    [Fact]
    public void Every_list_is_walked()
    {
        foreach (var route in Exchange.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(e => e.Metadata.GetMetadata<Public>() is null))
        {
            var pattern = '/' + route.RoutePattern.RawText!.Trim('/');
            var get = route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") is true;
            if (get && (route.Metadata.OfType<Asked>().Any(a => a.Name is "cursor" or "after") || (pattern.StartsWith("/fhir/", StringComparison.Ordinal) && !pattern.EndsWith('}'))))
                Assert.True(Lists.Walked.ContainsKey(pattern), $"Say in Lists how the pages of {pattern} are walked.");
        }
    }

    /// <summary>Between what is done one after the other, so that lists are in an order.</summary>
    static readonly TimeSpan s_step = TimeSpan.FromSeconds(10);

    /// <summary>What the viewers know of by themselves.</summary>
    sealed record Played(Exchange Exchange, IReadOnlyDictionary<string, string> OfClinic, IReadOnlyDictionary<string, string> OfProsecutor);

    static string? Addressed(Played world, string address, string viewer)
    {
        var names = viewer == "fiscalia-central" ? world.OfProsecutor : world.OfClinic;
        foreach (var (name, value) in names)
            address = address.Replace($"{{{name}}}", value, StringComparison.Ordinal);
        return address.Contains('{', StringComparison.Ordinal) ? null : address;
    }

    async Task<Played> PlayAsync(bool secrets)
    {
        var clock = new TestClock();
        var exchange = await StartAsync(new() { Clock = clock });
        var (court, prosecutor) = (new Court(exchange), new Court(exchange, "fiscalia-central"));
        var (clinic, other, hospital) = (new Clinic(exchange, "clinica-del-valle"), new Clinic(exchange), new Clinic(exchange, "hospital-ajeno"));
        var subscription = await SubscribeAsync(clinic);
        clock.Advance(s_step);
        var prosecutors = await SubscribeAsync(prosecutor);
        await SecretlyAsync(() => SubscribeAsync(other));

        // The clinic has three referrals of the court's; between them are those of another clinic, and one that it is asked and must not know of.
        var own = new List<Reply>();
        for (var i = 0; i < 3; i++)
        {
            clock.Advance(s_step);
            own.Add(await court.ReferAsync(Referral($"own-{i}", "clinica-del-valle")));
            clock.Advance(s_step);
            (await court.PostAsync("/v1/consents", A.ReferralConsent(own[i], exchange.Now))).Is(201);
            (await clinic.AcceptAsync(own[i].Id)).Is(200);
            await SecretlyAsync(async () =>
            {
                var elsewhere = await court.ReferAsync(Referral($"elsewhere-{i}", "centro-esperanza"));
                (await court.PostAsync("/v1/consents", A.ReferralConsent(elsewhere, exchange.Now))).Is(201);
                (await other.AcceptAsync(elsewhere.Id)).Is(200);
            });
            await SecretlyAsync(() => court.ReferAsync(Referral($"waiting-{i}", "clinica-del-valle")));
            // Of the same person, what neither the clinic nor the prosecutor is party to.
            await SecretlyAsync(async () => (await court.GiveAsync(FhirConsents.General(own[i], exchange.Now, new() { ["type"] = "permit" }).With("organization", new JsonArray(
                new JsonObject { ["identifier"] = new JsonObject { ["system"] = "urn:interop:organisation", ["value"] = "juzgado-central" } })))).Is(201));
        }

        // The prosecutor's own: it may know that it was accepted; when the person comes, and how it goes, nobody consented to tell it.
        var followed = await prosecutor.ReferAsync(Referral("followed", "clinica-del-valle"));
        (await prosecutor.PostAsync("/v1/consents", A.ReferralConsent(followed, exchange.Now))).Is(201);
        (await clinic.AcceptAsync(followed.Id)).Is(200);
        clock.Advance(s_step);
        var consent = (await clinic.PostAsync("/v1/consents", A.MonitoringConsent(followed, exchange.Now, "attendance").With("recipients", new[] { "fiscalia-central" }))).Is(201);
        for (var i = 0; i < 3; i++)
        {
            clock.Advance(TimeSpan.FromMinutes(10));
            (await clinic.ReportAsync(followed.Id, "attendance", "attended", exchange.Now)).Is(201);
            await SecretlyAsync(() => clinic.ReportAsync(followed.Id, "drug-test", "positive", exchange.Now));
        }

        // Emergencies and orders: one that names the viewer, and others.
        clock.Advance(TimeSpan.FromMinutes(10));
        (await hospital.PostAsync("/v1/emergency-access", Emergency(own[0]))).Is(201);
        (await court.PostAsync("/v1/court-orders", Order(own[0], exchange.Now, "fiscalia-central"))).Is(201);
        await SecretlyAsync(async () => (await court.PostAsync("/v1/court-orders", Order(own[0], exchange.Now, "libertad-vigilada").With("discloser", "centro-esperanza"))).Is(201));
        (await clinic.PostAsync($"/v1/persons/{own[0]["personId"]}/disclosure-requests", new() { ["receivedAt"] = A.Time(exchange.Now), ["language"] = "es" })).Is(201);
        while (await exchange.RunAsync<Relay>() > 0)
        {
        }
        return new(exchange,
            new Dictionary<string, string> { ["referral"] = own[0]["id"]!, ["person"] = own[0]["personId"]!, ["ordered"] = own[0]["personId"]!, ["subscription"] = subscription },
            new Dictionary<string, string> { ["referral"] = followed["id"]!, ["person"] = followed["personId"]!, ["ordered"] = own[0]["personId"]!, ["consent"] = consent["id"]!, ["subscription"] = prosecutors });

        // As much time passes where nothing is done.
        async Task SecretlyAsync(Func<Task> act)
        {
            clock.Advance(s_step);
            if (secrets)
                await act();
            clock.Advance(s_step);
        }
    }

    static async Task<string> SubscribeAsync(Party party) => (await party.PostAsync("/v1/subscriptions", new()
    {
        ["channel"] = "webhook", ["url"] = "http://127.0.0.1:9/never", ["events"] = new JsonArray("*"), ["payload"] = "id-only",
    })).Is(201)["id"]!;

    /// <summary>The same in both exchanges.</summary>
    static JsonObject Referral(string name, string provider) => A.Referral().With("person.identifiers", new JsonArray(A.Identifier(name))).With("matter.number", name).With("providerId", provider);

    static JsonObject Emergency(Reply referral) => new()
    {
        ["personId"] = referral["personId"], ["nature"] = "Inconsciente", ["personnel"] = new JsonObject { ["name"] = "Dra. Luz Ixcot", ["affiliation"] = "Urgencias" },
    };

    static JsonObject Order(Reply referral, DateTimeOffset now, string recipient) => new()
    {
        ["personId"] = referral["personId"], ["discloser"] = "clinica-del-valle", ["recipients"] = new JsonArray(recipient), ["purpose"] = "criminal",
        ["order"] = new JsonObject { ["number"] = "O-17", ["issuedAt"] = A.Time(now.AddDays(-2)) }, ["subpoena"] = new JsonObject { ["number"] = "S-18", ["issuedAt"] = A.Time(now.AddDays(-1)) },
        ["categories"] = new JsonArray("attendance"), ["from"] = A.Time(now.AddHours(-1)), ["until"] = A.Time(now.AddDays(30)),
    };
}

public sealed class ListIsolationOnSqlite(SqliteExchange shared) : ListIsolationTests(shared);

public sealed class ListIsolationOnPostgreSql(PostgreSqlExchange shared) : ListIsolationTests(shared);
