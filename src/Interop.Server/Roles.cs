namespace Interop.Server;

/// <summary>The command line or a setting asks for something that there is not. Ends with exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>
/// What a process does of the exchange's work: answer <c>/v1</c> and <c>/fhir</c>, issue tokens, or do what nobody waits for. One
/// does all of it unless <c>--roles</c> (<c>Server:Roles</c>) says otherwise; on PostgreSQL several of each share it.
/// </summary>
internal sealed record Roles(bool Api, bool Identity, bool Worker)
{
    public const string Setting = "Server:Roles";

    public static Roles All { get; } = new(true, true, true);

    public bool IsAll => this == All;

    /// <exception cref="UsageException">There is no such role.</exception>
    /// <exception cref="InvalidOperationException">Not all of them, where one process has to do everything or nobody would know the exchange's address.</exception>
    public static Roles From(IConfiguration configuration)
    {
        var roles = Parse(configuration[Setting]);
        if (roles.IsAll)
            return roles;
        if (string.IsNullOrEmpty(configuration.GetConnectionString("Interop")))
            throw new InvalidOperationException($"On SQLite one process does everything: leave {Setting} (--roles) out, or set ConnectionStrings__Interop to a PostgreSQL that the processes share.");
        if (string.IsNullOrEmpty(configuration["Identity:Issuer"]))
            throw new InvalidOperationException($"Identity:Issuer must be set where roles run apart: nodes have addresses of their own, and partners need the one under which they reach the exchange.");
        return roles;
    }

    /// <param name="text">A list with commas; null or empty: all.</param>
    public static Roles Parse(string? text)
    {
        var names = (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(n => n.ToLowerInvariant()).ToHashSet();
        if (names.Count == 0)
            return All;
        if (names.FirstOrDefault(n => n is not ("api" or "identity" or "worker" or "all")) is { } unknown)
            throw new UsageException($"{Setting}: there is no role '{unknown}'. Roles are api, identity and worker; several with commas; all of them where nothing is said.");
        return names.Contains("all") ? All : new(names.Contains("api"), names.Contains("identity"), names.Contains("worker"));
    }

    public override string ToString() => IsAll ? "all" : string.Join(',', Names());

    IEnumerable<string> Names()
    {
        if (Api)
            yield return "api";
        if (Identity)
            yield return "identity";
        if (Worker)
            yield return "worker";
    }
}
