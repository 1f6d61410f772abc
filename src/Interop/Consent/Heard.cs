using Interop.Consent.Evaluation;
using Interop.Consent.Packs;

namespace Interop.Consent;

/// <summary>
/// The consents of one person as the engine reads them: read once, asked as often as there is something to tell. Whatever else the
/// person said is heard too, but only a consent of the kind that the gate's table names is a ground to tell.
/// </summary>
internal sealed class Heard
{
    readonly ConsentGiven[] _given;
    readonly Directive[] _read;

    public Heard(IEnumerable<ConsentGiven> consents, PackShelf packs, DateTimeOffset at)
    {
        _given = [.. consents];
        _read = Array.ConvertAll(_given, c => StoredConsents.Read(c, packs.For(c.DiscloserJurisdiction, c.MatterJurisdiction, at.UtcTicks), at.UtcTicks));
    }

    public bool Permits(string kind, Question question, Item? item)
    {
        if (Evaluator.Decide(_read, question, item).Decision is Decision.Permit)
            for (var i = 0; i < _read.Length; i++)
                if (IsGround(i, kind, question, item))
                    return true;
        return false;
    }

    /// <summary>The consents that the answer rests on; none where it is no.</summary>
    public IReadOnlyList<ConsentGiven> Grounds(string kind, Question question, Item? item = null) => Permits(kind, question, item)
        ? [.. _given.Where((_, i) => IsGround(i, kind, question, item))]
        : [];

    /// <summary>Everybody whom the consents of a kind name as recipient.</summary>
    public IEnumerable<string> Recipients(string kind) => _given.Where(c => c.Kind == kind).SelectMany(c => c.Recipients).Distinct();

    bool IsGround(int i, string kind, Question question, Item? item) =>
        _given[i].Kind == kind && new Hearing().Hear(i, _read[i], question, item, out var word) is Reason.None && word.Said is Said.Permits;
}
