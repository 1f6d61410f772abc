using System.Text;
using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Fhir;

/// <summary>Every refusal under /fhir is an OperationOutcome, tells nothing of what is not the caller's, and is never a failure of ours.</summary>
public abstract class OutcomeTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Without_a_token_it_asks_for_one()
    {
        foreach (var path in new[] { "/fhir/Task", $"/fhir/Task/{Guid.CreateVersion7(Exchange.Now)}", "/fhir/Patient?identifier=x", "/fhir/ServiceRequest" })
        {
            using var response = await Exchange.Http.GetAsync(path);
            (await Reply.OfAsync(response)).IsOutcome(401, "login");
            Assert.Contains("Bearer", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_is_no_care_organisation_is_refused_before_anything_is_looked_up()
    {
        var it = await Case.SendAsync(Exchange);
        foreach (var organisation in new[] { "juzgado-central", "libertad-vigilada", "contraloria", "observatorio", "admin" })
        foreach (var path in new[] { "/fhir/Task", $"/fhir/Task/{it.Id}", "/fhir/Task/x", $"/fhir/Patient/{it.Person}", $"/fhir/ServiceRequest?patient={it.Person}", "/fhir/Task?_count=x" })
            (await new Party(Exchange, organisation).GetAsync(path)).IsOutcome(403, "forbidden");
        (await it.Court.PutAsync(it.Id.ToString(), "{", null)).IsOutcome(403, "forbidden");
    }

    [Fact]
    public async Task Not_there_and_not_for_you_are_one_answer()
    {
        var it = await Case.SendAsync(Exchange);
        var waiting = await Case.OpenAsync(Exchange);
        var stranger = new Clinic(Exchange, "hospital-ajeno");
        var task = await it.Clinic.TaskAsync(it.Id);
        foreach (var (clinic, type, id) in new[]
        {
            (stranger, "Task", it.Id), (stranger, "ServiceRequest", it.Id), (stranger, "Patient", it.Person),
            (it.Clinic, "Task", waiting.Id), (it.Clinic, "ServiceRequest", waiting.Id), (it.Clinic, "Patient", waiting.Person), (it.Clinic, "Patient", it.Id), (it.Clinic, "Task", it.Person),
        })
        {
            var nobody = Guid.CreateVersion7(Exchange.Now);
            var (there, absent) = (await clinic.GetAsync($"/fhir/{type}/{id}"), await clinic.GetAsync($"/fhir/{type}/{nobody}"));
            Assert.Equal(Whole(absent, nobody), Whole(there.IsOutcome(404, "not-found"), id));
            if (type == "Task")
                foreach (var match in new[] { "*", null, "W/\"1\"", "W/\"9\"" })
                    Assert.Equal(Whole(await clinic.UpdateAsync(task.With("id", nobody.ToString()), match), nobody), Whole((await clinic.UpdateAsync(task.With("id", id.ToString()), match)).IsOutcome(404), id));
        }
        foreach (var none in new[] { "x", "1", "..%2f", new string('9', 64), it.Id.ToString("N") })
            (await it.Clinic.GetAsync($"/fhir/Task/{none}")).IsOutcome(404);

        static string Whole(Reply reply, Guid id) =>
            $"{reply.Status} {reply.Type} {string.Join(' ', reply.Headers.Where(h => h.Key != "Date").Select(h => $"{h.Key}={string.Join(',', h.Value)}"))} {reply.Text}".Replace(id.ToString(), "ID", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_FHIR_R4_JSON_is_served()
    {
        var it = await Case.SendAsync(Exchange);
        foreach (var accept in new[] { "application/fhir+xml", "text/html", "application/fhir+json; fhirVersion=5.0", "application/json;q=0" })
            (await it.Clinic.GetAsync($"/fhir/Task/{it.Id}", ("Accept", accept))).IsOutcome(406, "not-supported");
        foreach (var format in new[] { "xml", "application/fhir%2Bxml", "ttl" })
            (await it.Clinic.GetAsync($"/fhir/Task?_format={format}")).IsOutcome(406, "not-supported");
        foreach (var accept in new[] { "application/fhir+json", "application/json", "*/*", "application/*", "application/fhir+json; fhirVersion=4.0", "text/html, application/fhir+json;q=0.1" })
            (await it.Clinic.GetAsync($"/fhir/Task/{it.Id}", ("Accept", accept))).Is(200);
    }

    [Fact]
    public async Task Another_body_than_FHIR_R4_JSON_is_refused()
    {
        var it = await Case.SendAsync(Exchange);
        var task = (await it.Clinic.TaskAsync(it.Id)).To("accepted").ToJsonString();
        foreach (var type in new[] { "application/fhir+xml", "text/plain", "application/x-www-form-urlencoded", "application/fhir+json; charset=iso-8859-1", "application/fhir+json; fhirVersion=3.0" })
            (await it.Clinic.PutAsync(it.Id.ToString(), task, "*", type)).IsOutcome(415, "not-supported");
        (await it.Clinic.SendAsync(HttpMethod.Post, "/fhir/Task/_search", new StringContent("{}", Encoding.UTF8, "application/json"))).IsOutcome(415, "not-supported");
        (await it.Clinic.PutAsync(it.Id.ToString(), task, "*", "application/json")).Is(200);
    }

    [Fact]
    public async Task A_body_beyond_a_megabyte_is_too_large()
    {
        var it = await Case.SendAsync(Exchange);
        var task = await it.Clinic.TaskAsync(it.Id);
        (await it.Clinic.UpdateAsync(task.With("description", new string('x', 1_100_000)))).IsOutcome(413, "too-long");
        (await it.Clinic.SearchByPostAsync("Task", "identifier=" + new string('x', 2_000_000))).IsOutcome(413, "too-long");
        Assert.Equal(task.ToJsonString(), (await it.Clinic.TaskAsync(it.Id)).ToJsonString());
    }

    [Fact]
    public async Task Its_texts_are_in_the_language_asked_for()
    {
        var clinic = new Clinic(Exchange);
        var texts = new HashSet<string>();
        foreach (var language in new[] { "en", "es", "fr", "pt" })
            Assert.True(texts.Add((await clinic.GetAsync("/fhir/Task?_count=x", ("Accept-Language", language))).IsOutcome(400)["issue[0].details.text"]!));
    }

    [Fact]
    public async Task Hostile_bodies_are_refused_and_leave_the_Task_as_it_was()
    {
        var it = await Case.SendAsync(Exchange);
        var task = await it.Clinic.TaskAsync(it.Id);
        var sound = task.ToJsonString();
        var id = it.Id.ToString();
        string Member(string json) => $$"""{"resourceType":"Task","id":"{{id}}","status":"accepted","intent":"order",{{json}}}""";
        foreach (var body in new[]
        {
            "", " ", "null", "1", "\"Task\"", "[]", "[[[[", "{}", "{\"resourceType\"", sound[..^1], sound + "}", sound + sound, "\uFEFF" + sound[..50], new string('[', 100_000),
            $$"""{"resourceType":"Task","resourceType":"Task","id":"{{id}}"}""", $$"""{"id":"{{id}}","resourceType":"Task\u0000"}""", "{\"resourceType\":\"Task\",\"id\":\"\\ud800\"}",
            Member("\"\\ud800\":1"), Member("\"description\":\"\\ud800\""), Member("\"description\":\"a\\u0000b\""), Member("\"description\":[]"), Member("\"description\":null"), Member("\"description\":\"\""),
            Member("\"extension\":[{}]"), Member("\"extension\":[{\"url\":\"urn:x\"}]"), Member("\"extension\":{\"url\":\"urn:x\"}"), Member("\"extension\":[{\"url\":\"urn:x\",\"valueDecimal\":1e99999}]"),
            Member("\"extension\":[{\"url\":\"urn:x\",\"valueInteger\":99999999999999999999}]"), Member("\"extension\":[{\"url\":\"urn:x\",\"valueDate\":\"2026-02-30\"}]"),
            Member("\"extension\":[{\"url\":\"urn:x\",\"valueBase64Binary\":\"%%%\"}]"), Member("\"extension\":[{\"url\":\"urn:x\",\"valueNothing\":1}]"), Member("\"extension\":[{\"url\":\"urn:x\",\"valueString\":\"a\",\"valueInteger\":1}]"),
            Member("\"authoredOn\":\"0000-00-00\""), Member("\"authoredOn\":\"9999-12-31T23:59:60Z\""), Member("\"authoredOn\":12"), Member("\"identifier\":\"x\""), Member("\"identifier\":[null]"), Member("\"identifier\":[[]]"),
            Member("\"for\":{\"reference\":5}"), Member("\"for\":\"Patient/1\""), Member("\"contained\":[{\"resourceType\":\"Nonsense\"}]"), Member("\"contained\":[{\"resourceType\":\"Patient\",\"contained\":[{\"resourceType\":\"Patient\"}]}]"),
            Member("\"text\":{\"status\":\"generated\",\"div\":\"<script>alert(1)</script>\"}"), Member("\"text\":{\"status\":\"generated\",\"div\":\"<!DOCTYPE x [<!ENTITY a 'b'>]><div>&a;</div>\"}"),
            Member("\"meta\":{\"versionId\":{}}"), Member("\"meta\":[]"), Member("\"_status\":{\"extension\":[]}"), Member("\"_status\":5"), Member("\"input\":[{}]"), Member("\"output\":[{\"type\":{}}]"),
            Member("\"restriction\":{\"repetitions\":-1}"), Member("\"note\":[{\"text\":1}]"), Member("\"priority\":\"\\u202e\""), Member($"\"description\":{string.Concat(Enumerable.Repeat("{\"a\":", 200))}1{new string('}', 200)}"),
        })
        {
            var reply = await it.Clinic.PutAsync(id, body);
            Assert.True(reply.Status is 400 or 413 or 422, $"{reply.Status} for {(body.Length > 300 ? body[..300] : body)}: {reply.Text}");
            reply.IsOutcome(reply.Status);
            Assert.DoesNotContain("   at ", reply.Text, StringComparison.Ordinal);
        }
        Assert.Equal(sound, (await it.Clinic.TaskAsync(it.Id)).ToJsonString());
    }

    [Fact]
    public async Task A_Task_gone_bad_anywhere_is_refused_or_taken_whole()
    {
        var it = await Case.SendAsync(Exchange);
        var random = new Random(20261123);
        string[] junk = ["null", "0", "-1", "1.5e300", "true", "\"\"", "\" \"", "\"x\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "[]", "{}", "[{}]", "{\"a\":[]}", "\"2026-13-01\"", "\"urn:x\""];
        for (var i = 0; i < 150; i++)
        {
            var task = await it.Clinic.TaskAsync(it.Id);
            var places = Places(task).ToList();
            var (parent, name) = places[random.Next(places.Count)];
            var bad = JsonNode.Parse(junk[random.Next(junk.Length)]);
            if (parent is JsonObject o)
                o[name] = bad;
            else
                ((JsonArray)parent)[int.Parse(name, null)] = bad;
            var reply = await it.Clinic.PutAsync(it.Id.ToString(), task.ToJsonString());
            Assert.True(reply.Status is 200 or 400 or 409 or 422, $"{reply.Status} for {task.ToJsonString()}: {reply.Text}");
            if (reply.Status != 200)
                reply.IsOutcome(reply.Status);
            Assert.Equal("requested", (await it.Clinic.TaskAsync(it.Id))["status"]!.ToString());
        }

        static IEnumerable<(JsonNode Parent, string Name)> Places(JsonNode node) => node switch
        {
            JsonObject o => o.ToList().SelectMany(m => m.Value is null ? [(o, m.Key)] : Places(m.Value).Prepend((o, m.Key))),
            JsonArray a => a.Index().ToList().SelectMany(m => m.Item is null ? [(a, m.Index.ToString(null as IFormatProvider))] : Places(m.Item).Prepend((a, m.Index.ToString(null as IFormatProvider)))),
            _ => [],
        };
    }

    [Fact]
    public async Task Hostile_searches_are_refused_or_answered()
    {
        var clinic = new Clinic(Exchange);
        var long_ = new string('a', 5000);
        foreach (var query in new[]
        {
            "_id=", "_id=,", "_id=,,,", "=", "&&&", "?", "%", "_id=%", "_id=%zz", "_id=%ff", "identifier=|", "identifier=||||", "identifier=a|b|c", "identifier=\\", "identifier=\\,", "identifier=a\\|b", "patient=Patient/", "patient=//", "patient=http://",
            "status=requested,", "status=|", "_lastUpdated=,", "_lastUpdated=ge", "_lastUpdated=0000", "_lastUpdated=9999-12-31T23:59:59.9999999Z", "_lastUpdated=2026-01-01T00:00:00-99:99", "_lastUpdated=2026-01-01T00:00:00%2B14:01",
            "_count=0", "_count=501", "_count=99999999999999", "_count=1&_count=2", "_cursor=AAAA", $"_cursor={long_}", $"identifier={long_}", $"{long_}=1", "owner:identifier=|", "owner:=x", ":identifier=x", "owner:identifier:identifier=x",
            "_summary=count&_count=0&_total=none", "_id=" + string.Join(',', Enumerable.Repeat("x", 1001)), "identifier='%3B drop table audit_entries--", "identifier=%25", "_format=json%00",
        })
        {
            var replies = new[] { await clinic.GetAsync($"/fhir/Task?{query}"), await clinic.SearchByPostAsync("Task", query), await clinic.GetAsync($"/fhir/Patient?{query}") };
            foreach (var reply in replies)
                Assert.True(reply.Status is 200 or 400 or 406 or 414, $"{reply.Status} for {query}: {reply.Text}");
        }
        foreach (var (type, body) in new[] { ("multipart/form-data; boundary=x", "--x"), ("multipart/form-data", ""), ("application/x-www-form-urlencoded; charset=klingon", "_id=x"), ("application/x-www-form-urlencoded", string.Join('&', Enumerable.Range(0, 3000).Select(i => $"f{i}=1"))) })
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            var reply = await clinic.SendAsync(HttpMethod.Post, "/fhir/Task/_search", content);
            Assert.True(reply.Status is 200 or (>= 400 and < 500), $"{reply.Status} for {type}: {reply.Text}");
        }
    }
}

public sealed class OutcomeOnSqlite(SqliteExchange shared) : OutcomeTests(shared);

public sealed class OutcomeOnPostgreSql(PostgreSqlExchange shared) : OutcomeTests(shared);
