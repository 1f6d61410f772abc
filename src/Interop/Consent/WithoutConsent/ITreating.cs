namespace Interop.Consent.WithoutConsent;

/// <summary>Whose records of a person there are to open. Answered by the Referrals module, which comes below this one.</summary>
internal interface ITreating
{
    /// <summary>The providers that have accepted a referral of the person.</summary>
    Task<IReadOnlyList<string>> ProvidersAsync(Guid person, CancellationToken ct);
}
