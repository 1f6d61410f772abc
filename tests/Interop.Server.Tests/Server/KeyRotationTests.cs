using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Contracts;
using Interop.Delivery;
using Interop.Platform;
using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.Server;

/// <summary>Keys change while the exchange runs: what was signed and sealed before still counts.</summary>
public abstract class KeyRotationTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Webhooks_are_signed_with_their_secrets_as_before_when_the_key_that_seals_them_has_changed()
    {
        await using var partner = new Partner();
        await partner.StartAsync();
        var exchange = await StartAsync(new());
        var it = await Case.OpenAsync(exchange);
        var subscription = (await it.Court.PostAsync("/v1/subscriptions", new JsonObject { ["channel"] = "webhook", ["url"] = partner.Url + "/court", ["events"] = new JsonArray("*"), ["payload"] = "id-only" })).Is(201);
        var rotated = (await it.Court.PostAsync($"/v1/subscriptions/{subscription.Id}/rotation")).Is(200);
        var etag = (await it.Court.GetAsync($"/v1/subscriptions/{subscription.Id}")).Is(200).ETag;

        await RotateWrappingAsync(exchange, ("3 of 3 secrets sealed anew", 0));

        await it.ConsentAsync();
        await exchange.RunAsync<Relay>();
        await exchange.RunAsync<Dispatcher>();
        Assert.NotEmpty(partner.Received);
        foreach (var secret in (string[])[subscription["secret"]!, rotated["secret"]!])
            Assert.All(partner.Received, r => Assert.Equal(WebhookVerdict.Valid, r.Verify(secret, exchange.Now)));
        Assert.Equal(etag, (await it.Court.GetAsync($"/v1/subscriptions/{subscription.Id}")).Is(200).ETag);
        Assert.Equal("{\"secrets\":3}", JsonNode.Parse(await exchange.LookAsync(db => db.AuditEntries.Where(e => e.Operation == "keys.reseal").Select(e => e.Canonical).SingleAsync()))!["details"]!.ToJsonString());
    }

    /// <summary>Where the key folder reaches the nodes one after another, a new key waits for the last.</summary>
    [Fact]
    public async Task A_key_that_is_to_seal_later_seals_later()
    {
        var exchange = await StartAsync(new());
        await using var installation = Installation.Of(exchange);
        var box = exchange.Services.GetRequiredService<SecretBox>();
        var before = SecretBox.IdOf(box.Seal("secret", "of"));
        var (exit, said) = await installation.RunAsync("keys", "rotate", "wrapping", "--in", "00:10:00");
        Assert.True(exit == 0, said);
        Assert.Equal(before, SecretBox.IdOf(box.Seal("secret", "of")));
        Assert.Contains("seals from", (await installation.RunAsync("keys", "list")).Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_was_replaced_goes_when_nothing_is_under_it_and_not_before()
    {
        var exchange = await StartAsync(new());
        var court = new Court(exchange);
        var box = exchange.Services.GetRequiredService<SecretBox>();
        await court.PostAsync("/v1/subscriptions", new JsonObject { ["channel"] = "webhook", ["url"] = "http://127.0.0.1:9/court", ["events"] = new JsonArray("*"), ["payload"] = "id-only" });
        await File.WriteAllBytesAsync(Path.Combine(exchange.Keys, KeyFolder.NameOf("wrapping", exchange.Now.AddHours(-2), ".key")), SecretBox.NewKey());
        await using var installation = Installation.Of(exchange);
        var stopped = await StopIfEmbeddedAsync(exchange);

        Assert.Contains("1 secrets sealed anew. Run this again", (await installation.RunAsync("keys", "prune")).Said, StringComparison.Ordinal);
        Assert.Contains("wrapping.key", Files(exchange));
        Assert.Contains("removed wrapping.key", (await installation.RunAsync("keys", "prune")).Said, StringComparison.Ordinal);
        Assert.DoesNotContain("wrapping.key", Files(exchange));

        await stopped();
        var secret = await exchange.LookAsync(db => db.Subscriptions.AsNoTracking().SingleAsync());
        Assert.StartsWith("whsec_", exchange.Services.GetRequiredService<SubscriptionSecrets>().Signing(secret, exchange.Now).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_signing_key_is_published_at_once_signs_from_its_time_on_and_no_token_is_lost()
    {
        var exchange = await StartAsync(new());
        await using var installation = Installation.Of(exchange);
        var old = await new Court(exchange).TokenAsync();
        var before = await KidsAsync(exchange);
        Assert.Equal(0, (await installation.RunAsync("keys", "rotate", "signing", "--in", "00:10:00")).Exit);
        await UntilAsync(async () => (await KidsAsync(exchange)).Count == 2);
        Assert.Equal(Kid(old), Kid(await new Court(exchange).TokenAsync()));

        Assert.Equal(0, (await installation.RunAsync("keys", "rotate", "signing", "--in", "00:00:00")).Exit);
        await UntilAsync(async () => Kid(await new Court(exchange).TokenAsync()) is var kid && kid != Kid(old) && !before.Contains(kid));
        Assert.Equal(3, (await KidsAsync(exchange)).Count);
        (await new Court(exchange).GetAsync("/v1/referrals")).Is(200);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/referrals") { Headers = { Authorization = new("Bearer", old) } };
        using var answer = await exchange.Http.SendAsync(request);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_file_that_is_no_key_does_not_disturb_who_runs_with_those_that_are()
    {
        var exchange = await StartAsync(new());
        (await new Court(exchange).GetAsync("/v1/referrals")).Is(200);
        await File.WriteAllTextAsync(Path.Combine(exchange.Keys, "signing-0002.pem"), "no key");
        exchange.Services.GetRequiredService<Interop.Identity.SigningKeyWatch>().Look();
        (await new Court(exchange).GetAsync("/v1/referrals")).Is(200);
    }

    static async Task RotateWrappingAsync(Exchange exchange, (string Said, int Exit) expected)
    {
        await using var installation = Installation.Of(exchange);
        var again = await StopIfEmbeddedAsync(exchange);
        var (exit, said) = await installation.RunAsync("keys", "rotate", "wrapping");
        await again();
        Assert.True(exit == expected.Exit, said);
        Assert.Contains(expected.Said, said, StringComparison.Ordinal);
    }

    /// <summary>The embedded database is one process's: the others go on running.</summary>
    static async Task<Func<Task>> StopIfEmbeddedAsync(Exchange exchange)
    {
        if (exchange.Storage is not SqliteStorage)
            return () => Task.CompletedTask;
        await exchange.StopAsync();
        return exchange.StartAgainAsync;
    }

    static IEnumerable<string> Files(Exchange exchange) => System.IO.Directory.GetFiles(exchange.Keys).Select(f => Path.GetFileName(f)!);

    static string Kid(string token) => JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[0]))!["kid"]!.ToString();

    static async Task<IReadOnlyList<string>> KidsAsync(Exchange exchange) =>
        [.. JsonNode.Parse(await exchange.Http.GetStringAsync("/.well-known/jwks"))!["keys"]!.AsArray().Select(k => k!["kid"]!.ToString())];

    static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition())
            await Task.Delay(100, deadline.Token);
    }
}

public sealed class KeyRotationOnSqlite(SqliteExchange shared) : KeyRotationTests(shared);

public sealed class KeyRotationOnPostgreSql(PostgreSqlExchange shared) : KeyRotationTests(shared);

/// <summary>The boxes and the folder themselves.</summary>
public sealed class SecretBoxTests : IDisposable
{
    readonly string _folder = System.IO.Directory.CreateTempSubdirectory("interop-keys-").FullName;

    public void Dispose() => System.IO.Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_box_from_before_boxes_named_their_key_opens_as_ever()
    {
        var key = SecretBox.NewKey();
        File.WriteAllBytes(Path.Combine(_folder, "wrapping.key"), key);
        var (plain, context) = (Encoding.UTF8.GetBytes("whsec_old"), Encoding.UTF8.GetBytes("subscription"));
        var box = new byte[12 + 16 + plain.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, 12));
        using (var aes = new AesGcm(key, 16))
            aes.Encrypt(box.AsSpan(0, 12), plain, box.AsSpan(28), box.AsSpan(12, 16), context);

        Assert.Equal("whsec_old", NewBox().Open(box, "subscription"));
        File.WriteAllBytes(Path.Combine(_folder, KeyFolder.NameOf("wrapping", TimeProvider.System.GetUtcNow(), ".key")), SecretBox.NewKey());
        Assert.Equal("whsec_old", NewBox().Open(box, "subscription"));
        Assert.Equal("whsec_old", NewBox().Open(NewBox().SealAnew(box, "subscription"), "subscription"));
        Assert.Throws<AuthenticationTagMismatchException>(() => NewBox().Open(box, "another"));
    }

    [Fact]
    public void A_node_that_lacks_the_key_of_a_box_looks_into_the_folder_again()
    {
        var (node, other) = (NewBox(), NewBox());
        var first = node.Seal("first", "it");
        File.WriteAllBytes(Path.Combine(_folder, KeyFolder.NameOf("wrapping", TimeProvider.System.GetUtcNow(), ".key")), SecretBox.NewKey());
        var second = other.Seal("second", "it");
        Assert.NotEqual(SecretBox.IdOf(first), SecretBox.IdOf(second));
        Assert.Equal("second", node.Open(second, "it"));
        Assert.Equal("first", node.Open(first, "it"));
        Assert.Equal(SecretBox.IdOf(second), SecretBox.IdOf(node.Seal("third", "it")));
    }

    [Fact]
    public void A_box_whose_key_is_gone_says_which_it_was()
    {
        var box = NewBox().Seal("secret", "it");
        File.Move(Path.Combine(_folder, "wrapping.key"), Path.Combine(_folder, "away"));
        var e = Assert.Throws<CryptographicException>(() => NewBox().Open(box, "it"));
        Assert.Contains(SecretBox.IdOf(box)!, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_can_be_made_before_the_first_start_and_are_then_used()
    {
        await using var installation = await Installation.NewAsync(new SqliteStorage());
        var (exit, said) = await installation.RunAsync("keys", "init");
        Assert.True(exit == 0, said);
        var made = System.IO.Directory.GetFiles(installation.Keys).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["audit-signing.key", "encryption.key", "signing-0001.pem", "wrapping.key"], made);
        Assert.False(System.IO.Directory.Exists(installation.Data));
        Assert.Equal(0, (await installation.RunAsync("keys", "init")).Exit);
        await using (var serving = await installation.ServeAsync())
            (await serving.Http.GetAsync("/.well-known/jwks")).EnsureSuccessStatusCode();
        Assert.Equal(made, System.IO.Directory.GetFiles(installation.Keys).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("keys", "rotate")]
    [InlineData("keys", "rotate", "signing", "--in", "soon")]
    [InlineData("keys", "rotate", "signing", "--in", "-00:01:00")]
    public async Task What_it_does_not_understand_it_does_not_do(params string[] command)
    {
        await using var installation = await Installation.NewAsync(new SqliteStorage());
        Assert.Equal(2, (await installation.RunAsync(command)).Exit);
        Assert.False(System.IO.Directory.Exists(installation.Keys));
    }

    SecretBox NewBox() => new(
        new KeyFolder(new Microsoft.Extensions.Configuration.ConfigurationManager { ["INTEROP_KEYS"] = _folder }, new DataFolder(_folder)),
        new Clock(TimeProvider.System));
}
