namespace Interop.Server.Upkeep.Doctor;

/// <summary>Every setting that is ours: what the README names and what the source reads, which a test sees to. Whatever else stands in our sections is misspelt.</summary>
internal static class KnownSettings
{
    public static readonly string[] All =
    [
        "ConnectionStrings:Interop", "ConnectionStrings:InteropOwner", "ConnectionStrings:Broker",
        "INTEROP_DATA", "INTEROP_KEYS", "INTEROP_SECRETS", "urls",
        "Server:Roles", "Server:KnownProxies", "Server:StopWithin", "Packs:Folder",
        "Identity:Issuer", "Identity:TokenLifetime", "Identity:FailuresPerAddress",
        "Identity:Authority", "Identity:Audience", "Identity:ClientClaim", "Identity:OrganisationClaim", "Identity:ScopeClaim", "Identity:Algorithms",
        "Delivery:AllowedNetworks", "Delivery:Amqp:MaxLength",
        "Referrals:RespondWithin", "Referrals:ScheduleWithin", "Referrals:AdmitWithin",
        "Audit:Origin", "Audit:Witnesses", "Audit:LastCheckpoint", "Audit:AccountingWithin", "Erasure:List", "Emergency:Window",
        "RateLimits:ClientPerSecond", "RateLimits:ClientBurst", "RateLimits:AddressPerSecond", "RateLimits:AddressBurst", "RateLimits:TokenPerSecond", "RateLimits:TokenBurst",
        "Limits:MaxConnections", "Limits:HeadersTimeout", "Limits:IdleTimeout", "Limits:MinBytesPerSecond", "Limits:StreamsPerConnection",
        "Cors:Origins", "Metrics:Urls",
        "Demo:AllowRemote",
    ];

    static readonly string[] s_sections = [.. All.Where(s => s.Contains(':', StringComparison.Ordinal)).Select(SectionOf).Distinct()];

    /// <summary>What is set and means nothing, with what may have been meant.</summary>
    public static IEnumerable<(string Name, string? Meant)> Unknown(IConfiguration configuration) =>
        from setting in configuration.AsEnumerable()
        where setting.Value is not null && IsOurs(setting.Key) && !All.Any(s => Is(setting.Key, s) || setting.Key.StartsWith(s + ":", StringComparison.OrdinalIgnoreCase))
        orderby setting.Key
        select (setting.Key, Nearest(setting.Key));

    /// <summary>In one of our sections, or in one that is nearly called so; a variable that is nearly called like one of ours.</summary>
    static bool IsOurs(string key) => key.Contains(':', StringComparison.Ordinal)
        ? s_sections.Any(s => Distance(s, SectionOf(key)) <= s.Length / 5)
        : key.StartsWith("INTEROP_", StringComparison.OrdinalIgnoreCase) && Nearest(key) is not null;

    static string? Nearest(string key) => All.Select(s => (Setting: s, Far: Distance(s, key))).OrderBy(s => s.Far).First() is { Far: <= 3 } nearest ? nearest.Setting : null;

    static string SectionOf(string key) => key.Split(':')[0];

    static bool Is(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);

    /// <summary>How many letters to change, add or leave out (Levenshtein), whatever their case.</summary>
    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var corner = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (corner, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, corner + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1)));
        }
        return row[b.Length];
    }
}
