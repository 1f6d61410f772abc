using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Audit;

/// <summary>What of a day is worth a look. The day is 2027-03-02, a Tuesday; the exchange's clock stands at the noon after.</summary>
public abstract class DigestTests(SharedExchange shared) : ExchangeTests(shared)
{
    const string Day = "2027-03-02";

    static readonly DateTimeOffset s_day = new(2027, 3, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_quiet_day_states_its_rules_and_finds_nothing()
    {
        var exchange = await DayAfterAsync();
        await exchange.WriteAsync(Reads(s_day.AddHours(10), "centro-esperanza", 20));
        var digest = (await Oversight(exchange).GetAsync($"/v1/audit/digest?date={Day}", ("Accept-Language", "en"))).Is(200);
        Assert.Equal((Day, "UTC", "2027-03-02T00:00:00Z", "2027-03-03T00:00:00Z"), (digest["date"], digest["timeZone"], digest["from"], digest["to"]));
        Assert.Equal(["outside-office-hours", "burst", "many-denied-persons", "denied-then-permitted", "emergency-not-reviewed"], digest.Json!["rules"]!.AsArray().Select(r => r!["rule"]!.ToString()));
        Assert.All(digest.Json["rules"]!.AsArray(), r => Assert.Equal(("0", "[]"), (r!["count"]!.ToString(), r["findings"]!.ToJsonString())));
        Assert.Equal("A client's busiest hour has at least 100 entries and more than 5 times the median of its busiest hours on the days of the 28 before on which it was active. A client without such days is held against zero.",
            digest["rules[1].statement"]);
        Assert.Contains("24 horas", (await Oversight(exchange).GetAsync("/v1/audit/digest", ("Accept-Language", "es"))).Is(200)["rules[3].statement"], StringComparison.Ordinal);
        // Without a date it is yesterday's.
        Assert.Equal(Day, (await Oversight(exchange).GetAsync("/v1/audit/digest")).Is(200)["date"]);
    }

    [Fact]
    public async Task Reading_while_the_organisation_is_closed_stands_out_with_its_entries()
    {
        var exchange = await DayAfterAsync();
        var (one, two) = (Person(1), Person(2));
        await exchange.WriteAsync(
            LogWriter.Entry(s_day.AddHours(6.99), "centro-esperanza", one),
            LogWriter.Entry(s_day.AddHours(7), "centro-esperanza", one), // it opens
            LogWriter.Entry(s_day.AddHours(19.99), "centro-esperanza", one),
            LogWriter.Entry(s_day.AddHours(20), "centro-esperanza", two), // it has closed
            LogWriter.Entry(s_day.AddHours(23), "centro-esperanza", two),
            LogWriter.Entry(s_day.AddHours(23), "centro-esperanza", two, outcome: "denied"), // saw nothing
            LogWriter.Entry(s_day.AddHours(23), "centro-esperanza", two, action: "update"), // acts, rather than looks
            LogWriter.Entry(s_day.AddHours(23), "centro-esperanza", null), // nobody's data
            LogWriter.Entry(s_day.AddHours(23), "centro-esperanza", one, action: "deliver"), // was sent it
            LogWriter.Entry(s_day.AddHours(-1), "centro-esperanza", one), // another day
            LogWriter.Entry(s_day.AddHours(3), "hospital-ajeno", one, client: "hospital-nocturno"));
        var rule = await RuleAsync(exchange, "outside-office-hours");
        Assert.Equal(["centro-esperanza centro-esperanza 3 2", "hospital-ajeno hospital-nocturno 1 1"], rule.Select(f => $"{f["organisation"]} {f["client"]} {f["count"]} {f["persons"]}"));
        Assert.Equal(("2027-03-02T06:59:24Z", "2027-03-02T23:00:00Z"), (rule[0]["from"]!.ToString(), rule[0]["to"]!.ToString()));
        Assert.Equal([s_day.AddHours(6.99), s_day.AddHours(20), s_day.AddHours(23)], await TimesAsync(exchange, rule[0]));
    }

    [Fact]
    public async Task Office_hours_are_each_organisations_own_in_its_own_zone()
    {
        var exchange = await DayAfterAsync();
        var admin = new Party(exchange, "admin");
        (await admin.PostAsync("/v1/organisations", new() { ["id"] = "hospital-de-guatemala", ["name"] = "Hospital", ["kind"] = "provider", ["timeZone"] = "America/Guatemala" })).Is(201);
        Assert.Equal("24:00", (await admin.PostAsync("/v1/organisations", new() { ["id"] = "clinica-nocturna", ["name"] = "Clínica", ["kind"] = "provider", ["officeHours"] = Hours("00:00", "24:00", "mon", "tue") })).Is(201)["officeHours.closes"]);
        await exchange.WriteAsync(
            LogWriter.Entry(s_day.AddHours(12), "hospital-de-guatemala", Person(1)), // 06:00 there
            LogWriter.Entry(s_day.AddHours(13), "hospital-de-guatemala", Person(1)), // 07:00 there
            LogWriter.Entry(s_day.AddHours(1), "clinica-nocturna", Person(1)),
            LogWriter.Entry(s_day.AddHours(12), "clinica-del-valle", Person(1)));
        Assert.Equal(["hospital-de-guatemala 1"], (await RuleAsync(exchange, "outside-office-hours")).Select(f => $"{f["organisation"]} {f["count"]}"));

        var set = (await admin.PostAsync("/v1/organisations/clinica-del-valle/office-hours", Hours("13:00", "18:00", "tue"))).Is(200);
        Assert.Equal(("clinica-del-valle", "13:00"), (set["id"], set["officeHours.opens"]));
        (await admin.PostAsync("/v1/organisations/clinica-nocturna/office-hours", Hours("00:00", "24:00", "wed"))).Is(200);
        Assert.Equal(["clinica-del-valle 1", "clinica-nocturna 1", "hospital-de-guatemala 1"], (await RuleAsync(exchange, "outside-office-hours")).Select(f => $"{f["organisation"]} {f["count"]}"));
        Assert.Equal("13:00", (await Oversight(exchange).GetAsync("/v1/directory/organisations?limit=500")).Is(200).Items.Single(o => o["id"]!.ToString() == "clinica-del-valle")["officeHours"]!["opens"]!.ToString());

        (await admin.PostAsync("/v1/organisations/clinica-del-valle/office-hours", new() { ["days"] = new JsonArray("noday"), ["opens"] = "25:00", ["closes"] = "8" }))
            .Refuses(422, "days[0] code.unknown", "opens time-of-day", "closes time-of-day");
        (await admin.PostAsync("/v1/organisations/clinica-del-valle/office-hours", Hours("20:00", "07:00", "mon"))).Refuses(422, "closes office-hours.order");
        (await admin.PostAsync("/v1/organisations/nobody/office-hours", Hours("07:00", "20:00", "mon"))).Is(404);
        (await new Clinic(exchange, "clinica-del-valle").PostAsync("/v1/organisations/clinica-del-valle/office-hours", Hours("00:00", "24:00", "mon"))).Is(403);
    }

    [Fact]
    public async Task An_hour_far_above_a_clients_own_usual_is_a_burst()
    {
        var exchange = await DayAfterAsync();
        await exchange.WriteAsync(
        [
            // Forty entries in the busiest hour of each day; and once, before the days that count, three hundred.
            .. Enumerable.Range(1, 9).SelectMany(day => Reads(s_day.AddDays(-day).AddHours(9), "centro-esperanza", 40)),
            .. Reads(s_day.AddDays(-29).AddHours(9), "centro-esperanza", 300),
            .. Reads(s_day.AddDays(-21).AddHours(9), "clinica-del-valle", 20),
            .. Reads(s_day.AddHours(9), "centro-esperanza", 201),
            .. Reads(s_day.AddHours(11), "centro-esperanza", 150),
            .. Reads(s_day.AddHours(9), "clinica-del-valle", 100), // five times the usual is not more than five times
            .. Reads(s_day.AddHours(9), "libertad-vigilada", 99), // an hour with fewer than a hundred is none
            .. Reads(s_day.AddHours(9), "hospital-ajeno", 100), // a client that was never there before
            .. Enumerable.Range(0, 300).Select(i => LogWriter.Entry(s_day.AddHours(9).AddSeconds(i), "servicios-sociales", Person(i), action: "deliver", operation: "event.deliver")), // is sent them
        ]);
        var rule = await RuleAsync(exchange, "burst");
        Assert.Equal(["centro-esperanza 201 40", "hospital-ajeno 100 0"], rule.Select(f => $"{f["client"]} {f["count"]} {f["usual"]}"));
        Assert.Equal(("2027-03-02T09:00:00Z", "2027-03-02T10:00:00Z"), (rule[0]["from"]!.ToString(), rule[0]["to"]!.ToString()));
        Assert.Equal(20, rule[0]["entries"]!.AsArray().Count);
        Assert.Equal(s_day.AddHours(9), (await TimesAsync(exchange, rule[0]))[0]);
    }

    [Fact]
    public async Task Days_that_are_over_are_counted_once_by_the_worker_and_give_the_same_findings()
    {
        var exchange = await DayAfterAsync();
        for (var day = 1; day <= 3; day++)
            await exchange.WriteAsync(Reads(s_day.AddDays(-day).AddHours(9), "centro-esperanza", 30));
        await exchange.WriteAsync(Reads(s_day.AddHours(9), "centro-esperanza", 160));
        var before = (await RuleAsync(exchange, "burst")).Select(f => f.ToJsonString()).ToList();
        var worked = 0;
        while (await exchange.RunAsync<ClientDays>() > 0)
            worked++;
        Assert.InRange(worked, 1, 5);
        Assert.Equal(before, (await RuleAsync(exchange, "burst")).Select(f => f.ToJsonString()));
        Assert.Equal([("centro-esperanza", 30), ("centro-esperanza", 30), ("centro-esperanza", 30), ("centro-esperanza", 160)],
            await exchange.LookAsync(async db => (await db.AuditDays.Where(d => d.Client == "centro-esperanza").OrderBy(d => d.Day).ToListAsync()).Select(d => (d.Client, d.Busiest)).ToList()));
    }

    [Fact]
    public async Task A_client_denied_many_persons_stands_out()
    {
        var exchange = await DayAfterAsync();
        await exchange.WriteAsync(
        [
            .. Enumerable.Range(0, 5).Select(i => LogWriter.Entry(s_day.AddHours(12).AddMinutes(i), "hospital-ajeno", Person(i), outcome: "denied")),
            LogWriter.Entry(s_day.AddHours(13), "hospital-ajeno", Person(0), outcome: "denied"),
            .. Enumerable.Range(0, 9).Select(i => LogWriter.Entry(s_day.AddHours(12).AddMinutes(i), "clinica-del-valle", Person(i % 4), outcome: "denied")),
            .. Enumerable.Range(0, 9).Select(i => LogWriter.Entry(s_day.AddHours(12).AddMinutes(i), "centro-esperanza", null, outcome: "denied")), // ids that name nobody
            .. Enumerable.Range(0, 9).Select(i => LogWriter.Entry(s_day.AddHours(12).AddMinutes(i), "servicios-sociales", Person(i), "deliver", "denied", "event.deliver")), // withheld from it
        ]);
        var finding = Assert.Single(await RuleAsync(exchange, "many-denied-persons"));
        Assert.Equal(("hospital-ajeno", "6", "5"), (finding["client"]!.ToString(), finding["count"]!.ToString(), finding["persons"]!.ToString()));
        Assert.Equal(6, (await TimesAsync(exchange, finding)).Count);
    }

    [Fact]
    public async Task Denied_and_then_permitted_within_a_day_shows_the_two_entries()
    {
        var exchange = await DayAfterAsync();
        await exchange.WriteAsync(
            LogWriter.Entry(s_day.AddHours(9), "clinica-del-valle", Person(1), outcome: "denied"),
            LogWriter.Entry(s_day.AddHours(10), "clinica-del-valle", Person(1), outcome: "denied"),
            LogWriter.Entry(s_day.AddHours(11), "centro-esperanza", Person(1)), // another organisation
            LogWriter.Entry(s_day.AddHours(11), "clinica-del-valle", Person(2)), // another person
            LogWriter.Entry(s_day.AddHours(12), "clinica-del-valle", Person(1)),
            LogWriter.Entry(s_day.AddHours(13), "clinica-del-valle", Person(1)),
            LogWriter.Entry(s_day.AddHours(8), "hospital-ajeno", Person(3)), // permitted before
            LogWriter.Entry(s_day.AddHours(9), "hospital-ajeno", Person(3), outcome: "denied"),
            LogWriter.Entry(s_day.AddHours(9), "hospital-ajeno", Person(4), outcome: "denied"),
            LogWriter.Entry(s_day.AddHours(33.1), "hospital-ajeno", Person(4)), // a day and more later
            LogWriter.Entry(s_day.AddHours(9), "hospital-ajeno", Person(5), outcome: "denied"),
            LogWriter.Entry(s_day.AddHours(33), "hospital-ajeno", Person(5)));
        var rule = await RuleAsync(exchange, "denied-then-permitted");
        Assert.Equal([$"clinica-del-valle {Person(1)}", $"hospital-ajeno {Person(5)}"], rule.Select(f => $"{f["organisation"]} {f["person"]}"));
        Assert.Equal([s_day.AddHours(10), s_day.AddHours(12)], await TimesAsync(exchange, rule[0]));
    }

    [Fact]
    public async Task A_consent_taken_in_between_makes_a_real_denial_a_permit()
    {
        var clock = new TestClock();
        clock.Set(s_day.AddHours(10));
        var exchange = await StartAsync(new() { Clock = clock });
        var it = await Case.OpenAsync(exchange);
        (await it.Clinic.ReadAsync(it.Id)).Is(404);
        clock.Advance(TimeSpan.FromMinutes(20));
        await it.ConsentAsync();
        (await it.Clinic.ReadAsync(it.Id)).Is(200);
        clock.Set(s_day.AddDays(1).AddHours(12));
        var finding = Assert.Single(await RuleAsync(exchange, "denied-then-permitted"));
        Assert.Equal(("centro-esperanza", it.Person.ToString()), (finding["organisation"]!.ToString(), finding["person"]!.ToString()));
    }

    [Fact]
    public async Task A_date_is_a_day_of_the_organisations_own_and_not_of_the_future()
    {
        var clock = new TestClock();
        clock.Set(s_day.AddDays(1).AddHours(2)); // still the second in Guatemala
        var exchange = await StartAsync(new() { Clock = clock });
        var admin = new Party(exchange, "admin");
        (await admin.PostAsync("/v1/organisations", new() { ["id"] = "procuraduria", ["name"] = "Procuraduría", ["kind"] = "oversight", ["timeZone"] = "America/Guatemala" })).Is(201);
        var secret = (await admin.PostAsync("/v1/clients", new() { ["clientId"] = "procuraduria-auditoria", ["organisation"] = "procuraduria" })).Is(201)["secret"]!;
        var there = new Party(exchange, "procuraduria") { Client = "procuraduria-auditoria", Secret = secret };
        Assert.Equal(("2027-03-01", "2027-03-01T06:00:00Z"), ((await there.GetAsync("/v1/audit/digest")).Is(200)["date"], (await there.GetAsync("/v1/audit/digest")).Is(200)["from"]));
        (await there.GetAsync("/v1/audit/digest?date=2027-03-03")).Refuses(400, "date date.future");
        Assert.Equal("2027-03-03", (await Oversight(exchange).GetAsync("/v1/audit/digest?date=2027-03-03")).Is(200)["date"]); // so far
        foreach (var bad in new[] { "today", "2027-02-30", "2027-3-1", "1899-01-01" })
            (await there.GetAsync($"/v1/audit/digest?date={bad}")).Refuses(400, "date type.date");
        (await there.GetAsync("/v1/audit/digest?day=2027-03-01")).Refuses(400, "day query.unknown");
        foreach (var party in new[] { "juzgado-central", "centro-esperanza", "observatorio", "admin" })
            (await new Party(exchange, party).GetAsync("/v1/audit/digest")).Is(403);
        Assert.Contains(await there.AuditedAsync(), e => e is { Operation: "audit.digest", Outcome: "permitted" } && e.Canonical.Contains("2027-03-01", StringComparison.Ordinal));
    }

    async Task<Exchange> DayAfterAsync()
    {
        var clock = new TestClock();
        clock.Set(s_day.AddDays(1).AddHours(12));
        return await StartAsync(new() { Clock = clock });
    }

    static Party Oversight(Exchange exchange) => new(exchange, "contraloria");

    static async Task<IReadOnlyList<JsonNode>> RuleAsync(Exchange exchange, string rule)
    {
        var found = (await Oversight(exchange).GetAsync($"/v1/audit/digest?date={Day}")).Is(200).Json!["rules"]!.AsArray().Single(r => r!["rule"]!.ToString() == rule)!;
        var findings = found["findings"]!.AsArray().Select(f => f!).ToList();
        Assert.Equal(found["count"]!.GetValue<int>(), findings.Count);
        return findings;
    }

    /// <summary>When the entries happened that show a finding.</summary>
    static async Task<IReadOnlyList<DateTimeOffset>> TimesAsync(Exchange exchange, JsonNode finding)
    {
        var times = new List<DateTimeOffset>();
        foreach (var index in finding["entries"]!.AsArray())
            times.Add(DateTimeOffset.Parse((await Oversight(exchange).GetAsync($"/v1/audit/entries/{index}")).Is(200)["at"]!, null));
        return times;
    }

    static Guid Person(int number) => new(number, 1, 7, [8, 0, 0, 0, 0, 0, 0, 0]);

    static IReadOnlyList<AuditEntry> Reads(DateTimeOffset hour, string organisation, int count) =>
        [.. Enumerable.Range(0, count).Select(i => LogWriter.Entry(hour.AddSeconds(i), organisation, Person(i)))];

    static JsonObject Hours(string opens, string closes, params string[] days) => new() { ["days"] = new JsonArray([.. days.Select(d => (JsonNode)d)]), ["opens"] = opens, ["closes"] = closes };
}

public sealed class DigestOnSqlite(SqliteExchange shared) : DigestTests(shared);

public sealed class DigestOnPostgreSql(PostgreSqlExchange shared) : DigestTests(shared);
