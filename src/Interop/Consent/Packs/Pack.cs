using System.Runtime.CompilerServices;
using Interop.Consent.Evaluation;

namespace Interop.Consent.Packs;

/// <summary>A law, as far as it is data: dated, with its sources. What it does not state it leaves to the plain default.</summary>
internal sealed record Pack(string Id, string Version, PackFile Stated, PackFile Default)
{
    /// <summary>Whether a justice consent stands against an explicit denial (rule 2 against 3).</summary>
    public bool JusticeConsentStands { get; } = Stated.Settings.JusticeConsentStands ?? Default.Settings.JusticeConsentStands!.Value;

    public SeparateConsent[] Separate { get; } = [.. (Stated.Settings.SeparateConsents ?? Default.Settings.SeparateConsents!).Select(s => s.ToRule())];

    /// <summary>What goes with every permit.</summary>
    public IReadOnlyList<Code> Obligations { get; } = [.. (Stated.Settings.Obligations ?? Default.Settings.Obligations!).Select(o => o.ToCode()).Distinct()];

    /// <summary>How soon an emergency access must be reviewed.</summary>
    public Deadline EmergencyReview { get; } = Stated.Deadlines.EmergencyReview ?? Default.Deadlines.EmergencyReview!;

    /// <summary>Whether a person may have themselves erased.</summary>
    public bool AllowsErasure { get; } = Stated.Rights.Erasure ?? Default.Rights.Erasure ?? false;

    /// <summary>How many years back a person is told to whom their data was disclosed; null: no law says.</summary>
    public int? AccountingYears { get; } = Stated.Retention.AccountingYears ?? Default.Retention.AccountingYears;

    /// <summary>How long records of a kind are kept; null: for ever.</summary>
    public Period? Keep(string kind) => Stated.Retention.Keep?.GetValueOrDefault(kind) ?? Default.Retention.Keep?.GetValueOrDefault(kind);

    /// <summary>Each stands on the shelf once, and is looked for by decisions: two are not told apart by all that they state.</summary>
    public bool Equals(Pack? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override string ToString() => $"{Id}/{Version}";
}
