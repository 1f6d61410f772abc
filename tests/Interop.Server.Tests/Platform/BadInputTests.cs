using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Interop.Platform;
using Interop.Platform.Http;
using Interop.Server.Tests.World;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.Platform;

/// <summary>Any bytes to any operation: answered by a 4xx problem, with nothing written (P9).</summary>
public abstract class BadInputTests(SharedExchange shared) : ExchangeTests(shared)
{
    /// <summary>Bodies that no operation takes.</summary>
    static readonly (string Name, byte[] Bytes)[] s_hostile =
    [
        ("garbage", [0xde, 0xad, 0xbe, 0xef, 0x00, 0xff]),
        ("zeros", new byte[64]),
        ("an opening brace", "{"u8.ToArray()),
        ("two values", "{}{}"u8.ToArray()),
        ("a comment", "{/*x*/}"u8.ToArray()),
        ("a trailing comma", "{\"reason\":\"x\",}"u8.ToArray()),
        ("not UTF-8", [.. "{\"reason\":\""u8, 0xc3, 0x28, .. "\"}"u8]),
        ("UTF-16", Encoding.Unicode.GetBytes("{\"reason\":\"x\"}")),
        ("a list", "[]"u8.ToArray()),
        ("a text", "\"x\""u8.ToArray()),
        ("a number", "1"u8.ToArray()),
        ("null", "null"u8.ToArray()),
        ("an unknown member", "{\"surprise\":1}"u8.ToArray()),
        ("a member without a name", "{\"\":1}"u8.ToArray()),
        ("a member whose name is no Unicode", "{\"\\ud800\":1}"u8.ToArray()),
        ("a member twice", "{\"reason\":\"x\",\"reason\":\"y\"}"u8.ToArray()),
        ("members twice, once escaped", "{\"reason\":\"x\",\"\\u0072eason\":\"y\"}"u8.ToArray()),
        ("nesting of 33", Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 33)) + "1" + new string('}', 33))),
        ("lists in lists", Encoding.ASCII.GetBytes(new string('[', 5000) + new string(']', 5000))),
        ("more than a megabyte", Encoding.ASCII.GetBytes("{\"surprise\":\"" + new string('x', 1024 * 1024) + "\"}")),
        ("a megabyte of members", Encoding.ASCII.GetBytes("{" + string.Join(",", Enumerable.Range(0, 60_000).Select(i => $"\"m{i}\":{i}")) + "}")),
    ];

    /// <summary>Values that no member takes.</summary>
    static readonly string[] s_values =
    [
        "\"\\ud800\"", "\"\\udc00x\"", "\"a\\u0000b\"", "\"\\u001b[31m\"", "\"\"", "\"   \"", "1e999999", "-1e-999999", "123456789012345678901234567890", "0.1",
        "true", "null", "[]", "{}", "[[[]]]", "[null]", "[{}]", "[\"\\ud800\"]", "{\"a\":{\"b\":1}}", "\"0000-00-00\"", "\"9999-12-31T23:59:59Z\"", "\"2026-02-30\"",
        "\"2026-01-01T25:61:61Z\"", "\"0001-01-01T00:00:00+23:59\"", "\"P99999999999999999999D\"", "\"-P1D\"", "\"00000000-0000-0000-0000-000000000000\"", "\"{0}\"", "\"%s%n\"",
        "\"'; drop table referrals; --\"", "\"\\uFEFF\"", "\"\\u202e\"", "\"" + new string('x', 70_000) + "\"",
    ];

    [Fact]
    public async Task Bodies_that_nobody_takes_are_problems_everywhere_and_leave_nothing()
    {
        var exchange = await StartAsync(new());
        var posts = await PostsAsync(exchange);
        var before = await RowsAsync(exchange);

        foreach (var (path, party) in posts)
        foreach (var (name, bytes) in s_hostile)
        {
            using var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new("application/json");
            var reply = await party.SendAsync(HttpMethod.Post, path, content);
            AssertProblem($"{path}: {name}", reply);
            if (bytes.Length > Call.MaxBody)
                Assert.Equal((path, 413), (path, reply.Status));
        }

        Assert.Equal(before, await RowsAsync(exchange));
    }

    [Fact]
    public async Task A_sound_body_with_any_member_gone_bad_is_a_problem_that_names_it_or_is_taken_whole()
    {
        var exchange = await StartAsync(new());
        var it = await Case.AdmitAsync(exchange);
        var random = new Random(20_261_123);
        (Party Party, string Path, JsonObject Body)[] targets =
        [
            (it.Court, "/v1/referrals", A.Referral().With("person.contact", new JsonObject { ["phone"] = "555" }).With("respondBy", A.Time(exchange.Now.AddDays(3)))),
            (it.Clinic, "/v1/consents", A.MonitoringConsent(it.Referral, exchange.Now, "attendance").With("until", "2099-01-01").With("revocable", new JsonObject { ["event"] = "final-disposition" })),
            (it.Clinic, $"/v1/referrals/{it.Id}/compliance-updates", A.Report("attendance", "missed", exchange.Now).With("summary", "x")),
            (it.Clinic, $"/v1/referrals/{it.Id}/appointments", new() { ["at"] = A.Time(exchange.Now), ["kind"] = "session" }),
            (it.Clinic, $"/v1/referrals/{it.Id}/acceptance", new() { ["identifiers"] = new JsonArray(A.Identifier()) }),
            (it.Court, $"/v1/referrals/{it.Id}/reassignment", new() { ["providerId"] = "clinica-del-valle", ["reason"] = "x" }),
            (it.Court, $"/v1/matters/{it.Matter}/final-disposition", new() { ["at"] = "2020-01-01" }),
        ];
        var before = await RowsAsync(exchange);
        foreach (var (party, path, body) in targets)
        foreach (var member in Members(body, ""))
        foreach (var value in random.GetItems(s_values, 6))
        {
            var text = Replace(body, member, value);
            var reply = await party.SendAsync(HttpMethod.Post, path, Party.Json(text));
            if (reply.Status is 200 or 201)
            {
                before = await RowsAsync(exchange);
                continue;
            }
            AssertProblem($"{path} {member} = {value[..Math.Min(value.Length, 60)]}", reply);
            Assert.Equal((text, before), (text, await RowsAsync(exchange)));
        }
    }

    [Fact]
    public async Task Bytes_at_random_are_problems_too()
    {
        var exchange = await StartAsync(new());
        var posts = await PostsAsync(exchange);
        var random = new Random(7);
        var before = await RowsAsync(exchange);

        for (var i = 0; i < 300; i++)
        {
            var (path, party) = posts[random.Next(posts.Count)];
            var bytes = Encoding.UTF8.GetBytes(A.Referral().With("surprise", i).ToJsonString());
            for (var n = random.Next(1, 8); n > 0; n--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            using var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new("application/json");
            AssertProblem($"{path}: {Convert.ToBase64String(bytes)}", await party.SendAsync(HttpMethod.Post, path, content));
        }

        Assert.Equal(before, await RowsAsync(exchange));
    }

    [Theory]
    [InlineData("application/json", 201)]
    [InlineData("application/json; charset=utf-8", 201)]
    [InlineData("text/plain", 415)]
    [InlineData("application/xml", 415)]
    [InlineData("multipart/form-data; boundary=x", 415)]
    public async Task A_body_says_that_it_is_JSON(string type, int status)
    {
        using var content = new StringContent(A.Referral().ToJsonString());
        content.Headers.Remove("Content-Type");
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        (await new Court(Exchange).SendAsync(HttpMethod.Post, "/v1/referrals", content)).Is(status);
    }

    [Fact]
    public async Task A_body_whose_length_is_not_told_is_cut_off_at_a_megabyte()
    {
        using var content = new StreamContent(new Endless(3 * 1024 * 1024));
        content.Headers.ContentType = new("application/json");

        (await new Court(Exchange).SendAsync(HttpMethod.Post, "/v1/referrals", content)).Is(413);
    }

    [Theory]
    [InlineData("GET", "/v1/referrals/x", 404)]
    [InlineData("GET", "/v1/referrals/00000000-0000-0000-0000-000000000000", 404)]
    [InlineData("GET", "/v1/referrals/%27%20or%201%3D1", 404)]
    [InlineData("GET", "/v1/referrals/%ff%fe", 404)]
    [InlineData("POST", "/v1/referrals/x/acceptance", 404)]
    [InlineData("GET", "/v1/nothing", 404)]
    [InlineData("DELETE", "/v1/referrals", 405)]
    [InlineData("PUT", "/v1/consents/x", 405)]
    public async Task An_address_that_names_nothing_is_a_problem(string method, string path, int status)
    {
        var reply = await new Clinic(Exchange).SendAsync(new(method), path, method == "POST" ? Party.Json("{}") : null);

        Assert.Equal((status, "application/problem+json"), (reply.Status, reply.Type?.MediaType));
    }

    [Fact]
    public async Task Whoever_has_no_token_is_told_so_whatever_is_asked()
    {
        var it = await Case.OpenAsync(Exchange);
        foreach (var path in new[] { $"/v1/referrals/{it.Id}", "/v1/referrals/x", "/v1/referrals?limit=0" })
        foreach (var token in new string?[] { null, "x", "eyJhbGciOiJub25lIn0.e30." })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (token is not null)
                request.Headers.Authorization = new("Bearer", token);
            using var response = await Exchange.Http.SendAsync(request);
            var reply = (await Reply.OfAsync(response)).Is(401);
            Assert.Equal("application/problem+json", reply.Type?.MediaType);
            Assert.Equal("Bearer", reply.Headers.WwwAuthenticate.ToString());
        }
    }

    [Fact]
    public async Task The_name_of_the_human_behind_a_call_is_short_and_printable()
    {
        foreach (var actor in new[] { new string('x', 201), "a\tb" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/referrals");
            request.Headers.Authorization = new("Bearer", await new Court(Exchange).TokenAsync());
            request.Headers.TryAddWithoutValidation("Interop-Actor", actor);
            using var response = await Exchange.Http.SendAsync(request);
            (await Reply.OfAsync(response)).Refuses(400, "Interop-Actor actor");
        }
    }

    static void AssertProblem(string what, Reply reply)
    {
        Assert.True(reply.Status is >= 400 and < 500, $"{what}: {reply.Status} {reply.Text}");
        Assert.Equal((what, "application/problem+json"), (what, reply.Type?.MediaType));
        Assert.Equal((what, reply.Status.ToString(CultureInfo.InvariantCulture)), (what, reply["status"]));
        Assert.StartsWith("urn:interop:problem:", reply["type"], StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", reply.Text, StringComparison.Ordinal);
        if (reply.Status is 400 or 422)
            Assert.True(reply.Json!["errors"]!.AsArray().Count > 0, $"{what}: {reply.Text}");
    }

    /// <summary>Every POST route that the server maps, with ids that are there, and a party that may call it.</summary>
    static async Task<List<(string Path, Party Party)>> PostsAsync(Exchange exchange)
    {
        var it = await Case.AdmitAsync(exchange);
        await it.MonitorAsync("attendance");
        await it.ScheduleAsync();
        var report = (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201).Id;
        var parties = DemonstrationKinds.Select(k => (k.Kind, Party: new Party(exchange, k.Organisation))).ToList();
        var routes = exchange.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("POST") is true)
            .Where(e => e.RoutePattern.RawText!.StartsWith("/v1/", StringComparison.Ordinal) && e.Metadata.GetMetadata<Need>() is not null);
        var posts = new List<(string, Party)>();
        foreach (var route in routes)
        {
            var need = route.Metadata.GetMetadata<Need>()!;
            var path = route.RoutePattern.RawText!.TrimEnd('/')
                .Replace("{uid}", report.ToString(), StringComparison.Ordinal).Replace("{aid}", it.Appointment.ToString(), StringComparison.Ordinal);
            path = path.Replace("{id}", (path.Split('/')[2] switch { "consents" => it.Monitoring, "matters" => it.Matter, "persons" => it.Person, "organisations" => "centro-esperanza", _ => (object)it.Id }).ToString(), StringComparison.Ordinal);
            var party = parties.First(p => (need.Kind?.Invoke(p.Kind) ?? true) && Scopes.For(p.Kind).Any(s => Doorkeeper.Covers(s, need.Scope))).Party;
            posts.Add((path, party));
        }
        Assert.True(posts.Count >= 18, $"Only {posts.Count} routes were found.");
        return posts;
    }

    static readonly (OrganisationKind Kind, string Organisation)[] DemonstrationKinds =
    [
        (OrganisationKind.Court, "juzgado-central"), (OrganisationKind.Provider, "centro-esperanza"), (OrganisationKind.Operator, "admin"),
        (OrganisationKind.Oversight, "contraloria"), (OrganisationKind.Statistics, "observatorio"),
    ];

    /// <summary>How many rows every table has, but the log of who asked.</summary>
    static Task<string> RowsAsync(Exchange exchange) => exchange.LookAsync(async db =>
    {
        var tables = db.Model.GetEntityTypes().Where(e => e.GetTableName() is { } name && !name.StartsWith("audit_", StringComparison.Ordinal)).Select(e => e.GetTableName()!).Distinct().Order(StringComparer.Ordinal);
        var sql = string.Join(" || ' ' || ", tables.Select(t => $"'{t}=' || (select count(*) from {t})"));
#pragma warning disable EF1002 // names from the model
        return (await db.Database.SqlQueryRaw<string>($"select {sql} as \"Value\"").ToListAsync()).Single();
#pragma warning restore EF1002
    });

    static IEnumerable<string> Members(JsonNode node, string path) => node switch
    {
        JsonObject o => o.SelectMany(m => Members(m.Value!, path.Length == 0 ? m.Key : $"{path}.{m.Key}").Prepend(path.Length == 0 ? m.Key : $"{path}.{m.Key}")),
        JsonArray { Count: > 0 } list => Members(list[0]!, $"{path}[0]").Prepend($"{path}[0]"),
        _ => [],
    };

    /// <summary>The text of the body with a raw value in the member's place, which need not be JSON that anybody could write.</summary>
    static string Replace(JsonObject body, string member, string value)
    {
        const string Mark = "\u00a7mark\u00a7";
        var copy = (JsonObject)body.DeepClone();
        var node = copy.At(member)!;
        if (node.Parent is JsonArray list)
            list[0] = Mark;
        else
            node.Parent!.AsObject()[node.GetPropertyName()] = Mark;
        return copy.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).Replace($"\"{Mark}\"", value, StringComparison.Ordinal);
    }

    /// <summary>Spaces without end, and without a length.</summary>
    sealed class Endless(long length) : Stream
    {
        long _read;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => _read; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            count = (int)Math.Min(count, length - _read);
            buffer.AsSpan(offset, count).Fill((byte)' ');
            _read += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

public sealed class BadInputOnSqlite(SqliteExchange shared) : BadInputTests(shared);

public sealed class BadInputOnPostgreSql(PostgreSqlExchange shared) : BadInputTests(shared);
