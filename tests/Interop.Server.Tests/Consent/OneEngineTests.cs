using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Interop.Consent;
using Interop.Server.Tests.Fhir;
using Interop.Server.Tests.World;
using Interop.Tests.Consent;

namespace Interop.Server.Tests.Consent;

/// <summary>
/// One engine behind every door, the gate's among them: the same questions at random, asked at each. That the answers are right is
/// shown in Interop.Tests; one storage engine's is enough.
/// </summary>
public sealed class OneEngineTests(SqliteExchange shared) : ExchangeTests(shared)
{
    const int Questions = 1000;
    const int Persons = 25;

    static readonly Dictionary<string, string> s_values = new()
    {
        ["attendance"] = "attended", ["progress"] = "on-track", ["phase"] = "2", ["drug-test"] = "negative", ["treatment-status"] = "admitted",
    };

    [Fact]
    public async Task Every_door_answers_a_thousand_questions_alike()
    {
        var seed = Random.Shared.Next();
        var exchange = await StartAsync(new() { Clock = new() });
        exchange.Clock!.Set(new(2025, 12, 31, 23, 0, 0, TimeSpan.Zero)); // what is stored is there before every instant that is asked about
        var (clinic, court) = (new Clinic(exchange), new Court(exchange));
        await clinic.TokenAsync();
        await court.TokenAsync();
        var (asked, decisions) = (0, new ConcurrentBag<string>());

        await Parallel.ForEachAsync(Enumerable.Range(0, int.MaxValue).TakeWhile(_ => Volatile.Read(ref asked) < Questions), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) =>
        {
            var c = Simple(new Imagined(unchecked(seed + i)).Case());
            (var person, c) = await StoreAsync(court, c, $"seed {seed}, question {i}");
            var what = $"seed {seed}, question {i}: {c.ToJson().ToJsonString()}";
            var evaluation = (await clinic.PostAsync("/v1/consents/evaluation", c.ToJson())).Is(200);
            var card = (await clinic.PostAsync("/cds-services/patient-consent-consult", Hook(c))).Is(200);
            var access = (await clinic.PostAsync("/access/v1/evaluation", Access(c))).Is(200);
            Assert.True(Cds(evaluation["decision"]!) == card["cards[0].extension.decision"], what);
            Assert.True(evaluation.Json!["obligations"]!.ToJsonString() == card.Json!["cards"]![0]!["extension"]!["obligations"]!.ToJsonString(), what);
            Assert.True((c.Resources.Count > 0 ? evaluation["resources[0].decision"] : evaluation["decision"]) == access["context.decision"], what);
            if (c.Resources.Count > 0)
                Assert.True(evaluation.Json["resources"]!.ToJsonString() == card.Json["cards"]![0]!["extension"]!["resources"]!.ToJsonString(), what);
            if (person is null)
                return;
            var question = c.ToJson();
            question.Remove("consents");
            question["person"] = person;
            var stored = (await court.PostAsync("/v1/consents/evaluation", question)).Is(200);
            foreach (var member in (string[])["decision", "obligations", "resources"])
                Assert.True(evaluation.Json[member]!.ToJsonString() == stored.Json![member]!.ToJsonString(), $"{what}: {member} stored as FHIR: {stored.Text}");
            decisions.Add(access["context.decision"]!);
            Interlocked.Increment(ref asked);
        });

        Assert.Equal(3, decisions.Distinct().Count()); // permit, deny and no-consent are among them
    }

    /// <summary>
    /// Gives the consents at the FHIR door, of a person of their own. What is not in force at any instant that is asked about is not
    /// taken. Nor is one for monitoring alone that names no matter: no person, and the question is not asked there. The case comes back
    /// in the order in which stored consents are heard.
    /// </summary>
    static async Task<(string? Person, WrittenCase Case)> StoreAsync(Court court, WrittenCase c, string what)
    {
        var (person, taken) = ((await court.ReferAsync(A.Referral()))["personId"]!, new Dictionary<WrittenConsent, string>(ReferenceEqualityComparer.Instance));
        foreach (var consent in c.Consents)
        {
            var reply = await court.GiveAsync(Given(consent, person, court.Exchange.Now));
            if (reply.Status == 201)
            {
                taken[consent] = reply["id"]!;
                continue;
            }
            var codes = reply.Is(422).Json!["issue"]!.AsArray().Select(i => i.At("details.coding[0].code")!.ToString()).ToHashSet();
            if (reply.Text.Contains(FhirConsents.MatterExtension, StringComparison.Ordinal))
                return (null, c);
            var draft = reply.Json.At("issue[0].expression[0]")?.ToString() == "Consent.status";
            Assert.True(draft || codes.All(code => code is "consent.ended" or "consent.ends-before-it-begins"), $"{what}: {reply.Text}");
        }
        return (person, c with { Consents = [.. c.Consents.OrderBy(consent => taken.GetValueOrDefault(consent, "~"), StringComparer.Ordinal)] });
    }

    /// <summary>With what R4 and the register require of every consent, and nothing that changes what it permits.</summary>
    static JsonObject Given(WrittenConsent consent, string person, DateTimeOffset now)
    {
        var json = consent.ToJson().Without("id").Without("meta");
        json["language"] = "es";
        json["patient"] = new JsonObject { ["reference"] = $"Patient/{person}" };
        json["scope"] ??= json["category"]![0]!.DeepClone();
        json["category"] ??= new JsonArray(FhirConsents.Concept("http://loinc.org", "59284-0"));
        json["extension"] = new JsonArray(FhirConsents.Signature(now), new JsonObject { ["url"] = "urn:interop:consent-until-event", ["valueCode"] = "end-of-treatment" });
        if (json["policyRule"] is null)
            json["policy"] = new JsonArray(new JsonObject { ["uri"] = "urn:test:policy" });
        var left = new Stack<JsonNode>(json["provision"] is { } root ? [root] : []);
        while (left.TryPop(out var provision))
        {
            foreach (var actor in provision["actor"]?.AsArray() ?? [])
                actor!["role"] ??= new JsonObject { ["text"] = "whichever" };
            foreach (var child in provision["provision"]?.AsArray() ?? [])
                left.Push(child!);
        }
        if (json["provision"] is JsonObject { Count: 0 })
            json.Remove("provision");
        return json;
    }

    [Fact]
    public async Task What_the_gate_lets_be_read_is_what_the_engine_permits()
    {
        var seed = Random.Shared.Next();
        var seen = new List<bool>();
        for (var i = 0; i < Persons; i++)
        {
            var random = new Random(unchecked(seed + i));
            var it = await Case.AdmitAsync(Exchange);
            var now = Exchange.Now;
            var occurred = Categories.Justice.ToDictionary(c => c, _ => now.AddDays(-random.Next(0, 40)).AddMinutes(-1));
            foreach (var (category, at) in occurred)
                (await it.Clinic.ReportAsync(it.Id, category, s_values[category], at)).Is(201);
            var consents = new List<Guid> { it.ReferralConsent };
            for (var n = random.Next(4); n > 0; n--)
                consents.Add((await it.Clinic.PostAsync("/v1/consents", Monitoring(it, now, random))).Is(201).Id);

            await CompareAsync();
            (await it.RevokeAsync(consents[random.Next(consents.Count)])).Is(200);
            await CompareAsync();

            async Task CompareAsync()
            {
                var what = $"seed {seed}, person {i}";
                foreach (var court in new[] { it.Court, it.Supervision, new Court(Exchange, "fiscalia-central") })
                {
                    var reports = await court.ReportsAsync(it.Id);
                    var told = reports.Status == 200 ? reports.Items.Select(r => r["category"]!.ToString()).ToHashSet() : [];
                    var engine = (await AskAsync(court.Organisation, "justice-monitoring", it.Clinic.Organisation, occurred)).Is(200).Json!["resources"]!.AsArray();
                    foreach (var ((category, _), decision) in occurred.Zip(engine))
                    {
                        Assert.True((decision!["decision"]!.ToString() == "permit") == told.Contains(category), $"{what}: {court.Organisation}, {category}: {decision}");
                        seen.Add(told.Contains(category));
                    }
                }
                foreach (var clinic in new[] { it.Clinic, new Clinic(Exchange, "clinica-del-valle") })
                {
                    var engine = (await AskAsync(clinic.Organisation, "treatment", "juzgado-central", new() { ["referral"] = now })).Is(200)["resources[0].decision"];
                    Assert.True((engine == "permit") == ((await clinic.ReadAsync(it.Id)).Status == 200), $"{what}: {clinic.Organisation}: {engine}");
                }
            }

            // The clinic is party to every one of these consents.
            Task<Reply> AskAsync(string actor, string purpose, string discloser, Dictionary<string, DateTimeOffset> data) => it.Clinic.PostAsync("/v1/consents/evaluation", new()
            {
                ["person"] = it.Person.ToString(),
                ["request"] = new JsonObject
                {
                    ["actor"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:organisation", ["value"] = actor }),
                    ["purpose"] = purpose,
                    ["matter"] = it.Matter.ToString(),
                    ["discloser"] = discloser,
                },
                ["resources"] = new JsonArray([.. data.Select(d => (JsonNode)new JsonObject
                {
                    ["resourceType"] = "Observation",
                    ["code"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:report-category", ["code"] = d.Key }) },
                    ["effectiveDateTime"] = A.Time(d.Value),
                })]),
            });
        }
        Assert.Contains(true, seen);
        Assert.Contains(false, seen);
    }

    static JsonObject Monitoring(Case it, DateTimeOffset now, Random random)
    {
        string[] justice = ["juzgado-central", "libertad-vigilada", "fiscalia-central"];
        var from = now.AddDays(-random.Next(0, 30)).AddMinutes(-10);
        var consent = A.MonitoringConsent(it.Referral, now, Some(Categories.Justice)).With("recipients", Some(justice))
            .With("from", A.Time(from)).With("signature.at", A.Time(from));
        return random.Next(2) == 0 ? consent : consent.With("until", A.Time(now.AddDays(1)));

        string[] Some(IReadOnlyList<string> all) => [.. all.Where(_ => random.Next(2) == 0).Append(all[random.Next(all.Count)]).Distinct()];
    }

    /// <summary>What every door can ask: one actor, and no action, which CDS Hooks has none of.</summary>
    static WrittenCase Simple(WrittenCase c) => c with
    {
        Question = c.Question with { Actors = [c.Question.Actors[0]], Action = null, Classes = c.Resources.Count > 0 ? [] : c.Question.Classes },
        Consents = [.. c.Consents.Select(consent => consent with { Root = consent.Root is null ? null : WithoutActions(consent.Root) })],
    };

    static WrittenProvision WithoutActions(WrittenProvision p) => p with { Actions = [], Children = [.. p.Children.Select(WithoutActions)] };

    static string Cds(string decision) => decision switch { "permit" => "CONSENT_PERMIT", "deny" => "CONSENT_DENY", _ => "NO_CONSENT" };

    static JsonObject Hook(WrittenCase c)
    {
        var asked = c.ToJson();
        var request = asked["request"]!.AsObject();
        var context = new JsonObject
        {
            ["patientId"] = new JsonArray(new JsonObject { ["system"] = "urn:x", ["value"] = "nobody" }),
            ["purposeOfUse"] = request["purpose"]!.DeepClone(),
            ["actor"] = request["actor"]!.DeepClone(),
            ["asOf"] = c.Question.AsOf,
        };
        foreach (var member in (string[])["class", "category"])
            context.Put(member, request[member]?.DeepClone());
        if (asked["resources"] is JsonArray resources)
            context["content"] = new JsonObject { ["resourceType"] = "Bundle", ["entry"] = new JsonArray([.. resources.Select(r => new JsonObject { ["resource"] = r!.DeepClone() })]) };
        return new()
        {
            ["hook"] = "patient-consent-consult",
            ["hookInstance"] = "1",
            ["context"] = context,
            // What is asked about is known to the evaluation as something that references can lead to.
            ["prefetch"] = new JsonObject { ["consents"] = asked["consents"]!.DeepClone(), ["context"] = asked["context"]!.DeepClone() },
        };
    }

    static JsonObject Access(WrittenCase c)
    {
        var asked = c.ToJson();
        var (request, who) = (asked["request"]!.AsObject(), c.Question.Actors[0]);
        var properties = new JsonObject();
        if (who.Role is not null)
            properties["role"] = request["actor"]![0]!["role"]!.DeepClone();
        if (request["actor"]![0]!["system"] is not null)
            properties["identifier"] = new JsonArray(request["actor"]![0]!.DeepClone());
        var reference = (request["actor"]![0]!["reference"]?.ToString() ?? "Organization/unheard-of").Split('/');
        var context = new JsonObject { ["purpose"] = request["purpose"]!.DeepClone(), ["asOf"] = c.Question.AsOf, ["consents"] = asked["consents"]!.DeepClone(), ["context"] = asked["context"]!.DeepClone() };
        context.Put("category", request["category"]?.DeepClone());
        var resource = new JsonObject { ["type"] = "person", ["id"] = "nobody" };
        if (c.Resources.Count > 0)
        {
            // The others are what references of the consents can lead to.
            foreach (var other in asked["resources"]!.AsArray().Skip(1))
                context["context"]!.AsArray().Add(other!.DeepClone());
            resource = new() { ["type"] = c.Resources[0].Type, ["id"] = c.Resources[0].Id, ["properties"] = new JsonObject { ["resource"] = asked["resources"]![0]!.DeepClone() } };
        }
        else if (c.Question.Classes.Count > 0)
            resource["type"] = request["class"]![0]!["code"]!.ToString();
        return new()
        {
            ["subject"] = new JsonObject { ["type"] = reference[0].ToLowerInvariant(), ["id"] = reference[1], ["properties"] = properties },
            ["action"] = new JsonObject { ["name"] = "read" },
            ["resource"] = resource,
            ["context"] = context,
        };
    }
}
