using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Interop.Server.Tests.World;

/// <summary>A broker, past every door of the exchange.</summary>
public static class Rabbit
{
    /// <summary>The one that all tests share. Who stops or fills a broker takes an <see cref="OwnBroker"/>.</summary>
    public static string Url
    {
        get
        {
            var url = Environment.GetEnvironmentVariable("INTEROP_TEST_BROKER");
            Assert.SkipWhen(string.IsNullOrEmpty(url), "No RabbitMQ: set INTEROP_TEST_BROKER, or run tests/run, which starts one.");
            return url!;
        }
    }

    public static async Task<T> AtAsync<T>(string url, Func<IChannel, Task<T>> act)
    {
        await using var connection = await new ConnectionFactory { Uri = new(url) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        return await act(channel);
    }

    /// <summary>What the broker answers to something that it refuses: 403, 404, 406.</summary>
    public static async Task<int> RefusedAsync(string url, Func<IChannel, Task> act)
    {
        try
        {
            await AtAsync(url, async channel =>
            {
                await act(channel);
                return 0;
            });
            return 0;
        }
        catch (OperationInterruptedException e)
        {
            return e.ShutdownReason!.ReplyCode;
        }
    }

    public static async Task<bool> HasAsync(string url, string queue) => await RefusedAsync(url, channel => channel.QueueDeclarePassiveAsync(queue)) == 0;

    public static Task<uint> RemoveAsync(string url, string queue) => AtAsync(url, channel => channel.QueueDeleteAsync(queue));
}
