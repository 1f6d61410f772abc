using System.Globalization;
using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Consent;
using Interop.Server.Tests.Fhir;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Consent;

/// <summary>
/// What was decided can be decided again as of its instant, from what was recorded by then (P7): a run of the whole scenario with
/// moves at random, and then every decision of it.
/// </summary>
public abstract class ReplayTests(SharedExchange shared) : ExchangeTests(shared)
{
    const int Persons = 4, Moves = 14;

    readonly TestClock _clock = new();

    [Fact]
    public async Task Every_decision_of_a_run_is_answered_again_as_it_was()
    {
        var seed = Random.Shared.Next();
        var exchange = await StartAsync(new() { Clock = _clock });
        var (cases, asked) = (new List<Case>(), new List<Decided>());
        for (var i = 0; i < Persons; i++)
        {
            var (it, random) = (await Case.OpenAsync(exchange), new Random(unchecked(seed + i)));
            cases.Add(it);
            await it.ConsentAsync();
            (await it.Clinic.AcceptAsync(it.Id)).Is(200);
            for (var move = 0; move < Moves; move++)
            {
                _clock.Advance(TimeSpan.FromMinutes(random.Next(1, 3000)));
                await MoveAsync(it, random);
                await it.Court.ReadAsync(it.Id); // the gate decides too, and the log says on what
                await it.Clinic.ReadAsync(it.Id);
                await it.Supervision.ReadAsync(it.Id);
                foreach (var question in Questions(it))
                    foreach (var door in ReplayDoors.All)
                        asked.Add(await DecideAsync(it, door, question));
            }
        }
        _clock.Advance(TimeSpan.FromDays(400));
        while (await exchange.RunAsync<ConsentClock>() > 0)
        {
        }

        foreach (var decided in asked)
        {
            var again = await AgainAsync(decided.Case, decided.Question, decided.At);
            var what = $"seed {seed}, {decided.Door.Path}, {A.Time(decided.At)}: {decided.Question}: {decided.Answer}, again: {again}";
            Assert.True(JsonNode.DeepEquals(decided.Door.Told(decided.Answer), decided.Door.Again(again)), what);
            // And what the log says of it: the decision, its pack, and the consent that decided in the version that it had.
            Assert.True((again["decision"]!.ToString(), $"{again.At("pack.id")}/{again.At("pack.version")}") == (decided.Entry.At("details.decision")!.ToString(), decided.Entry.At("details.pack")!.ToString()), what);
            var by = again["trace"]!.AsArray().Where(t => t!["reason"]!.ToString() == "decided").Select(t => (t!["consent"]!.ToString(), t["version"]!.ToString())).ToList();
            Assert.All(decided.Entry["consents"]?.AsArray() ?? [], c => Assert.Contains(($"Consent/{c!["id"]}", c["version"]!.ToString()), by));
        }
        foreach (var door in ReplayDoors.All)
            Assert.Equal(3, asked.Where(a => a.Door == door).Select(a => a.Entry.At("details.decision")!.ToString()).Append("deny").Distinct().Count());

        // What the gate disclosed: the person's consents, as they were recorded by then, permit it; the one that decides is among those relied on, in that version.
        var replayed = 0;
        var auditor = new Party(exchange, "contraloria");
        foreach (var it in cases)
        foreach (var entry in (await auditor.GetAsync($"/v1/audit/entries?person={it.Person}&outcome=permitted&limit=500")).Items.Where(e => e["ground"]?.ToString() == Grounds.Consent))
        {
            var (organisation, at) = (entry["organisation"]!.ToString(), DateTimeOffset.Parse(entry["at"]!.ToString(), CultureInfo.InvariantCulture));
            var relied = entry["consents"]!.AsArray().Select(c => ($"Consent/{c!["id"]}", c["version"]!.ToString())).ToList();
            var again = await AgainAsync(it, organisation == it.Clinic.Organisation ? Question(it, organisation, "treatment", "juzgado-central", at) : Question(it, organisation, "justice-monitoring", null, at), at);
            var decided = again["trace"]!.AsArray().Where(t => t!["reason"]!.ToString() == "decided").Select(t => (t!["consent"]!.ToString(), t["version"]!.ToString())).ToList();
            if (again["decision"]!.ToString() != "permit" && organisation == "juzgado-central")
                continue; // a referrer's own referral, under the referral consent: it is told whether that was answered
            Assert.True(again["decision"]!.ToString() == "permit" && decided.Exists(relied.Contains), $"seed {seed}: {entry}: {again}");
            Assert.Equal($"{again.At("pack.id")}/{again.At("pack.version")}", JsonNode.Parse(entry["canonical"]!.ToString()).At("details.pack")?.ToString());
            replayed++;
        }
        Assert.NotEqual(0, replayed);
    }

    /// <summary>A decision of the run: what was asked, in the terms in which it can be replayed, what was answered, and what the log says of it.</summary>
    sealed record Decided(Case Case, ReplayDoor Door, JsonObject Question, DateTimeOffset At, JsonNode Answer, JsonNode Entry);

    static async Task<Decided> DecideAsync(Case it, ReplayDoor door, JsonObject question)
    {
        await it.Clinic.TokenAsync();
        var asking = it.Clinic.Again();
        var answer = (await asking.PostAsync(door.Path, door.Ask(question))).Is(200).Json!;
        return new(it, door, door.Question(question), it.Exchange.Now, answer, JsonNode.Parse((await asking.AuditedAsync()).Single().Canonical!)!);
    }

    static async Task<JsonNode> AgainAsync(Case it, JsonObject question, DateTimeOffset at) =>
        (await it.Clinic.PostAsync("/v1/consents/evaluation", question.With("asOf", A.Time(at)))).Is(200).Json!;

    /// <summary>Given by either door, revoked, ended by its event, expired: as it comes.</summary>
    static async Task MoveAsync(Case it, Random random)
    {
        var now = it.Exchange.Now;
        switch (random.Next(8))
        {
            case 0:
                await it.Clinic.PostAsync("/v1/consents", A.MonitoringConsent(it.Referral, now, "attendance", "treatment-status").With("until", A.Time(now.AddMinutes(random.Next(10, 9000)))));
                break;
            case 1:
                (await it.Clinic.GiveAsync(FhirConsents.MonitoringConsent(it.Referral, now, "attendance"))).Is(201);
                break;
            case 2:
                var provision = new JsonObject { ["type"] = "deny", ["actor"] = new JsonArray(FhirConsents.Recipient(random.Next(2) == 0 ? "centro-esperanza" : "libertad-vigilada")) };
                (await it.Clinic.GiveAsync(FhirConsents.General(it.Referral, now, provision))).Is(201);
                break;
            case 3:
                await it.ConsentAsync();
                break;
            case 4 or 5:
                var all = (await it.Clinic.GetAsync($"/v1/consents?person={it.Person}")).Items;
                var one = all[random.Next(all.Count)];
                if (one["kind"]!.ToString() is "general" or "justice-monitoring")
                    await it.RevokeAsync(Guid.Parse(one["id"]!.ToString()));
                else
                    await it.RevokeByCourtAsync(Guid.Parse(one["id"]!.ToString()));
                break;
            case 6:
                await it.Exchange.RunAsync<ConsentClock>();
                break;
            default:
                await it.Clinic.ReportAsync(it.Id, "attendance", "attended", now.AddMinutes(-1));
                break;
        }
    }

    static IEnumerable<JsonObject> Questions(Case it) =>
    [
        Question(it, "centro-esperanza", "treatment", "juzgado-central", it.Exchange.Now),
        Question(it, "juzgado-central", "justice-monitoring", "centro-esperanza", it.Exchange.Now),
        Question(it, "libertad-vigilada", "justice-monitoring", "centro-esperanza", it.Exchange.Now),
    ];

    static JsonObject Question(Case it, string actor, string purpose, string? discloser, DateTimeOffset at)
    {
        var request = new JsonObject
        {
            ["actor"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:organisation", ["value"] = actor }),
            ["purpose"] = purpose,
            ["matter"] = it.Matter.ToString(),
        };
        if (discloser is not null)
            request["discloser"] = discloser;
        return new()
        {
            ["person"] = it.Person.ToString(),
            ["request"] = request,
            ["resources"] = new JsonArray(new JsonObject
            {
                ["resourceType"] = "Observation",
                ["code"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:report-category", ["code"] = purpose == "treatment" ? "referral" : "attendance" }) },
                ["effectiveDateTime"] = A.Time(at),
            }),
        };
    }
}

public sealed class ReplayOnSqlite(SqliteExchange shared) : ReplayTests(shared);

public sealed class ReplayOnPostgreSql(PostgreSqlExchange shared) : ReplayTests(shared);
