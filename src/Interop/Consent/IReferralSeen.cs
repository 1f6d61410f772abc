using System.Text.Json;

namespace Interop.Consent;

/// <summary>A referral as one organisation may see it: its version in their eyes and, where asked for, the view.</summary>
internal sealed record SeenReferral(long Version, JsonElement? View);

/// <summary>
/// Where events are told, the referral's own version would tell of changes that the recipient may not know of: this answers with
/// the version that it sees. Answered by the Referrals module, asked by Delivery, which know nothing of each other.
/// </summary>
internal interface IReferralSeen
{
    /// <param name="version">The referral's version at the event.</param>
    Task<SeenReferral?> SeenAsync(Disclosure disclosure, Guid referral, long version, bool full, CancellationToken ct);
}
