namespace Interop.Platform;

/// <summary>What an organisation is. Decides which scopes its clients can hold and which side of the gate it stands on.</summary>
public enum OrganisationKind
{
    Court,
    Prosecutor,
    Supervision,
    Provider,
    SocialServices,
    Oversight,
    Statistics,
    Operator,
}

internal static class OrganisationKinds
{
    static readonly (OrganisationKind Kind, string Code)[] s_codes =
    [
        (OrganisationKind.Court, "court"),
        (OrganisationKind.Prosecutor, "prosecutor"),
        (OrganisationKind.Supervision, "supervision"),
        (OrganisationKind.Provider, "provider"),
        (OrganisationKind.SocialServices, "social-services"),
        (OrganisationKind.Oversight, "oversight"),
        (OrganisationKind.Statistics, "statistics"),
        (OrganisationKind.Operator, "operator"),
    ];

    public static IReadOnlyList<string> Codes { get; } = [.. s_codes.Select(c => c.Code)];

    extension(OrganisationKind kind)
    {
        public string Code => CodeOf(kind);

        /// <summary>Court, prosecutor, supervision: they refer, and see the closed list (P8).</summary>
        public bool IsJustice => kind is OrganisationKind.Court or OrganisationKind.Prosecutor or OrganisationKind.Supervision;

        /// <summary>Treatment providers and social services: they receive and answer.</summary>
        public bool IsCare => kind is OrganisationKind.Provider or OrganisationKind.SocialServices;
    }

    public static string CodeOf(OrganisationKind kind) => s_codes[(int)kind].Code;

    public static OrganisationKind? Parse(string? code)
    {
        foreach (var (kind, name) in s_codes)
            if (name == code)
                return kind;
        return null;
    }
}

/// <summary>Who calls: a client (a piece of software) that acts for exactly one organisation.</summary>
/// <param name="Organisation">The tenant: the organisation's slug.</param>
/// <param name="Client">The OAuth2 client id.</param>
/// <param name="Scopes">What the token allows, already cut to the organisation's kind.</param>
/// <param name="Actor">The human behind the call as this client asserts it (<c>Interop-Actor</c>); audited, never trusted.</param>
internal sealed record Caller(string Organisation, OrganisationKind Kind, string Client, IReadOnlySet<string> Scopes, string? Actor)
{
    /// <summary>The access token's id (<c>jti</c>); null where no token was shown.</summary>
    public string? Token { get; init; }

    /// <summary>The network address that the call came from.</summary>
    public string? Address { get; init; }

    /// <summary>The exchange itself, when a worker acts: timers, expiry, delivery.</summary>
    public static Caller Exchange { get; } = new("interop", OrganisationKind.Operator, "interop", new HashSet<string>(), null);
}
