using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Delivery;

/// <summary>By <c>amqps</c> to a broker whose certificate a private authority signed, as an operator has it: the program, its log and its doctor.</summary>
public sealed class AmqpTlsTests(OwnBroker own)
{
    [Fact]
    public async Task A_broker_whose_certificate_is_trusted_is_sent_to_by_TLS()
    {
        using var turn = await own.TakeAsync();
        await using var installation = await InstallAsync(own.TlsUrl, trusts: true);
        await using var server = await installation.ServeAsync("--demo");
        var (door, court) = (new Door(server.Http), "juzgado-central");
        var subscription = (await door.PostAsync(court, "/v1/subscriptions", new() { ["channel"] = "amqp", ["events"] = new JsonArray("*") })).Is(201);
        await using var reader = new QueueReader(own.TlsUrl, subscription["queue"]!, own.Authority);
        var test = (await door.PostAsync(court, $"/v1/subscriptions/{subscription.Id}/test", [])).Is(202);
        await reader.HasAsync(Guid.Parse(test["eventId"]!));
        Assert.Equal(("ready", "up"), await BrokerOutageTests.ReadyAsync(server.Http));
        Assert.Contains("its certificate is trusted", (await installation.RunAsync("doctor")).Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost", false, "its certificate is not trusted here")]
    [InlineData("127.0.0.1", true, "its certificate is not for 127.0.0.1")]
    public async Task One_that_does_not_prove_itself_is_sent_nothing_and_log_and_doctor_say_why(string host, bool trusts, string why)
    {
        using var turn = await own.TakeAsync();
        await using var installation = await InstallAsync(own.TlsUrl.Replace("localhost", host, StringComparison.Ordinal), trusts);
        await using var server = await installation.ServeAsync("--demo");
        Assert.Contains("Events by AMQP wait.", await server.SaysAsync(why), StringComparison.Ordinal);
        Assert.Equal(("ready", "down"), await BrokerOutageTests.ReadyAsync(server.Http)); // everything else is served
        var (exit, said) = await installation.RunAsync("doctor");
        Assert.Equal(1, exit);
        var line = Assert.Single(said.Split('\n'), l => l.Contains("broker-certificate", StringComparison.Ordinal));
        Assert.Contains(why, line, StringComparison.Ordinal);
        Assert.Contains("SSL_CERT_FILE", said, StringComparison.Ordinal);
    }

    async Task<Installation> InstallAsync(string broker, bool trusts)
    {
        var installation = await Installation.NewAsync(new SqliteStorage());
        installation.Environment["ConnectionStrings__Broker"] = broker;
        if (trusts)
            installation.Environment["SSL_CERT_FILE"] = own.Authority;
        return installation;
    }
}
