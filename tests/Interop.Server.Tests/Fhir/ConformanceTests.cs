using System.Text.Json.Nodes;
using Interop.Server.Tests.World;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.Fhir;

/// <summary>The capability statement says what there is: no less, no more.</summary>
public abstract class ConformanceTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Everything_that_the_statement_names_works_and_nothing_else()
    {
        var it = await Case.SendAsync(Exchange);
        var statement = await StatementAsync();
        Assert.Equal(("CapabilityStatement", "4.0.1", "instance"), (statement["resourceType"]!.ToString(), statement["fhirVersion"]!.ToString(), statement["kind"]!.ToString()));
        var served = new List<string> { "GET /fhir/metadata" };
        foreach (var resource in statement.At("rest[0].resource")!.AsArray())
        {
            var type = resource!["type"]!.ToString();
            var interactions = resource["interaction"]!.AsArray().Select(i => i!["code"]!.ToString()).ToList();
            var party = type == "AuditEvent" ? new Party(Exchange, "contraloria") : it.Clinic;
            var id = type switch
            {
                "Patient" => it.Person.ToString(),
                "Consent" => it.ReferralConsent.ToString(),
                "AuditEvent" or "CodeSystem" or "ValueSet" or "StructureDefinition" => (await party.GetAsync($"/fhir/{type}?_count=1")).Ids()[0],
                _ => it.Id.ToString(),
            };
            var address = $"/fhir/{type}/{id}";
            Assert.Contains("read", interactions);
            Assert.Contains("search-type", interactions);
            Assert.Equal(type, (await party.GetAsync(address)).Is(200)["resourceType"]);
            Assert.Equal("Bundle", (await party.GetAsync($"/fhir/{type}")).Is(200)["resourceType"]);
            Assert.Equal("Bundle", (await party.SearchByPostAsync(type, "_count=1")).Is(200)["resourceType"]);
            served.AddRange([$"GET /fhir/{type}/{{id}}", $"GET /fhir/{type}", $"POST /fhir/{type}/_search"]);
            var put = await party.SendAsync(HttpMethod.Put, address, Party.Json("{}"), ("If-Match", "*"));
            if (interactions.Contains("update"))
            {
                put.IsOutcome(400);
                served.Add($"PUT /fhir/{type}/{{id}}");
            }
            else
                put.IsOutcome(405, "not-supported");
            (await party.SendAsync(HttpMethod.Delete, address, null)).IsOutcome(405, "not-supported");
            var post = await party.SendAsync(HttpMethod.Post, $"/fhir/{type}", Party.Json("{}"));
            if (interactions.Contains("create"))
            {
                post.IsOutcome(400);
                served.Add($"POST /fhir/{type}");
            }
            else
                post.IsOutcome(405, "not-supported");
            if (interactions.Contains("history-instance"))
            {
                Assert.Equal("history", (await party.GetAsync($"{address}/_history")).Is(200)["type"]);
                Assert.Equal(type, (await party.GetAsync($"{address}/_history/1")).Is(200)["resourceType"]);
                served.AddRange([$"GET /fhir/{type}/{{id}}/_history", $"GET /fhir/{type}/{{id}}/_history/{{version:int}}"]);
            }
            else
                (await party.GetAsync($"{address}/_history")).IsOutcome(404);

            var parameters = resource["searchParam"]!.AsArray().ToDictionary(p => p!["name"]!.ToString(), p => p!["type"]!.ToString());
            foreach (var (name, kind) in parameters)
            {
                var value = kind switch { "date" => "ge2020-01-01", "reference" => "Patient/x", _ => name switch { "status" => type == "Consent" ? "active" : "completed", "action" => "R", "outcome" => "0", _ => "x" } };
                var found = (await party.GetAsync($"/fhir/{type}?{name}={value}", ("Prefer", "handling=strict"))).Is(200);
                Assert.Contains($"{name}=", found.Link("self"), StringComparison.Ordinal);
            }
            foreach (var none in new[] { "code", "name", "birthdate", "_text", "_content", "_has:Task:owner:_id", "_include", "_sort", "authored-on" }.Except(parameters.Keys))
                (await party.GetAsync($"/fhir/{type}?{none}=x", ("Prefer", "handling=strict"))).IsOutcome(400);
        }
        foreach (var none in new[] { "/fhir/Observation", "/fhir/Practitioner/1", "/fhir/Task/1/2", "/fhir", "/fhir/$export" })
            (await it.Clinic.GetAsync(none)).IsOutcome(404, "not-found");
        var routes = Exchange.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.TrimStart('/').StartsWith("fhir/", StringComparison.Ordinal) && !e.RoutePattern.RawText.Contains(".well-known", StringComparison.Ordinal))
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(m => $"{m} /{e.RoutePattern.RawText!.Trim('/')}"));
        Assert.Equal(served.Order(StringComparer.Ordinal), routes.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Anybody_may_read_it_and_it_says_where_to_get_a_token()
    {
        var statement = await StatementAsync();
        var uris = statement.At("rest[0].security.extension[0].extension")!.AsArray().ToDictionary(e => e!["url"]!.ToString(), e => e!["valueUri"]!.ToString());
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = "centro-esperanza", ["client_secret"] = "centro-esperanza-secret" });
        using var token = await Exchange.Http.PostAsync(uris["token"], form);
        Assert.Equal(200, (int)token.StatusCode);
        Assert.Equal("SMART-on-FHIR", statement.At("rest[0].security.service[0].coding[0].code")!.ToString());
        foreach (var query in new[] { "?_format=json", "?_format=application/fhir%2Bjson", "?_format=application/fhir+json" })
            (await new Clinic(Exchange).GetAsync("/fhir/metadata" + query)).Is(200);
    }

    async Task<JsonNode> StatementAsync()
    {
        using var response = await Exchange.Http.GetAsync("/fhir/metadata");
        return (await Reply.OfAsync(response)).Is(200).Json!;
    }
}

public sealed class ConformanceOnSqlite(SqliteExchange shared) : ConformanceTests(shared);

public sealed class ConformanceOnPostgreSql(PostgreSqlExchange shared) : ConformanceTests(shared);
