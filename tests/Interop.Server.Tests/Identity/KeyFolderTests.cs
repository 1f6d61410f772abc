using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Identity;

/// <summary>The exchange's own keys: outside the database, readable by its process alone, and still there after a restart.</summary>
public abstract class KeyFolderTests(SharedExchange shared) : IdentityTests(shared)
{
    [Fact]
    public async Task Keys_are_files_that_only_the_process_may_read()
    {
        var exchange = await StartAsync(new());
        (await TokenAsync(exchange, "juzgado-central", "juzgado-central-secret")).Is(200);
        var files = System.IO.Directory.GetFiles(exchange.Keys);
        Assert.Contains(files, f => Path.GetFileName(f).StartsWith("signing-", StringComparison.Ordinal));
        if (OperatingSystem.IsWindows())
            return; // file modes are Unix's
        foreach (var file in files)
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(exchange.Keys));
    }

    [Fact]
    public async Task What_was_issued_before_a_restart_holds_after_it()
    {
        var exchange = await StartAsync(new() { Settings = ["Identity:Issuer=https://exchange.example"] });
        var key = ClientKey.New("ES384");
        var id = await NewClientAsync(exchange, key);
        var assertion = Assertion.Of(exchange, id, key).Claim("aud", "https://exchange.example/").ToString();
        var token = (await AssertAsync(exchange, assertion)).Is(200)["access_token"]!;
        var (revoked, secret) = await NewClientAsync(exchange);
        var gone = (await TokenAsync(exchange, revoked, secret)).Is(200)["access_token"]!;
        (await FormAsync(exchange, "/connect/revocation", new() { ["token"] = gone, ["client_id"] = revoked, ["client_secret"] = secret })).Is(200);
        var keys = await KeysAsync(exchange);

        await exchange.RestartAsync();

        Assert.Equal(keys, await KeysAsync(exchange));
        (await UseAsync(exchange, token)).Is(200);
        (await UseAsync(exchange, gone)).Is(401);
        IsInvalidClient(await AssertAsync(exchange, assertion)); // used before, and that is not forgotten
        (await TokenAsync(exchange, revoked, secret)).Is(200);
    }

    [Fact]
    public async Task A_key_that_is_added_signs_from_then_on_and_the_old_one_still_verifies()
    {
        var exchange = await StartAsync(new() { Settings = ["Identity:Issuer=https://exchange.example"] });
        var old = (await TokenAsync(exchange, "juzgado-central", "juzgado-central-secret")).Is(200)["access_token"]!;
        var before = await KeysAsync(exchange);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        await File.WriteAllTextAsync(Path.Combine(exchange.Keys, "signing-0002.pem"), key.ExportPkcs8PrivateKeyPem());
        await exchange.RestartAsync();

        var after = await KeysAsync(exchange);
        var added = Assert.Single(after.Except(before));
        Assert.Equal(2, after.Count);
        var token = (await TokenAsync(exchange, "juzgado-central", "juzgado-central-secret")).Is(200)["access_token"]!;
        Assert.Equal(added, JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[0]))!["kid"]!.ToString());
        (await UseAsync(exchange, token)).Is(200);
        (await UseAsync(exchange, old)).Is(200);
    }

    [Fact]
    public async Task What_is_no_key_yet_does_not_keep_one_from_being_made()
    {
        var exchange = await StartAsync(new());
        System.IO.Directory.CreateDirectory(exchange.Keys);
        // As another node leaves it that makes one at this moment, or that was killed while it did.
        await File.WriteAllTextAsync(Path.Combine(exchange.Keys, "signing-0001.pem.0123456789abcdef"), "-----BEGIN PRIV");
        await File.WriteAllTextAsync(Path.Combine(exchange.Keys, ".signing-0001.pem.0123456789abcdef"), "-----BEGIN PRIV");
        (await TokenAsync(exchange, "juzgado-central", "juzgado-central-secret")).Is(200);
    }

    [Fact]
    public async Task Clients_that_others_wrote_get_along_with_the_authorization_server() => await Node.HoldsAsync("openid-client.mjs", await StartAsync(new()));

    static async Task<IReadOnlyList<string>> KeysAsync(Exchange exchange) =>
        [.. JsonNode.Parse(await exchange.Http.GetStringAsync("/.well-known/jwks"))!["keys"]!.AsArray().Select(k => k!["kid"]!.ToString()).Order(StringComparer.Ordinal)];
}

public sealed class KeyFolderOnSqlite(SqliteExchange shared) : KeyFolderTests(shared);

public sealed class KeyFolderOnPostgreSql(PostgreSqlExchange shared) : KeyFolderTests(shared);
