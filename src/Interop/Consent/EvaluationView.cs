using Interop.Consent.Evaluation;
using Interop.Platform.Http;

namespace Interop.Consent;

/// <summary>What the consents say to the question, and why.</summary>
/// <param name="Decision">Of the request: permit where any permit provision matches actor, purpose and time and nothing beneath it denies all; no-consent where none speaks to it.</param>
/// <param name="Obligations">What goes with a permit. Codes as the consents wrote them; whoever enforces applies the high-water mark.</param>
/// <param name="Resources">Of each resource that was asked about, in that order.</param>
/// <param name="Trace">Which consent, version and provision decided, and why each other did not.</param>
/// <param name="Omitted">How many entries more the trace has; left out where it has none.</param>
/// <param name="Pack">The law's pack and its version under which it was decided.</param>
internal sealed record EvaluationView(
    string Decision, IReadOnlyList<ObligationView> Obligations, IReadOnlyList<ResourceDecisionView> Resources, IReadOnlyList<TraceView> Trace, int? Omitted, PackView Pack)
{
    public static IReadOnlyList<string> Decisions { get; } = ["no-consent", "deny", "permit"];

    public static string CodeOf(Decision decision) => Decisions[(int)decision];

    public static EvaluationView Of(Evaluated e, string language) => new(
        CodeOf(e.Decision),
        [.. e.Obligations.Select(ObligationView.Of)],
        [.. e.Items.Select(i => new ResourceDecisionView(i.Reference, CodeOf(i.Decision)))],
        [.. e.Trace.Entries.Select(t => TraceView.Of(t, language))],
        e.Trace.Omitted > 0 ? e.Trace.Omitted : null,
        PackView.Of(e.Pack));
}

/// <param name="System">Left out for a bare code.</param>
internal sealed record CodeView(string? System, string Code)
{
    public static CodeView Of(Code c) => new(c.System, c.Value);
}

internal sealed record ResourceDecisionView(string Reference, string Decision);

/// <param name="Id">REDACT; or what the law asks for with every permit.</param>
internal sealed record ObligationView(CodeView Id, ObligationParametersView Parameters)
{
    /// <summary>Ours, for what no list of codes describes: whoever does not know it cannot mistake it for an empty list.</summary>
    static readonly Code s_redactData = new("urn:interop:obligation", "redact-data");

    public static ObligationView Of(Obligation o)
    {
        IReadOnlyList<CodeView>? codes = o.Codes.Count > 0 ? [.. o.Codes.Select(CodeView.Of)] : null;
        IReadOnlyList<PeriodView>? periods = o.DataPeriods.Count > 0 ? [.. o.DataPeriods.Select(PeriodView.Of)] : null;
        IReadOnlyList<NamedDataView>? data = o.Data.Count > 0 ? [.. o.Data.Select(d => new NamedDataView(d.Meaning.ToString().ToLowerInvariant(), d.Written))] : null;
        var id = codes is null && (periods ?? (object?)data) is not null ? s_redactData : o.Id;
        return new(CodeView.Of(id), new(o.Except ? null : codes, o.Except ? codes : null, periods, data, (periods ?? (object?)data) is null ? null : o.Except));
    }
}

/// <param name="Codes">What has any of these is removed.</param>
/// <param name="ExceptAnyOfCodes">What has none of these is removed.</param>
/// <param name="DataPeriods">Beside the codes: data of this age.</param>
/// <param name="Data">Beside the codes: data that the consent names.</param>
/// <param name="Except">Where there are periods or data: whether they are what is kept, or what is removed.</param>
internal sealed record ObligationParametersView(
    IReadOnlyList<CodeView>? Codes, IReadOnlyList<CodeView>? ExceptAnyOfCodes, IReadOnlyList<PeriodView>? DataPeriods, IReadOnlyList<NamedDataView>? Data, bool? Except);

/// <param name="Start">Included; left out where it is open.</param>
/// <param name="End">Excluded; left out where it is open.</param>
internal sealed record PeriodView(DateTimeOffset? Start, DateTimeOffset? End)
{
    public static PeriodView Of(Interval i) => new(At(i.Start), At(i.End));

    static DateTimeOffset? At(long ticks) => ticks is < 0 or long.MaxValue ? null : new(ticks, TimeSpan.Zero);
}

/// <param name="Meaning">instance, related, dependents or authoredby.</param>
internal sealed record NamedDataView(string Meaning, string Reference);

/// <summary>Why a consent, or one of its provisions, decided or did not.</summary>
/// <param name="Consent">Its reference or, where it has no id, its place in the request.</param>
/// <param name="Version">The version that was read.</param>
/// <param name="Provision">Where the provision stands in it: `provision.provision[2]`; left out: the whole consent.</param>
/// <param name="Effect">What the provision does: permit or deny.</param>
/// <param name="Reason">`decided`, or the code of why not.</param>
/// <param name="Text">The same in the language of the request.</param>
/// <param name="Resource">About this resource; left out: about the request.</param>
/// <param name="Unresolved">References that lead nowhere: for them a permit did not apply, or a deny did.</param>
internal sealed record TraceView(
    string Consent, string? Version, string? Provision, string? Effect, string Reason, string Text, string? Resource, IReadOnlyList<string>? Unresolved)
{
    /// <summary>In the order of <see cref="Evaluation.Reason"/>.</summary>
    public static IReadOnlyList<string> Reasons { get; } =
    [
        "decided", "status", "not-in-force", "category", "other-matter", "other-discloser", "other-person", "silent", "period", "actor", "action", "purpose", "label",
        "class", "code", "data-period", "data", "unbound", "overridden", "of-some-data", "separate", "outvoted",
    ];

    public static TraceView Of(TraceEntry e, string language)
    {
        var reason = Reasons[(int)e.Reason];
        var text = Language.Text(language, $"trace.{reason}");
        if (e.Unresolved.Count > 0)
            text = $"{text} {Language.Text(language, "trace.unresolved", string.Join(", ", e.Unresolved))}";
        return new(e.Consent.Reference, e.Consent.Version, e.Provision?.Path.ToString(), e.Provision is { } p ? p.Effect is Evaluation.Effect.Permit ? "permit" : "deny" : null,
            reason, text, e.Item, e.Unresolved.Count > 0 ? e.Unresolved : null);
    }
}

/// <param name="Status">unverified: the pack was not checked against the gazette.</param>
internal sealed record PackView(string Id, string Version, string Status)
{
    public static PackView Of(Packs.Pack pack) => new(pack.Id, pack.Version, pack.Stated.Status);
}
