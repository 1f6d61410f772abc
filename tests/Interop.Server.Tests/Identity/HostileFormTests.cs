using System.Net.Http.Headers;
using System.Text;
using Interop.Audit;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Identity;

/// <summary>Whatever is posted to the authorization server is answered by an OAuth error, never by a failure of ours; and failures are counted and recorded.</summary>
public abstract class HostileFormTests(SharedExchange shared) : IdentityTests(shared)
{
    const string Form = "application/x-www-form-urlencoded";

    public static TheoryData<string, string, string> Bodies => new()
    {
        { "empty", Form, "" },
        { "no grant", Form, "client_id=juzgado-x" },
        { "JSON", "application/json", """{"grant_type":"client_credentials"}""" },
        { "XML", "application/xml", "<grant/>" },
        { "no form at all", "text/plain", "grant_type=client_credentials" },
        { "a charset that is none", Form + "; charset=klingon", "grant_type=client_credentials&client_id=juzgado-x&client_secret=x" },
        { "UTF-16", Form + "; charset=utf-16", "grant_type=client_credentials&client_id=juzgado-x&client_secret=x" },
        { "broken multipart", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nclient_cre" },
        { "multipart without boundary", "multipart/form-data", "--x" },
        { "broken escapes", Form, "grant_type=client_credentials&client_id=%zz%&client_secret=%" },
        { "NUL", Form, "grant_type=client_credentials&client_id=a%00b&client_secret=a%00b" },
        { "bytes that are no text", Form, "grant_type=client_credentials&client_id=%ff%fe&client_secret=%c3%28" },
        { "a lone surrogate", Form, "grant_type=client_credentials&client_id=%ed%a0%80&client_secret=x" },
        { "two client ids", Form, "grant_type=client_credentials&client_id=juzgado-x&client_id=juzgado-y&client_secret=x" },
        { "two secrets", Form, "grant_type=client_credentials&client_id=juzgado-x&client_secret=x&client_secret=y" },
        { "secret and assertion", Form, $"grant_type=client_credentials&client_id=juzgado-x&client_secret=x&client_assertion=a.b.c&client_assertion_type={AssertionType}" },
        { "an assertion without type", Form, "grant_type=client_credentials&client_assertion=a.b.c" },
        { "a type without assertion", Form, $"grant_type=client_credentials&client_assertion_type={AssertionType}" },
        { "another type", Form, "grant_type=client_credentials&client_assertion_type=saml&client_assertion=a.b.c" },
        { "three parts of nothing", Form, $"grant_type=client_credentials&client_assertion_type={AssertionType}&client_assertion=.." },
        { "five parts", Form, $"grant_type=client_credentials&client_assertion_type={AssertionType}&client_assertion=a.b.c.d.e" },
        { "no base64", Form, $"grant_type=client_credentials&client_assertion_type={AssertionType}&client_assertion=%21.%22.%23" },
        { "a header that is a list", Form, $"grant_type=client_credentials&client_assertion_type={AssertionType}&client_assertion=W10.W10.AA" },
        { "claims that are no object", Form, $"grant_type=client_credentials&client_assertion_type={AssertionType}&client_assertion=eyJhbGciOiJFUzM4NCJ9.MQ.AA" },
        { "numbers beyond any", Form, $"grant_type=client_credentials&client_assertion_type={AssertionType}&client_assertion=eyJhbGciOiJFUzM4NCJ9.eyJpc3MiOiJ4Iiwic3ViIjoieCIsImV4cCI6MWUzMDksIm5iZiI6LTFlMzA5fQ.AA" },
        { "a long scope", Form, "grant_type=client_credentials&client_id=juzgado-x&client_secret=x&scope=" + new string('s', 60_000) },
        { "more than fits", Form, "grant_type=client_credentials&client_id=juzgado-x&client_secret=" + new string('s', 70_000) },
        { "more fields than fit", Form, string.Join('&', Enumerable.Range(0, 2000).Select(i => $"f{i}=1")) },
        { "a long name", Form, new string('n', 5_000) + "=1&grant_type=client_credentials" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_form_that_is_none_is_refused(string what, string type, string body)
    {
        foreach (var path in new[] { "/connect/token", "/connect/introspect", "/connect/revocation" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var response = await Exchange.Http.SendAsync(request);
            var reply = await Reply.OfAsync(response);
            Assert.True(reply.Status is >= 400 and < 500, $"{what} at {path}: {reply.Status} {reply.Text}");
            Assert.False(string.IsNullOrEmpty(reply["error"]), $"{what} at {path}: {reply.Text}");
            Assert.DoesNotContain("   at ", reply.Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Basic")]
    [InlineData("Basic ")]
    [InlineData("Basic !!!")]
    [InlineData("Basic Og==")]
    [InlineData("Basic bm9jb2xvbg==")]
    [InlineData("Basic /v8=")]
    [InlineData("Basic AAA6AAA=")]
    [InlineData("Basic JXp6OiV6eg==")]
    [InlineData("Bearer x")]
    [InlineData("Negotiate x")]
    public async Task A_header_that_proves_nothing_is_refused(string header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = new FormUrlEncodedContent(Grant(null)) };
        request.Headers.TryAddWithoutValidation("Authorization", header);
        using var response = await Exchange.Http.SendAsync(request);
        var reply = await Reply.OfAsync(response);
        Assert.True(reply.Status is 400 or 401, $"{reply.Status} {reply.Text}");
        Assert.Null(reply["access_token"]);
    }

    [Fact]
    public async Task A_form_without_length_that_does_not_end_in_time_is_cut_at_its_bound()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = new StreamContent(new MemoryStream(new byte[300_000])) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(Form);
        request.Headers.TransferEncodingChunked = true;
        using var response = await Exchange.Http.SendAsync(request);
        Assert.InRange((int)response.StatusCode, 400, 499);
    }

    [Fact]
    public async Task The_tokens_are_had_by_post_alone()
    {
        using var get = await Exchange.Http.GetAsync("/connect/token?grant_type=client_credentials&client_id=juzgado-central&client_secret=juzgado-central-secret");
        Assert.InRange((int)get.StatusCode, 400, 499);
        Assert.DoesNotContain("access_token", await get.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_ten_failures_a_client_waits_and_others_do_not()
    {
        var (client, secret) = await NewClientAsync(Exchange);
        var (other, others) = await NewClientAsync(Exchange);
        for (var i = 0; i < 10; i++)
            IsInvalidClient(await TokenAsync(client, $"guess-{i}"));
        var locked = (await TokenAsync(client, secret)).Is(429);
        Assert.InRange(locked.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        (await TokenAsync(other, others)).Is(200);
    }

    [Fact]
    public async Task Asking_too_often_for_what_one_may_not_have_locks_nobody_out()
    {
        var (client, secret) = await NewClientAsync(Exchange);
        for (var i = 0; i < 12; i++)
            (await TokenAsync(client, secret, "admin")).Is(400);
        (await TokenAsync(client, secret)).Is(200);
    }

    [Fact]
    public async Task A_failed_authentication_is_an_entry_of_the_log()
    {
        var (client, secret) = await NewClientAsync(Exchange);
        (await TokenAsync(client, secret)).Is(200);
        IsInvalidClient(await TokenAsync(client, "wrong"));

        var entries = (await new Party(Exchange, "contraloria").GetAsync($"/v1/audit/entries?operation=client.authenticate&resource={client}")).Is(200).Items;

        var entry = Assert.Single(entries);
        Assert.Equal(("centro-esperanza", client, "refused", "Client", client),
            (entry["organisation"]!.ToString(), entry["client"]!.ToString(), entry["outcome"]!.ToString(), entry["resourceType"]!.ToString(), entry["resourceId"]!.ToString()));
        Assert.Contains("invalid_client", entry["canonical"]!.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", entry["canonical"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guessing_at_clients_that_do_not_exist_writes_nothing()
    {
        var nobody = A.Unique("nobody");
        IsInvalidClient(await TokenAsync(nobody, "x"));
        Assert.Equal(0, await Exchange.LookAsync(db => db.AuditEntries.CountAsync(e => e.Client == nobody || e.ResourceId == nobody)));
    }
}

public sealed class HostileFormOnSqlite(SqliteExchange shared) : HostileFormTests(shared);

public sealed class HostileFormOnPostgreSql(PostgreSqlExchange shared) : HostileFormTests(shared);
