using System.Text.Json.Nodes;
using Interop.Contracts;
using Interop.Server.Tests.World;
using Interop.Tests.Contracts;

namespace Interop.Server.Tests.AsyncApi;

/// <summary>The description of the events says what is sent. It is the same on both engines.</summary>
public sealed class EventDescriptionTests(SqliteExchange shared) : ExchangeTests(shared)
{
    const string Committed = "asyncapi/interop-v1.json";

    [Fact]
    public async Task It_is_the_committed_contract()
    {
        var current = await Exchange.Http.GetStringAsync("/asyncapi/v1.json");

        Assert.True(ContractFiles.Guarded(Committed, current).TrimEnd() == current.TrimEnd(),
            $"contracts/{Committed} is not what is served. Where the change is meant and compatible, renew it with UPDATE_CONTRACTS=1 and say so in contracts/README.md.");
    }

    [Theory]
    [InlineData("webhook")]
    [InlineData("queue")]
    public async Task Every_type_of_event_is_described_on_every_channel(string channel)
    {
        var document = JsonNode.Parse(await Exchange.Http.GetStringAsync("/asyncapi/v1.json"))!;

        Assert.Equal(EventTypes.All, document["channels"]![channel]!["messages"]!.AsObject().Select(m => m.Key));
        Assert.All(EventTypes.All, type => Assert.Equal(type, document["components"]!["messages"]![type]!["payload"]!["allOf"]![1]!["properties"]!["type"]!["const"]!.ToString()));
    }

    [Fact]
    public async Task AsyncApis_own_parser_finds_nothing_wrong()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, await Exchange.Http.GetStringAsync("/asyncapi/v1.json"));
        using var run = Node.Start("asyncapi.mjs", file);
        var (said, erred) = (run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync());
        await run.WaitForExitAsync();
        File.Delete(file);

        Assert.True(run.ExitCode == 0, await said + await erred);
    }
}
