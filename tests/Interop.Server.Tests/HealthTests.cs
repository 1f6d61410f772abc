using Interop.Server.Tests.World;

namespace Interop.Server.Tests;

public abstract class HealthTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Theory]
    [InlineData("/health/live", "live")]
    [InlineData("/health/ready", "ready")]
    public async Task It_tells_anybody_how_it_is(string path, string status)
    {
        using var answer = await Exchange.Http.GetAsync(path);

        Assert.Equal(status, (await Reply.OfAsync(answer)).Is(200)["status"]);
    }

    [Fact]
    public async Task Its_front_page_leads_to_the_description_and_the_way_in()
    {
        using var answer = await Exchange.Http.GetAsync("/");
        var links = (await Reply.OfAsync(answer)).Is(200);

        Assert.Equal("/openapi/v1.json", links["openapi"]);
        Assert.Equal("/connect/token", links["token"]);
    }
}

public sealed class HealthOnSqlite(SqliteExchange shared) : HealthTests(shared);

public sealed class HealthOnPostgreSql(PostgreSqlExchange shared) : HealthTests(shared);
