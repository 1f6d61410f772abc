using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Identity;

/// <summary>What ends a token before its time: disablement, rotation, revocation. And what introspection says of it.</summary>
public abstract class CutOffTests(SharedExchange shared) : IdentityTests(shared)
{
    Party Admin => field ??= new(Exchange, "admin");

    [Fact]
    public async Task A_disabled_client_is_cut_off_for_good()
    {
        var (client, secret) = await NewClientAsync(Exchange);
        var token = (await TokenAsync(client, secret)).Is(200)["access_token"]!;
        (await UseAsync(Exchange, token)).Is(200);

        Assert.NotNull((await Admin.PostAsync($"/v1/clients/{client}/disablement")).Is(200)["disabledAt"]);

        await UntilAsync(401, () => UseAsync(Exchange, token));
        await UntilAsync(401, () => UseAsync(Exchange, token, "/fhir/Task"));
        IsInvalidClient(await TokenAsync(client, secret));
        (await Admin.PostAsync($"/v1/clients/{client}/disablement")).Is(200);
        (await Admin.PostAsync($"/v1/clients/{client}/rotation")).Refuses(409, " client.disabled");
    }

    [Fact]
    public async Task A_rotated_secret_and_its_tokens_are_cut_off_and_the_new_one_works()
    {
        var (client, secret) = await NewClientAsync(Exchange);
        var token = (await TokenAsync(client, secret)).Is(200)["access_token"]!;

        var rotated = (await Admin.PostAsync($"/v1/clients/{client}/rotation", null, ("Idempotency-Key", A.Unique("key")))).Is(200);

        await UntilAsync(401, () => UseAsync(Exchange, token));
        IsInvalidClient(await TokenAsync(client, secret));
        var fresh = (await TokenAsync(client, rotated["secret"]!)).Is(200)["access_token"]!;
        (await UseAsync(Exchange, fresh)).Is(200);
        Assert.Null((await Admin.GetAsync($"/v1/clients/{client}")).Is(200)["secret"]);
    }

    [Fact]
    public async Task A_secret_is_shown_once_even_if_the_request_is_repeated()
    {
        var id = A.Unique("client");
        var body = new JsonObject { ["clientId"] = id, ["organisation"] = "centro-esperanza" };
        var key = A.Unique("key");
        var first = (await Admin.PostAsync("/v1/clients", body, ("Idempotency-Key", key))).Is(201);
        var again = (await Admin.PostAsync("/v1/clients", body, ("Idempotency-Key", key))).Is(201);
        Assert.NotNull(first["secret"]);
        Assert.Null(again["secret"]);
        (await TokenAsync(id, first["secret"]!)).Is(200);
    }

    [Fact]
    public async Task Rotation_to_keys_ends_the_secret_and_rotation_to_a_secret_ends_the_keys()
    {
        var (client, secret) = await NewClientAsync(Exchange);
        var key = ClientKey.New("ES384");
        (await Admin.PostAsync($"/v1/clients/{client}/rotation", new JsonObject { ["jwks"] = ClientKey.Set(key) })).Is(200);
        IsInvalidClient(await TokenAsync(client, secret));
        var token = (await AssertAsync(Exchange, Assertion.Of(Exchange, client, key))).Is(200)["access_token"]!;

        var back = (await Admin.PostAsync($"/v1/clients/{client}/rotation")).Is(200)["secret"]!;
        IsInvalidClient(await AssertAsync(Exchange, Assertion.Of(Exchange, client, key)));
        await UntilAsync(401, () => UseAsync(Exchange, token));
        (await TokenAsync(client, back)).Is(200);
    }

    [Fact]
    public async Task Rotation_holds_If_Match_against_the_epoch()
    {
        var (client, secret) = await NewClientAsync(Exchange);
        var etag = (await Admin.GetAsync($"/v1/clients/{client}")).Is(200).ETag!;
        var rotated = (await Admin.PostAsync($"/v1/clients/{client}/rotation", null, ("If-Match", etag))).Is(200);
        Assert.NotEqual(etag, rotated.ETag);
        (await Admin.PostAsync($"/v1/clients/{client}/rotation", null, ("If-Match", etag))).Is(412);
        (await Admin.PostAsync($"/v1/clients/{client}/disablement", null, ("If-Match", etag))).Is(412);
        (await TokenAsync(client, rotated["secret"]!)).Is(200);
        IsInvalidClient(await TokenAsync(client, secret));
    }

    [Fact]
    public async Task A_revoked_token_opens_nothing_and_the_others_of_its_client_go_on()
    {
        var (client, secret) = await NewClientAsync(Exchange);
        var (one, other) = ((await TokenAsync(client, secret)).Is(200)["access_token"]!, (await TokenAsync(client, secret)).Is(200)["access_token"]!);

        (await AskAsync("/connect/revocation", one, client, secret)).Is(200);

        await UntilAsync(401, () => UseAsync(Exchange, one));
        (await UseAsync(Exchange, other)).Is(200);
        Assert.Equal("false", (await AskAsync("/connect/introspect", one, client, secret)).Is(200)["active"]);
        (await AskAsync("/connect/revocation", one, client, secret)).Is(200); // RFC 7009: what is gone already is gone
    }

    [Fact]
    public async Task Nobody_revokes_or_introspects_the_token_of_another()
    {
        var (client, secret) = await NewClientAsync(Exchange);
        var (other, others) = await NewClientAsync(Exchange, "juzgado-central");
        var token = (await TokenAsync(client, secret)).Is(200)["access_token"]!;

        await AskAsync("/connect/revocation", token, other, others);
        var seen = await AskAsync("/connect/introspect", token, other, others);

        Assert.NotEqual("true", seen["active"]);
        Assert.Null(seen["scope"]);
        (await UseAsync(Exchange, token)).Is(200);
        IsInvalidClient(await AskAsync("/connect/introspect", token, client, "wrong"));
        (await UseAsync(Exchange, token)).Is(200);
    }

    [Fact]
    public async Task Introspection_tells_a_client_what_its_token_says()
    {
        var (client, secret) = await NewClientAsync(Exchange);
        var token = (await TokenAsync(client, secret, "system/Task.r referrals:read")).Is(200)["access_token"]!;

        var seen = (await AskAsync("/connect/introspect", token, client, secret)).Is(200);

        Assert.Equal(("true", client, "centro-esperanza", "provider"), (seen["active"], seen["client_id"], seen["org"], seen["org_kind"]));
        Assert.Equal("referrals:read system/Task.r", string.Join(' ', seen["scope"]!.Split(' ').Order(StringComparer.Ordinal)));
        foreach (var none in new[] { "x", "a.b.c", token + "x", token[..^5] })
            Assert.Equal("false", (await AskAsync("/connect/introspect", none, client, secret)).Is(200)["active"]);
        (await Admin.PostAsync($"/v1/clients/{client}/rotation", new JsonObject())).Is(200);
    }

    Task<Reply> AskAsync(string path, string token, string client, string secret) =>
        FormAsync(Exchange, path, new() { ["token"] = token, ["client_id"] = client, ["client_secret"] = secret });
}

public sealed class CutOffOnSqlite(SqliteExchange shared) : CutOffTests(shared);

public sealed class CutOffOnPostgreSql(PostgreSqlExchange shared) : CutOffTests(shared)
{
    [Fact]
    public async Task What_one_server_ends_the_other_refuses_within_a_second()
    {
        var first = await StartAsync(new());
        var second = await StartAsync(new() { Beside = first });
        var (client, secret) = await NewClientAsync(first);
        var admin = new Party(first, "admin");
        var token = (await TokenAsync(first, client, secret)).Is(200)["access_token"]!;
        (await UseAsync(second, token)).Is(200);

        var rotated = (await admin.PostAsync($"/v1/clients/{client}/rotation")).Is(200)["secret"]!;
        await UntilAsync(401, () => UseAsync(second, token));

        var fresh = (await TokenAsync(first, client, rotated)).Is(200)["access_token"]!;
        (await UseAsync(second, fresh)).Is(200); // at once, though the other has not heard of that epoch
        (await FormAsync(first, "/connect/revocation", new() { ["token"] = fresh, ["client_id"] = client, ["client_secret"] = rotated })).Is(200);
        await UntilAsync(401, () => UseAsync(second, fresh));

        var last = (await TokenAsync(second, client, rotated)).Is(200)["access_token"]!;
        (await UseAsync(second, last)).Is(200);
        (await admin.PostAsync($"/v1/clients/{client}/disablement")).Is(200);
        await UntilAsync(401, () => UseAsync(second, last));
        IsInvalidClient(await TokenAsync(second, client, rotated));
    }
}
