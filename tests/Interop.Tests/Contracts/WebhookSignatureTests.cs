using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Interop.Contracts;
using Xunit;

namespace Interop.Tests.Contracts;

public sealed class WebhookSignatureTests
{
    // The vector that the Standard Webhooks reference libraries test themselves with.
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static readonly DateTimeOffset Sent = DateTimeOffset.FromUnixTimeSeconds(1614265330);
    private static readonly byte[] Body = """{"test": 2432232314}"""u8.ToArray();

    [Fact]
    public void The_published_vector_is_reproduced() =>
        Assert.Equal(Signature, WebhookSignature.Sign([Secret], Id, Sent, Body));

    [Fact]
    public void The_published_vector_is_valid() => Assert.Equal(WebhookVerdict.Valid, Verify());

    [Fact]
    public void The_readme_shows_the_vector()
    {
        var readme = ContractFiles.Read("webhooks/README.md");

        foreach (var part in new[] { Secret, Id, "1614265330", Encoding.UTF8.GetString(Body), Signature })
            Assert.Contains(part, readme);
    }

    [Fact]
    public void A_changed_body_id_timestamp_or_secret_is_not_valid()
    {
        Assert.Equal(WebhookVerdict.NoMatchingSignature, Verify(body: """{"test":2432232314}"""u8.ToArray()));
        Assert.Equal(WebhookVerdict.NoMatchingSignature, Verify(id: Id + "x"));
        Assert.Equal(WebhookVerdict.NoMatchingSignature, Verify(timestamp: "1614265331"));
        Assert.Equal(WebhookVerdict.NoMatchingSignature, Verify(secret: WebhookSignature.NewSecret()));
    }

    [Theory]
    [InlineData("v1"), InlineData("v1,"), InlineData("v1,AAAA"), InlineData(" "), InlineData("v1, ")]
    [InlineData("v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    public void Only_a_v1_signature_counts(string signature) =>
        Assert.Equal(WebhookVerdict.NoMatchingSignature, Verify(signature: signature));

    [Fact]
    public void While_a_key_rotates_either_secret_verifies()
    {
        var fresh = WebhookSignature.NewSecret();
        var both = WebhookSignature.Sign([fresh, Secret], Id, Sent, Body);

        Assert.Equal(WebhookVerdict.Valid, Verify(signature: both));
        Assert.Equal(WebhookVerdict.Valid, Verify(signature: both, secret: fresh));
        Assert.Equal(WebhookVerdict.NoMatchingSignature, Verify(signature: both, secret: WebhookSignature.NewSecret()));
    }

    [Theory]
    [InlineData(300, WebhookVerdict.Valid), InlineData(300.9, WebhookVerdict.Valid), InlineData(301, WebhookVerdict.TooOld)]
    [InlineData(-300, WebhookVerdict.Valid), InlineData(-301, WebhookVerdict.TooNew)]
    public void Five_minutes_are_tolerated_both_ways(double seconds, WebhookVerdict verdict) =>
        Assert.Equal(verdict, Verify(now: Sent.AddSeconds(seconds)));

    [Fact]
    public void The_tolerance_is_the_receivers_choice()
    {
        Assert.Equal(WebhookVerdict.TooOld, Verify(now: Sent.AddSeconds(1), tolerance: TimeSpan.Zero));
        Assert.Equal(WebhookVerdict.Valid, Verify(now: Sent.AddDays(1), tolerance: TimeSpan.FromDays(1)));
    }

    [Theory]
    [InlineData("webhook-id"), InlineData("webhook-timestamp"), InlineData("webhook-signature")]
    public void A_missing_or_empty_header_is_named_so(string missing)
    {
        var headers = Headers();
        headers[missing] = "";
        Assert.Equal(WebhookVerdict.MissingHeader, WebhookSignature.Verify(Secret, headers, Body, Sent));
        headers.Remove(missing);
        Assert.Equal(WebhookVerdict.MissingHeader, WebhookSignature.Verify(Secret, headers, Body, Sent));
    }

    [Theory]
    [InlineData("now"), InlineData("1614265330.5"), InlineData("-1614265330"), InlineData(" 1614265330"), InlineData("1e9")]
    [InlineData("9223372036854775807"), InlineData("99999999999999999999"), InlineData("١٦١٤٢٦٥٣٣٠")]
    public void A_timestamp_is_whole_seconds(string timestamp) =>
        Assert.Equal(WebhookVerdict.BadTimestamp, Verify(timestamp: timestamp));

    [Fact]
    public void Header_names_are_compared_without_regard_to_case()
    {
        var headers = Headers().ToDictionary(it => it.Key.ToUpperInvariant(), it => it.Value);

        Assert.Equal(WebhookVerdict.Valid, WebhookSignature.Verify(Secret, headers, Body, Sent));
    }

    [Fact]
    public void A_full_stop_cannot_move_between_id_and_body()
    {
        // What is signed is a.{seconds}.{seconds}.x both times.
        var signed = WebhookSignature.Sign([Secret], "a", Sent, Encoding.UTF8.GetBytes("1614265330.x"));

        Assert.Equal(WebhookVerdict.NoMatchingSignature, Verify(id: "a.1614265330", body: "x"u8.ToArray(), signature: signed));
        Assert.Throws<ArgumentException>(() => WebhookSignature.Sign([Secret], "a.b", Sent, Body));
    }

    [Fact]
    public void Hostile_headers_are_answered_never_suffered() =>
        Prop.ForAll<string, string, string>((id, timestamp, signature) => WebhookSignature.Verify(Secret, name => name switch
        {
            "webhook-id" => id,
            "webhook-timestamp" => timestamp,
            _ => signature,
        }, Body, Sent) != WebhookVerdict.Valid).QuickCheckThrowOnFailure();

    [Fact]
    public void A_new_secret_has_32_bytes_and_is_new()
    {
        var secret = WebhookSignature.NewSecret();

        Assert.Equal(32, Convert.FromBase64String(secret["whsec_".Length..]).Length);
        Assert.NotEqual(secret, WebhookSignature.NewSecret());
    }

    [Theory]
    [InlineData(23, false), InlineData(24, true), InlineData(64, true), InlineData(65, false)]
    public void A_secret_has_24_to_64_bytes(int length, bool taken)
    {
        var secret = "whsec_" + Convert.ToBase64String(new byte[length]);

        Assert.Equal(taken, Record.Exception(() => WebhookSignature.Sign([secret], Id, Sent, Body)) is not ArgumentException);
    }

    [Theory]
    [InlineData(""), InlineData("whsec_"), InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), InlineData("whsec_hush hush, not base64 at all")]
    public void A_malformed_secret_throws_and_is_not_repeated_in_the_message(string secret)
    {
        var fault = Assert.Throws<ArgumentException>(() => Verify(secret: secret));

        Assert.DoesNotContain(secret.Length > 6 ? secret[6..] : "\0", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_secret_nothing_is_signed() =>
        Assert.Throws<ArgumentException>(() => WebhookSignature.Sign([], Id, Sent, Body));

    private static Dictionary<string, string> Headers(string id = Id, string timestamp = "1614265330", string signature = Signature) =>
        new() { ["webhook-id"] = id, ["webhook-timestamp"] = timestamp, ["webhook-signature"] = signature };

    private static WebhookVerdict Verify(
        string secret = Secret, string id = Id, string timestamp = "1614265330", string signature = Signature,
        byte[]? body = null, DateTimeOffset? now = null, TimeSpan? tolerance = null) =>
        WebhookSignature.Verify(secret, Headers(id, timestamp, signature), body ?? Body, now ?? Sent, tolerance);
}
