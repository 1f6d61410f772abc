using System.Text.Json.Nodes;
using Interop.Consent;
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
        var clinic = new Clinic(Exchange);
        await clinic.TokenAsync();
        var cases = Enumerable.Range(0, Questions).Select(i => Simple(new Imagined(unchecked(seed + i)).Case())).ToList();
        var access = new List<string>();
        foreach (var some in cases.Chunk(100))
            access.AddRange((await clinic.PostAsync("/access/v1/evaluations", new() { ["evaluations"] = new JsonArray([.. some.Select(c => (JsonNode)Access(c))]) })).Is(200)
                .Json!["evaluations"]!.AsArray().Select(e => e!["context"]!["decision"]?.ToString() ?? e.ToJsonString()));

        await Parallel.ForEachAsync(cases.Index(), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (one, _) =>
        {
            var (i, c) = one;
            var evaluation = (await clinic.PostAsync("/v1/consents/evaluation", c.ToJson())).Is(200);
            var card = (await clinic.PostAsync("/cds-services/patient-consent-consult", Hook(c))).Is(200);
            var what = $"seed {seed}, question {i}: {c.ToJson().ToJsonString()}";
            Assert.True(Cds(evaluation["decision"]!) == card["cards[0].extension.decision"], what);
            Assert.True(evaluation.Json!["obligations"]!.ToJsonString() == card.Json!["cards"]![0]!["extension"]!["obligations"]!.ToJsonString(), what);
            Assert.True((c.Resources.Count > 0 ? evaluation["resources[0].decision"] : evaluation["decision"]) == access[i], what);
            if (c.Resources.Count > 0)
                Assert.True(evaluation.Json["resources"]!.ToJsonString() == card.Json["cards"]![0]!["extension"]!["resources"]!.ToJsonString(), what);
        });
        Assert.Equal(3, access.Distinct().Count()); // permit, deny and no-consent are among them
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
