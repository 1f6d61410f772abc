using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Identity;

/// <summary>A piece of software that acts for exactly one organisation.</summary>
internal sealed class Client
{
    public required string ClientId { get; init; }
    public required string Organisation { get; init; }

    /// <summary>What it may ask for; null: every scope of its organisation's kind, also those that later versions add.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>PBKDF2; null where it signs assertions instead.</summary>
    public string? SecretHash { get; set; }

    /// <summary>Its public keys (RFC 7517), as registered.</summary>
    public string? Jwks { get; set; }

    /// <summary>Where it publishes its public keys.</summary>
    public string? JwksUri { get; set; }

    /// <summary>Goes up when the client is rotated or disabled. A token carries the epoch that it was issued in.</summary>
    public required int Epoch { get; set; }
    public DateTimeOffset? DisabledAt { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal static class ClientTables
{
    extension(Db db)
    {
        public DbSet<Client> Clients => db.Set<Client>();
    }

    public static Tables Tables { get; } = new(model =>
    {
        var client = model.Entity<Client>().ToTable("clients", "identity");
        client.HasKey(c => c.ClientId);
        client.Property(c => c.Scopes).AsJson();
        client.Property(c => c.Epoch).IsConcurrencyToken();
    });
}
