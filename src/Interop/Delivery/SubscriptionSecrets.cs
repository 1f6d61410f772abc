using Interop.Contracts;
using Interop.Platform;

namespace Interop.Delivery;

/// <summary>The secrets that sign a subscription's webhooks. Sealed under the subscription's id: one moved to another row opens nowhere.</summary>
internal sealed class SubscriptionSecrets(SecretBox box)
{
    /// <summary>How long a secret that was replaced signs on.</summary>
    public static TimeSpan Overlap { get; } = TimeSpan.FromHours(24);

    /// <summary>Of secrets replaced within the overlap, the last so many sign: the header stays short whoever rotates how often.</summary>
    const int MostEarlier = 3;

    /// <summary>A new secret, shown to the caller this once, and the box in which it is kept.</summary>
    public (string Secret, byte[] Box) New(Id<Subscription> id)
    {
        var secret = WebhookSignature.NewSecret();
        return (secret, box.Seal(secret, Context(id)));
    }

    /// <summary>Replaces the secret. Returns the new one.</summary>
    public string Rotate(Subscription s, DateTimeOffset now)
    {
        var (secret, sealedSecret) = New(s.Id);
        s.EarlierSecrets = [new(s.Secret, now + Overlap), .. s.EarlierSecrets.Where(e => e.Until > now).Take(MostEarlier - 1)];
        s.Secret = sealedSecret;
        return secret;
    }

    /// <summary>Those that sign now, the newest first; none where nothing is signed.</summary>
    public IReadOnlyList<string> Signing(Subscription s, DateTimeOffset now) => s.Channel != Channels.Webhook ? [] :
        [.. s.EarlierSecrets.Where(e => e.Until > now).Select(e => e.Secret).Prepend(s.Secret).Select(b => box.Open(b, Context(s.Id)))];

    /// <summary>Where they are kept, for who changes the key that seals them. No subscription changes for its partner by that.</summary>
    public static Boxes Boxes { get; } = new(async (db, engine, visit, ct) =>
    {
        foreach (var s in await engine.TakeAsync(db.Subscriptions, "select * from subscriptions where version >= {0} order by id", 0, ct))
        {
            s.Secret = visit(s.Secret, Context(s.Id));
            s.EarlierSecrets = [.. s.EarlierSecrets.Select(e => e with { Secret = visit(e.Secret, Context(s.Id)) })];
        }
    });

    static string Context(Id<Subscription> id) => id.ToString();
}
