using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Interop.Platform.Http;
using Interop.Server.Tests.World;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.Platform;

/// <summary>Existence is not leaked (P6): to whom it does not concern, what is there is answered like what is not.</summary>
public abstract partial class IsolationTests(SharedExchange shared) : ExchangeTests(shared)
{
    /// <summary>Who has nothing to do with the case; another court and another clinic are added to them.</summary>
    static readonly string[] s_strangers =
        ["hospital-ajeno", "clinica-del-valle", "servicios-sociales", "fiscalia-central", "libertad-vigilada", "contraloria", "observatorio", "admin"];

    [Fact]
    public async Task To_every_stranger_every_operation_answers_alike_whether_the_thing_is_there_or_not()
    {
        var it = await Case.AdmitAsync(Exchange);
        var (there, nowhere) = (await ThereAsync(it), Nowhere());
        var strangers = s_strangers.Select(s => new Party(Exchange, s)).Append(await AddAsync("court")).Append(await AddAsync("provider")).ToList();
        var asked = 0;
        foreach (var probe in Probes.Of(Exchange))
            foreach (var stranger in strangers.Where(s => !IsConcerned(s.Organisation, probe.Operation)))
            {
                await CompareAsync(stranger, probe, there, nowhere);
                asked++;
            }

        Assert.True(asked > 90 * s_strangers.Length, $"{asked}");
        Assert.Equal("admitted", (await it.Clinic.ReadAsync(it.Id)).Is(200)["status"]);
        Assert.Equal("active", (await it.Clinic.GetAsync($"/v1/consents/{there["consent"]}")).Is(200)["status"]);
    }

    /// <summary>The referral waits for the person's word: it is asked of this provider, which must not know.</summary>
    [Fact]
    public async Task To_the_provider_that_is_asked_nothing_is_there_before_the_person_consents()
    {
        var it = await Case.OpenAsync(Exchange);
        var (there, nowhere) = (Nowhere(), Nowhere());
        foreach (var (name, value) in Known(it))
            there[name] = value;
        foreach (var probe in Probes.Of(Exchange))
            await CompareAsync(it.Clinic, probe, there, nowhere);

        Assert.Equal("awaiting-consent", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
    }

    /// <summary>It knew of the referral and had not accepted it: what it still sees is that consent, and that it has ended.</summary>
    [Fact]
    public async Task To_a_provider_whose_consent_was_revoked_the_referral_is_not_there_any_more()
    {
        var it = await Case.SendAsync(Exchange);
        var (there, nowhere) = (Nowhere(), Nowhere());
        foreach (var (name, value) in Known(it))
            there[name] = value;
        (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200);
        string[] about = ["/v1/referrals", "/v1/matters", "/fhir/Task", "/fhir/ServiceRequest", "/fhir/Patient"];
        foreach (var probe in Probes.Of(Exchange).Where(p => about.Any(a => p.Operation.Split(' ')[1].StartsWith(a, StringComparison.Ordinal))))
            await CompareAsync(it.Clinic, probe, there, nowhere);
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
    public void Every_operation_says_who_may_call_it_and_what_the_log_calls_it()
    {
        foreach (var route in Exchange.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(e => e.Metadata.GetMetadata<Public>() is null))
            Assert.True(route.Metadata.GetMetadata<Need>() is not null && route.Metadata.GetMetadata<Operation>() is not null,
                $"{route.RoutePattern.RawText} states neither whom it is for nor that it is public, or lacks a name.");
    }

    /// <summary>Probes and walks are made from the routes; that these are all that is promised, the contract says.</summary>
    [Fact]
    public void Every_operation_of_the_contract_is_asked()
    {
        var contract = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "contracts", "openapi", "interop-v1.json")))!["paths"]!.AsObject();
        string[] open = ["POST /connect/token", "GET /.well-known/authzen-configuration", "GET /cds-services"]; // for everybody
        var promised = contract.SelectMany(p => p.Value!.AsObject().Select(m => $"{m.Key.ToUpperInvariant()} {p.Key}")).Except(open).ToList();
        var asked = Probes.Operations(Exchange).Select(o => $"{o.Method} {o.Pattern}").ToHashSet();

        Assert.NotEmpty(Probes.Of(Exchange)); // throws where an operation is not accounted for
        Assert.DoesNotContain(promised, p => !asked.Contains(p));
    }

    /// <summary>Oversight sees every accounting, emergency and entry, who declared an emergency that one, and the operator whom it serves.</summary>
    static bool IsConcerned(string organisation, string operation) => organisation switch
    {
        "contraloria" => operation.Contains("/v1/emergency-access", StringComparison.Ordinal) || operation.StartsWith("GET /v1/persons/{id}/disclosure", StringComparison.Ordinal)
            || operation.Contains(" /v1/audit/", StringComparison.Ordinal) || operation.Contains("AuditEvent", StringComparison.Ordinal),
        "admin" => operation.Contains(" /v1/clients", StringComparison.Ordinal) || operation.Contains(" /v1/organisations", StringComparison.Ordinal),
        "hospital-ajeno" => operation.Contains("/v1/emergency-access/", StringComparison.Ordinal),
        _ => false,
    };

    static async Task CompareAsync(Party stranger, Probe probe, IReadOnlyDictionary<string, string> there, Dictionary<string, string> nowhere)
    {
        await stranger.TokenAsync();
        var (one, other) = (stranger.Again(), stranger.Again());
        foreach (var same in (string[])["before", "after"])
            nowhere[same] = there[same];
        var (present, absent) = (Aside(await probe.AskAsync(one, there), there), Aside(await probe.AskAsync(other, nowhere), nowhere));
        var what = $"{stranger.Organisation} {probe.Operation} {probe.Address} {probe.Body}";

        Assert.True(present.Status < 500, $"{what}: {present.Text}");
        Assert.Equal(Outside(what, absent), Outside(what, present));
        var (entries, others) = (await one.AuditedAsync(), await other.AuditedAsync());
        Assert.True(entries.Count > 0, what);
        Assert.Equal(others.Select(e => (e.Action, e.Operation, e.Outcome)).Order(), entries.Select(e => (e.Action, e.Operation, e.Outcome)).Order());
    }

    /// <summary>The answer with what was asked for told apart, and what is new in each answer: the ids and times of what it made.</summary>
    static Reply Aside(Reply reply, IReadOnlyDictionary<string, string> names)
    {
        var text = reply.Text;
        foreach (var (name, value) in names.Where(n => n.Key is not ("index" or "organisation")).OrderByDescending(n => n.Value.Length))
            text = text.Replace(value, $"{{{name}}}", StringComparison.Ordinal);
        return reply with { Text = reply.Status < 300 ? Made().Replace(text, "(made)") : text };
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)")]
    private static partial Regex Made();

    static string Outside(string what, Reply reply) =>
        $"{what}: {reply.Status}\n{string.Join('\n', reply.Headers.Where(h => h.Key != "Date").Select(h => $"{h.Key}: {Made().Replace(string.Join(", ", h.Value), "(made)")}").Order(StringComparer.Ordinal))}\n{reply.Type}\n{reply.Text}";

    static Dictionary<string, string> Known(Case it) => new()
    {
        ["referral"] = it.Id.ToString(), ["person"] = it.Person.ToString(), ["matter"] = it.Matter.ToString(),
        ["dpi"] = it.Referral["person.identifiers[0].value"]!, ["number"] = it.Referral["matter.number"]!,
        ["before"] = A.Time(it.Exchange.Now.AddHours(-1)), ["after"] = A.Time(it.Exchange.Now.AddDays(7)),
    };

    static Dictionary<string, string> Nowhere() => ((string[])["referral", "person", "matter", "consent", "report", "appointment", "subscription", "emergency", "order", "request", "event", "query", "entry", "elsewhere"])
        .ToDictionary(n => n, _ => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString())
        .Concat(((string[])["dpi", "elsewheredpi", "number", "organisation"]).Select(n => new KeyValuePair<string, string>(n, A.Unique($"nowhere-{n}"))))
        .Append(new("index", "99999999")).ToDictionary();

    /// <summary>Something of everything, of a case that is the court's and the clinic's alone.</summary>
    async Task<Dictionary<string, string>> ThereAsync(Case it)
    {
        await it.ScheduleAsync();
        var elsewhere = await Case.SendAsync(Exchange); // whom nobody treats: else an emergency opens it, and says so
        var there = Known(it);
        there["appointment"] = it.Appointment.ToString();
        there["consent"] = (await it.Clinic.PostAsync("/v1/consents", A.MonitoringConsent(it.Referral, Exchange.Now, "attendance").With("recipients", new[] { "juzgado-central" }))).Is(201)["id"]!;
        there["report"] = (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201)["id"]!;
        there["subscription"] = (await it.Clinic.PostAsync("/v1/subscriptions", new()
        {
            ["channel"] = "webhook", ["url"] = "http://127.0.0.1:9/never", ["events"] = new JsonArray("*"), ["payload"] = "id-only",
        })).Is(201)["id"]!;
        there["request"] = (await it.Clinic.PostAsync($"/v1/persons/{it.Person}/disclosure-requests", new() { ["receivedAt"] = A.Time(Exchange.Now), ["language"] = "es" })).Is(201)["id"]!;
        there["emergency"] = (await new Clinic(Exchange, "hospital-ajeno").PostAsync("/v1/emergency-access", new()
        {
            ["personId"] = elsewhere.Person.ToString(), ["nature"] = "Inconsciente",
            ["personnel"] = new JsonObject { ["name"] = "Dra. Luz Ixcot", ["affiliation"] = "Urgencias" },
        })).Is(201)["id"]!;
        there["order"] = (await it.Court.PostAsync("/v1/court-orders", new()
        {
            ["personId"] = it.Person.ToString(), ["discloser"] = it.Clinic.Organisation, ["recipients"] = new JsonArray(it.Court.Organisation), ["purpose"] = "criminal",
            ["order"] = new JsonObject { ["number"] = "O-17", ["issuedAt"] = A.Time(Exchange.Now.AddDays(-2)) },
            ["subpoena"] = new JsonObject { ["number"] = "S-18", ["issuedAt"] = A.Time(Exchange.Now.AddDays(-1)) },
            ["categories"] = new JsonArray("drug-test"), ["from"] = A.Time(Exchange.Now.AddHours(-1)), ["until"] = A.Time(Exchange.Now.AddDays(30)),
        })).Is(201)["id"]!;
        there["event"] = (await Exchange.LookAsync(db => db.Set<Interop.Platform.Events.RecordedEvent>().Where(e => e.PersonId == it.Person).Select(e => e.Id).FirstAsync())).ToString();
        there["entry"] = (await Exchange.LookAsync(db => db.Set<Interop.Audit.AuditEntry>().Where(e => e.Person == it.Person).Select(e => e.Id).FirstAsync())).ToString();
        there["query"] = (await new Party(Exchange, "contraloria").PostAsync("/v1/audit/queries", new() { ["name"] = A.Unique("consulta"), ["filters"] = new JsonObject { ["person"] = it.Person.ToString() } })).Is(201)["id"]!;
        (there["organisation"], there["index"]) = ("centro-esperanza", "1");
        (there["elsewhere"], there["elsewheredpi"]) = (elsewhere.Person.ToString(), elsewhere.Referral["person.identifiers[0].value"]!);
        return there;
    }

    async Task<Party> AddAsync(string kind)
    {
        var (admin, id) = (new Party(Exchange, "admin"), A.Unique(kind));
        (await admin.PostAsync("/v1/organisations", new() { ["id"] = id, ["name"] = id, ["kind"] = kind, ["jurisdiction"] = "GT", ["language"] = "es", ["timeZone"] = "America/Guatemala" })).Is(201);
        return new(Exchange, id) { Secret = (await admin.PostAsync("/v1/clients", new() { ["clientId"] = id, ["organisation"] = id })).Is(201)["secret"]! };
    }
}

public sealed class IsolationOnSqlite(SqliteExchange shared) : IsolationTests(shared);

public sealed class IsolationOnPostgreSql(PostgreSqlExchange shared) : IsolationTests(shared);
