using Interop.Platform.Http;

namespace Interop.Identity;

/// <summary>What a token is granted of what was asked for: never more than the client holds, and no more than it asked.</summary>
internal static class ScopeGrant
{
    const string System = "system/";
    const string Permissions = "cruds";

    /// <summary>
    /// <paramref name="requested"/> ∩ <paramref name="held"/>, in the order asked. SMART scopes are cut to their common
    /// permissions: <c>system/Task.cruds</c> of a held <c>system/Task.rus</c> is <c>system/Task.rus</c>, a held
    /// <c>system/Task.rus</c> asked for as <c>system/*.r</c> is <c>system/Task.r</c>. v1 forms are answered in v2 form.
    /// </summary>
    /// <param name="requested">Empty means everything held.</param>
    public static IReadOnlyList<string> Narrow(IReadOnlyCollection<string> requested, IReadOnlyCollection<string> held) =>
        requested.Count == 0
            ? [.. held]
            : [.. requested.SelectMany(r => Narrow(r, held)).Distinct(StringComparer.Ordinal)];

    /// <summary>A scope that a client may be registered with, given what its organisation's kind can hold.</summary>
    public static bool IsWithin(string scope, IReadOnlyCollection<string> held) =>
        Parse(scope) is not ("*", _) && held.Any(h => Doorkeeper.Covers(h, scope)) && (!scope.StartsWith(System, StringComparison.Ordinal) || Parse(scope) is not null);

    static IEnumerable<string> Narrow(string requested, IReadOnlyCollection<string> held)
    {
        if (Parse(requested) is not var (type, permissions))
            return held.Where(h => h == requested);
        return from h in held
               let has = Parse(h)
               where has is not null && (type == "*" || has.Value.Type == type)
               let common = new string([.. has.Value.Permissions.Where(permissions.Contains)])
               where common.Length > 0
               select $"{System}{has.Value.Type}.{common}";
    }

    /// <summary>A SMART system scope, v1 or v2, with its permissions in the fixed order; null for anything else.</summary>
    static (string Type, string Permissions)? Parse(string scope)
    {
        if (!scope.StartsWith(System, StringComparison.Ordinal) || scope[System.Length..].Split('.') is not [{ Length: > 0 } type, { Length: > 0 } permissions])
            return null;
        permissions = permissions switch { "read" => "rs", "write" => "cud", "*" => Permissions, _ => permissions };
        // In order and each once, as the SMART specification writes them.
        var last = -1;
        foreach (var c in permissions)
        {
            var at = Permissions.IndexOf(c, StringComparison.Ordinal);
            if (at <= last)
                return null;
            last = at;
        }
        return (type, permissions);
    }
}
