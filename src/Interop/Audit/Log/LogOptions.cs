using Interop.AuditLog;
using Microsoft.Extensions.Configuration;

namespace Interop.Audit.Log;

/// <summary>A witness that is asked to cosign.</summary>
internal sealed record WitnessAddress(Uri Url, VerifierKey Key);

/// <summary>Configuration section <c>Audit</c>.</summary>
/// <param name="Origin">
/// Names the log in every checkpoint, for ever. Where <c>Audit:Origin</c> does not say it: the issuer's host and path, and
/// <c>/audit/log</c>; without an issuer <c>localhost/audit/log</c>.
/// </param>
/// <param name="Witnesses"><c>Audit:Witnesses</c>: an address and a verifier key, apart by a space; several apart by commas.</param>
internal sealed record LogOptions(string Origin, IReadOnlyList<WitnessAddress> Witnesses)
{
    public const string Path = "audit/log";

    /// <exception cref="InvalidOperationException">A value is none.</exception>
    public static LogOptions From(IConfiguration configuration)
    {
        var origin = configuration["Audit:Origin"] is { Length: > 0 } named ? named
            : Uri.TryCreate(configuration["Identity:Issuer"], UriKind.Absolute, out var issuer) ? $"{issuer.Authority}{issuer.AbsolutePath.TrimEnd('/')}/{Path}"
            : $"localhost/{Path}";
        if (origin.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '+'))
            throw new InvalidOperationException("Audit:Origin must have no spaces and no plus: interop.example.org/audit/log.");
        return new(origin, [.. (configuration["Audit:Witnesses"] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Witness)]);
    }

    static WitnessAddress Witness(string text)
    {
        try
        {
            if (text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var address, var vkey]
                && Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
                && VerifierKey.Parse(vkey) is { Algorithm: NoteAlgorithm.Cosignature } key)
                return new(url, key);
        }
        catch (FormatException e)
        {
            throw new InvalidOperationException($"Audit:Witnesses: {e.Message}", e);
        }
        throw new InvalidOperationException($"Audit:Witnesses must be an address and the verifier key of a witness, apart by a space, not '{text}'.");
    }
}
