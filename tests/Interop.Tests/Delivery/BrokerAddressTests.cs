using Interop.Delivery.Amqp;
using Xunit;

namespace Interop.Tests.Delivery;

public sealed class BrokerAddressTests
{
    [Theory]
    [InlineData("amqp://rabbit.example", "amqp guest guest / rabbit.example:5672")]
    [InlineData("amqp://rabbit.example/", "amqp guest guest / rabbit.example:5672")]
    [InlineData("amqps://interop:geheim@rabbit.example/interop", "amqps interop geheim interop rabbit.example:5671")]
    [InlineData("amqp://interop:a%40b%2Fc:d@10.0.0.1:5673/a%2Fb", "amqp interop a@b/c:d a/b 10.0.0.1:5673")]
    [InlineData("amqp://u:p@one:5672,two,[::1]:5674,[fe80::1]/v", "amqp u p v one:5672,two:5672,::1:5674,fe80::1:5672")]
    public void It_names_hosts_user_and_virtual_host(string text, string read)
    {
        var address = BrokerAddress.Parse(text);

        Assert.Equal(read, $"{(address.Tls ? "amqps" : "amqp")} {address.User} {address.Password} {address.VirtualHost} {address}");
    }

    [Theory]
    [InlineData("rabbit.example:5672")]
    [InlineData("http://u:secret@rabbit.example/")]
    [InlineData("amqp://u:secret@")]
    [InlineData("amqp://u:secret@host:0")]
    [InlineData("amqp://u:secret@host:70000/")]
    [InlineData("amqp://u:secret@one,,two/")]
    [InlineData("amqp://u:secret@one/v/w")]
    [InlineData("amqp://u:secret@one/v?heartbeat=5")]
    [InlineData("amqp://u:se/cret@one/v")]
    public void What_is_none_is_refused_without_its_password(string text)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => BrokerAddress.Parse(text));

        Assert.Contains("ConnectionStrings:Broker", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }
}
