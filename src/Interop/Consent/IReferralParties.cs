using Interop.Matters;
using Interop.Persons;
using Interop.Platform;

namespace Interop.Consent;

/// <summary>Who was asked to treat a person in a matter. Answered by the Referrals module, which Consent does not know.</summary>
internal interface IReferralParties
{
    /// <summary>The providers whom this organisation itself asked, now or before: it learns nothing that it did not know (P6).</summary>
    Task<IReadOnlyList<string>> AskedByAsync(string referrer, Id<Person> person, Id<Matter> matter, CancellationToken ct);
}
