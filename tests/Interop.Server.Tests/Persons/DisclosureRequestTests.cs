using System.Text.Json.Nodes;
using Interop.Persons;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Persons;

/// <summary>Who asks to whom their data was disclosed is owed an answer in time.</summary>
public abstract class DisclosureRequestTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task A_request_has_thirty_days_from_when_it_was_received_and_ends_when_it_is_answered()
    {
        var clock = new TestClock();
        var exchange = await StartAsync(new() { Clock = clock });
        var it = await Case.SendAsync(exchange);
        var received = exchange.Now.AddDays(-2);
        var request = (await it.Clinic.PostAsync($"/v1/persons/{it.Person}/disclosure-requests", Request(received).With("by", "Rosa Pérez, su hermana"))).Is(201);
        Assert.Equal($"/v1/persons/{it.Person}/disclosure-requests/{request.Id}", request.Headers.Location!.ToString());
        Assert.Equal(("open", "es", "Rosa Pérez, su hermana", "centro-esperanza", received.AddDays(30)),
            (request["status"], request["language"], request["by"], request["organisation"], DateTimeOffset.Parse(request["dueAt"]!, null)));
        Assert.Equal(request.Text, (await it.Clinic.GetAsync(request.Headers.Location!.ToString())).Is(200).Text);
        Assert.Equal([request.Id.ToString()], (await it.Clinic.GetAsync($"/v1/persons/{it.Person}/disclosure-requests")).Is(200).Items.Select(r => r["id"]!.ToString()));

        clock.Advance(TimeSpan.FromDays(3));
        var answer = $"/v1/persons/{it.Person}/disclosure-requests/{request.Id}/answer";
        (await it.Clinic.PostAsync(answer, new() { ["at"] = A.Time(received.AddDays(-1)) })).Refuses(422, "at accounting.before-request");
        (await it.Clinic.PostAsync(answer, new() { ["at"] = A.Time(exchange.Now.AddDays(1)) })).Refuses(422, "at date.future");
        (await it.Clinic.PostAsync(answer, null, ("If-Match", "\"9\""))).Is(412);
        var answered = (await it.Clinic.PostAsync(answer, null, ("If-Match", request.ETag!))).Is(200);
        Assert.Equal(("answered", 2, exchange.Now), (answered["status"], answered.Version, DateTimeOffset.Parse(answered["answeredAt"]!, null)));
        (await it.Clinic.PostAsync(answer)).Refuses(409, " accounting.answered");

        clock.Advance(TimeSpan.FromDays(60));
        Assert.Equal(0, await exchange.RunAsync<AccountingClock>());
        Assert.Equal(0, await exchange.EventsAsync($"disclosure-requests/{request.Id}"));
        Assert.Equal(
            ["answer permitted", "answer refused", "answer refused", "answer refused", "answer refused", "create permitted", "list permitted", "read permitted"],
            (await it.Clinic.AuditedAsync()).Select(e => $"{e.Operation["disclosure-request.".Length..]} {e.Outcome}").Order(StringComparer.Ordinal));
        Assert.DoesNotContain(await it.Clinic.AuditedAsync(), e => e.Canonical.Contains("Rosa", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_its_time_has_passed_whoever_registered_it_is_told_once_and_it_can_still_be_answered()
    {
        var clock = new TestClock();
        var exchange = await StartAsync(new() { Clock = clock });
        var it = await Case.SendAsync(exchange);
        var request = (await it.Clinic.PostAsync($"/v1/persons/{it.Person}/disclosure-requests", Request(exchange.Now))).Is(201);
        clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(1));
        Assert.Equal(0, await exchange.RunAsync<AccountingClock>());
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("overdue", (await it.Clinic.GetAsync(request.Headers.Location!.ToString()))["status"]); // by the clock, noticed or not
        Assert.Equal(1, await exchange.RunAsync<AccountingClock>());
        Assert.Equal(0, await exchange.RunAsync<AccountingClock>());

        await exchange.RunAsync<Interop.Delivery.Relay>();
        var told = Assert.Single((await it.Clinic.GetAsync("/v1/events?limit=500")).Is(200).Items, e => e["type"]!.ToString() == "org.interop.accounting.overdue.v1");
        Assert.Equal((request.Id.ToString(), it.Person.ToString(), request.Headers.Location!.ToString()), (told.At("data.requestId")!.ToString(), told.At("data.personId")!.ToString(), told.At("data.link")!.ToString()));
        Assert.Equal($"disclosure-requests/{request.Id}", told["subject"]!.ToString());
        foreach (var other in new Party[] { it.Court, it.Supervision, new Clinic(exchange, "clinica-del-valle") })
            Assert.DoesNotContain((await other.GetAsync("/v1/events?limit=500")).Is(200).Items, e => e["type"]!.ToString() == "org.interop.accounting.overdue.v1");

        var late = (await it.Clinic.PostAsync($"{request.Headers.Location}/answer")).Is(200);
        Assert.Equal(("answered", exchange.Now), (late["status"], DateTimeOffset.Parse(late["overdueAt"]!, null)));
        var entries = (await new Party(exchange, "contraloria").GetAsync($"/v1/audit/entries?resource={request.Id}&operation=disclosure-request.overdue")).Is(200).Items;
        Assert.Equal(("interop", it.Person.ToString()), (Assert.Single(entries)["organisation"]!.ToString(), entries[0]["person"]!.ToString()));
    }

    [Fact]
    public async Task The_time_to_answer_is_a_setting()
    {
        var exchange = await StartAsync(new() { Settings = ["Audit:AccountingWithin=15.00:00:00"] });
        var it = await Case.SendAsync(exchange);
        var received = exchange.Now.AddHours(-1);
        var request = (await it.Clinic.PostAsync($"/v1/persons/{it.Person}/disclosure-requests", Request(received))).Is(201);
        Assert.Equal(TimeSpan.FromDays(15), DateTimeOffset.Parse(request["dueAt"]!, null) - DateTimeOffset.Parse(request["receivedAt"]!, null));
        foreach (var bad in new[] { "00:10:00", "400.00:00:00" })
            Assert.Contains("AccountingWithin", (await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(new() { Settings = [$"Audit:AccountingWithin={bad}"] }))).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_organisation_sees_its_own_and_oversight_sees_all()
    {
        var person = A.Person();
        var one = await Case.SendAsync(Exchange, A.Referral().With("person", person.DeepClone()));
        var two = await Case.SendAsync(Exchange, A.Referral().With("person", person.DeepClone()).With("providerId", "clinica-del-valle").With("service", "residential"));
        Assert.Equal(one.Person, two.Person);
        var first = (await one.Clinic.PostAsync($"/v1/persons/{one.Person}/disclosure-requests", Request(Exchange.Now))).Is(201);
        var second = (await two.Clinic.PostAsync($"/v1/persons/{one.Person}/disclosure-requests", Request(Exchange.Now))).Is(201);
        Assert.Equal([second.Id, first.Id], await IdsAsync(new Party(Exchange, "contraloria")));
        Assert.Equal([first.Id], await IdsAsync(one.Clinic));
        Assert.Equal([second.Id], await IdsAsync(two.Clinic));
        (await two.Clinic.GetAsync(first.Headers.Location!.ToString())).Is(404);
        (await two.Clinic.PostAsync($"{first.Headers.Location}/answer")).Is(404);
        (await new Party(Exchange, "contraloria").GetAsync(first.Headers.Location!.ToString())).Is(200);
        (await new Party(Exchange, "contraloria").PostAsync($"{first.Headers.Location}/answer")).Is(403);
        (await one.Court.GetAsync($"/v1/persons/{one.Person}/disclosure-requests")).Is(403);
        (await one.Court.PostAsync($"/v1/persons/{one.Person}/disclosure-requests", Request(Exchange.Now))).Is(403);
        // In pages, the latest first.
        var page = (await new Party(Exchange, "contraloria").GetAsync($"/v1/persons/{one.Person}/disclosure-requests?limit=1")).Is(200);
        var next = (await new Party(Exchange, "contraloria").GetAsync($"/v1/persons/{one.Person}/disclosure-requests?limit=1&cursor={page["next"]}")).Is(200);
        Assert.Equal((second.Id.ToString(), first.Id.ToString(), null), (page.Items[0]["id"]!.ToString(), next.Items[0]["id"]!.ToString(), next["next"]));

        async Task<IEnumerable<Guid>> IdsAsync(Party party) =>
            (await party.GetAsync($"/v1/persons/{one.Person}/disclosure-requests")).Is(200).Items.Select(r => Guid.Parse(r["id"]!.ToString())).ToList();
    }

    [Fact]
    public async Task Every_fault_is_named_and_a_repeat_registers_nothing_twice()
    {
        var it = await Case.SendAsync(Exchange);
        var path = $"/v1/persons/{it.Person}/disclosure-requests";
        (await it.Clinic.PostAsync(path)).Refuses(422, "receivedAt required", "language required");
        (await it.Clinic.PostAsync(path, new() { ["receivedAt"] = A.Time(Exchange.Now.AddDays(1)), ["language"] = "spanish!", ["by"] = "", ["of"] = "x" }))
            .Refuses(422, "receivedAt date.future", "language language.tag", "by text.empty", "of member.unknown");
        (await it.Clinic.PostAsync($"/v1/persons/{Guid.CreateVersion7(Exchange.Now)}/disclosure-requests", Request(Exchange.Now))).Is(404);
        (await it.Clinic.PostAsync($"{path}/{Guid.CreateVersion7(Exchange.Now)}/answer")).Is(404);
        (await it.Clinic.PostAsync($"{path}/x/answer")).Is(404);
        var (body, key) = (Request(Exchange.Now), ("Idempotency-Key", A.Unique("key")));
        var first = (await it.Clinic.PostAsync(path, body, key)).Is(201);
        Assert.Equal(first.Id, (await it.Clinic.PostAsync(path, body, key)).Is(201).Id);
        Assert.Single((await it.Clinic.GetAsync(path)).Is(200).Items);
    }

    static JsonObject Request(DateTimeOffset received) => new() { ["receivedAt"] = A.Time(received), ["language"] = "es" };
}

public sealed class DisclosureRequestOnSqlite(SqliteExchange shared) : DisclosureRequestTests(shared);

public sealed class DisclosureRequestOnPostgreSql(PostgreSqlExchange shared) : DisclosureRequestTests(shared);
