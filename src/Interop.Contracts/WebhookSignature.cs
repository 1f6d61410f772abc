using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Interop.Contracts;

/// <summary>
/// Signatures of webhooks by Standard Webhooks 1.0, symmetric scheme <c>v1</c>: HMAC-SHA256 over
/// <c>{webhook-id}.{webhook-timestamp}.{body}</c>, in base64. Verify the bytes that arrived, not a re-serialised body.
/// Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
/// </summary>
public static class WebhookSignature
{
    /// <summary>The event's id, the same on every attempt: the receiver's idempotency key.</summary>
    public const string IdHeader = "webhook-id";

    /// <summary>The instant of this attempt, in whole seconds since 1970-01-01T00:00:00Z.</summary>
    public const string TimestampHeader = "webhook-timestamp";

    /// <summary>One or more signatures, separated by a space; several while a key rotates.</summary>
    public const string SignatureHeader = "webhook-signature";

    private const string SecretPrefix = "whsec_";
    private const string Version = "v1,";
    private const int MinimumKeyBytes = 24, MaximumKeyBytes = 64;

    // The end of the year 9999: what follows is no instant, and would overflow the subtraction.
    private static readonly long LastSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>How far the sender's clock and the receiver's may be apart when nothing else is said: 5 minutes.</summary>
    public static TimeSpan DefaultTolerance { get; } = TimeSpan.FromMinutes(5);

    /// <summary>A new secret: <c>whsec_</c> and the base64 of 32 random bytes.</summary>
    public static string NewSecret() => SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>The value of <see cref="SignatureHeader"/>: one <c>v1,{base64}</c> per secret, in their order.</summary>
    /// <param name="secrets">At least one; the new and the old while a key rotates.</param>
    /// <param name="id">The value of <see cref="IdHeader"/>: not empty, without a full stop (it delimits what is signed).</param>
    /// <param name="timestamp">The instant of the attempt, sent in whole seconds: <c>ToUnixTimeSeconds()</c>.</param>
    /// <param name="body">The bytes of the body as sent.</param>
    /// <exception cref="ArgumentException">No secret or a malformed one; an id that is empty or has a full stop.</exception>
    public static string Sign(IEnumerable<string> secrets, string id, DateTimeOffset timestamp, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        ArgumentException.ThrowIfNullOrEmpty(id);
        if (id.Contains('.', StringComparison.Ordinal))
            throw new ArgumentException("A webhook id has no full stop.", nameof(id));

        var seconds = timestamp.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signatures = new List<string>();
        foreach (var secret in secrets) signatures.Add(Compute(Key(secret, nameof(secrets)), id, seconds, body));
        return signatures.Count > 0
            ? string.Join(' ', signatures)
            : throw new ArgumentException("At least one secret is needed.", nameof(secrets));
    }

    /// <summary>
    /// Whether a request comes from the holder of the secret and was sent about now. Whatever the request holds, the
    /// answer is a value; only a malformed secret throws. A verified request can still be a repetition: keep the id.
    /// </summary>
    /// <param name="secret"><c>whsec_</c> and the base64 of 24 to 64 bytes.</param>
    /// <param name="header">Answers a header's value by its lower-case name, null if absent, such as
    /// <c>name =&gt; request.Headers[name]</c>.</param>
    /// <param name="body">The bytes of the body as they arrived.</param>
    /// <param name="now">The receiver's time.</param>
    /// <param name="tolerance">How far apart the clocks may be, both ways and inclusive; by default 5 minutes.</param>
    /// <exception cref="ArgumentException">The secret is malformed, or the tolerance negative.</exception>
    public static WebhookVerdict Verify(
        string secret, Func<string, string?> header, ReadOnlySpan<byte> body, DateTimeOffset now, TimeSpan? tolerance = null)
    {
        ArgumentNullException.ThrowIfNull(header);
        var allowed = tolerance ?? DefaultTolerance;
        ArgumentOutOfRangeException.ThrowIfLessThan(allowed, TimeSpan.Zero, nameof(tolerance));
        var key = Key(secret, nameof(secret));

        if (header(IdHeader) is not { Length: > 0 } id
            || header(TimestampHeader) is not { Length: > 0 } timestamp
            || header(SignatureHeader) is not { Length: > 0 } signatures) return WebhookVerdict.MissingHeader;

        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var sent) || sent > LastSecond)
            return WebhookVerdict.BadTimestamp;
        // Whole seconds on both sides, as the reference implementations count.
        var age = now.ToUnixTimeSeconds() - sent;
        if (age > allowed.TotalSeconds) return WebhookVerdict.TooOld;
        if (-age > allowed.TotalSeconds) return WebhookVerdict.TooNew;

        // An id with a full stop is never signed: it would let "a" + ".1." + body pass for "a.1" + "." + body.
        if (id.Contains('.', StringComparison.Ordinal)) return WebhookVerdict.NoMatchingSignature;
        var expected = Encoding.UTF8.GetBytes(Compute(key, id, timestamp, body));
        foreach (var signature in signatures.Split(' '))
            if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), expected))
                return WebhookVerdict.Valid;
        return WebhookVerdict.NoMatchingSignature;
    }

    /// <summary>As above, from a dictionary of headers; names are compared without regard to case.</summary>
    /// <inheritdoc cref="Verify(string, Func{string, string?}, ReadOnlySpan{byte}, DateTimeOffset, TimeSpan?)"/>
    public static WebhookVerdict Verify(
        string secret, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now, TimeSpan? tolerance = null)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return Verify(secret, name => headers.FirstOrDefault(it => it.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value,
            body, now, tolerance);
    }

    private static string Compute(byte[] key, string id, string seconds, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.UTF8.GetBytes($"{id}.{seconds}."));
        hmac.AppendData(body);
        return Version + Convert.ToBase64String(hmac.GetHashAndReset());
    }

    private static byte[] Key(string? secret, string argument)
    {
        // The message never repeats the secret: exceptions are logged.
        var key = new byte[MaximumKeyBytes];
        if (secret is not null && secret.StartsWith(SecretPrefix, StringComparison.Ordinal)
            && Convert.TryFromBase64String(secret[SecretPrefix.Length..], key, out var length)
            && length >= MinimumKeyBytes) return key[..length];
        throw new ArgumentException(
            $"A webhook secret is '{SecretPrefix}' and the base64 of {MinimumKeyBytes} to {MaximumKeyBytes} bytes.", argument);
    }
}

/// <summary>What <see cref="WebhookSignature"/> found; the default value is not "valid".</summary>
public enum WebhookVerdict
{
    /// <summary>No signature fits: another secret, another body, id or timestamp, or a scheme other than <c>v1</c>.</summary>
    NoMatchingSignature,

    /// <summary>One of the three headers is absent or empty.</summary>
    MissingHeader,

    /// <summary>The timestamp is not a whole number of seconds up to the year 9999, in digits only.</summary>
    BadTimestamp,

    /// <summary>Sent longer ago than the tolerance.</summary>
    TooOld,

    /// <summary>Sent further in the future than the tolerance.</summary>
    TooNew,

    /// <summary>Signed with the secret, and sent within the tolerance.</summary>
    Valid,
}
