using Interop.Directory;
using Interop.Persons;
using Interop.Platform;

namespace Interop.Consent.Packs;

/// <summary>Whether a person is erased at their word is for the law of the organisation that keeps their record.</summary>
internal sealed class ErasureByPack(PackShelf packs) : IErasureLaw
{
    public Refusal? Refuses(Organisation keeper, DateTimeOffset at) =>
        packs.For(keeper.Jurisdiction, null, at.UtcTicks) is { AllowsErasure: false } pack
            ? Refusal.Conflict("", "erasure.pack", pack.ToString(), "/rights/erasure")
            : null;
}
