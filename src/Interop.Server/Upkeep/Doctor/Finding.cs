namespace Interop.Server.Upkeep.Doctor;

/// <summary>What there is to know about one thing that was looked at.</summary>
internal enum Severity
{
    Ok,

    /// <summary>Worth knowing; nothing need be done.</summary>
    Note,

    /// <summary>To be done soon.</summary>
    Warning,

    /// <summary>It does not work so, or not safely.</summary>
    Error,
}

/// <param name="Code">Stable: what scripts tell findings by.</param>
/// <param name="Remedy">What to do; null where nothing need be.</param>
internal sealed record Finding(Severity Severity, string Code, string What, string? Remedy = null)
{
    public bool NeedsAction => Severity >= Severity.Warning;

    public static Finding Ok(string code, string what) => new(Severity.Ok, code, what);

    public static Finding Note(string code, string what, string? remedy = null) => new(Severity.Note, code, what, remedy);

    public static Finding Warning(string code, string what, string remedy) => new(Severity.Warning, code, what, remedy);

    public static Finding Error(string code, string what, string remedy) => new(Severity.Error, code, what, remedy);

    public override string ToString() => $"{Severity.ToString().ToLowerInvariant(),-8} {Code,-20} {What}{(Remedy is null ? "" : $" → {Remedy}")}";
}
