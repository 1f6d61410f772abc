using System.Text;
using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Identity;

/// <summary>A client whose keys are fetched from its own address (<c>jwks_uri</c>).</summary>
public abstract class PublishedKeysTests(SharedExchange shared) : IdentityTests(shared)
{
    Task<Exchange> StartAsync() => StartAsync(new() { Settings = ["Delivery:AllowedNetworks=127.0.0.0/8"] });

    [Fact]
    public async Task A_client_may_publish_its_keys_and_they_are_fetched_once()
    {
        var exchange = await StartAsync();
        var key = ClientKey.New("RS384");
        await using var address = await KeysAddress.StartAsync(ClientKey.Set(key));
        var id = await NewClientAsync(exchange, address);
        Assert.Equal(0, address.Asked); // registering calls nobody

        for (var i = 0; i < 3; i++)
            (await AssertAsync(exchange, Assertion.Of(exchange, id, key))).Is(200);

        Assert.Equal(1, address.Asked);
    }

    [Fact]
    public async Task A_new_key_counts_at_once_and_the_one_it_replaced_no_longer()
    {
        var exchange = await StartAsync();
        var (old, fresh) = (ClientKey.New("ES384"), ClientKey.New("ES384"));
        await using var address = await KeysAddress.StartAsync(ClientKey.Set(old));
        var id = await NewClientAsync(exchange, address);
        (await AssertAsync(exchange, Assertion.Of(exchange, id, old))).Is(200);

        address.Publishes(ClientKey.Set(old, fresh));
        (await AssertAsync(exchange, Assertion.Of(exchange, id, fresh))).Is(200);
        (await AssertAsync(exchange, Assertion.Of(exchange, id, old))).Is(200); // both, while both are published
        Assert.Equal(2, address.Asked);
    }

    [Fact]
    public async Task A_key_that_is_published_no_longer_is_refused_once_the_keys_were_fetched_anew()
    {
        var exchange = await StartAsync();
        var (old, fresh) = (ClientKey.New("ES384"), ClientKey.New("ES384"));
        await using var address = await KeysAddress.StartAsync(ClientKey.Set(old));
        var id = await NewClientAsync(exchange, address);
        (await AssertAsync(exchange, Assertion.Of(exchange, id, old))).Is(200);

        address.Publishes(ClientKey.Set(fresh));
        (await AssertAsync(exchange, Assertion.Of(exchange, id, fresh))).Is(200);
        IsInvalidClient(await AssertAsync(exchange, Assertion.Of(exchange, id, old)));
    }

    [Fact]
    public async Task Keys_that_nobody_published_make_us_ask_once_and_no_more()
    {
        var exchange = await StartAsync();
        var key = ClientKey.New("ES384");
        await using var address = await KeysAddress.StartAsync(ClientKey.Set(key));
        var id = await NewClientAsync(exchange, address);
        (await AssertAsync(exchange, Assertion.Of(exchange, id, key))).Is(200);
        for (var i = 0; i < 5; i++)
            IsInvalidClient(await AssertAsync(exchange, Assertion.Of(exchange, id, key).Head("kid", $"made-up-{i}")));
        Assert.Equal(2, address.Asked);
        (await AssertAsync(exchange, Assertion.Of(exchange, id, key))).Is(200);
    }

    [Theory]
    [InlineData("an error")]
    [InlineData("no JSON")]
    [InlineData("JSON of another kind")]
    [InlineData("a redirect")]
    [InlineData("too much")]
    [InlineData("broken off")]
    public async Task An_address_that_answers_badly_proves_nothing(string answer)
    {
        var exchange = await StartAsync();
        var key = ClientKey.New("ES384");
        await using var elsewhere = await KeysAddress.StartAsync(ClientKey.Set(key));
        await using var address = await KeysAddress.StartAsync();
        address.Answer = response =>
        {
            switch (answer)
            {
                case "an error":
                    response.StatusCode = 500;
                    return Task.CompletedTask;
                case "a redirect":
                    response.Redirect(elsewhere.Uri);
                    return Task.CompletedTask;
                case "broken off":
                    response.ContentLength = 1000;
                    response.HttpContext.Abort();
                    return Task.CompletedTask;
                default:
                    return response.Body.WriteAsync(Encoding.UTF8.GetBytes(answer switch
                    {
                        "no JSON" => "<html>",
                        "JSON of another kind" => """["keys"]""",
                        _ => ClientKey.Set(key).With("padding", new string('x', 100_000)).ToJsonString(),
                    })).AsTask();
            }
        };
        var id = await NewClientAsync(exchange, address);
        IsInvalidClient(await AssertAsync(exchange, Assertion.Of(exchange, id, key)));
        Assert.Equal(0, elsewhere.Asked);
    }

    [Fact]
    public async Task An_address_inside_our_own_network_is_never_called()
    {
        var exchange = await StartAsync(new() { Settings = ["Delivery:AllowedNetworks=10.0.0.0/8"] });
        var key = ClientKey.New("ES384");
        await using var address = await KeysAddress.StartAsync(ClientKey.Set(key));
        var id = await NewClientAsync(exchange, address);
        IsInvalidClient(await AssertAsync(exchange, Assertion.Of(exchange, id, key)));
        Assert.Equal(0, address.Asked);
    }

    static async Task<string> NewClientAsync(Exchange exchange, KeysAddress address)
    {
        var id = A.Unique("client");
        (await new Party(exchange, "admin").PostAsync("/v1/clients", new JsonObject { ["clientId"] = id, ["organisation"] = "centro-esperanza", ["jwksUri"] = address.Uri })).Is(201);
        return id;
    }
}

public sealed class PublishedKeysOnSqlite(SqliteExchange shared) : PublishedKeysTests(shared);

public sealed class PublishedKeysOnPostgreSql(PostgreSqlExchange shared) : PublishedKeysTests(shared);
