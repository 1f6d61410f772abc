using Interop.Consent.Evaluation;
using Interop.Consent.WithoutConsent;

namespace Interop.Consent;

/// <summary>
/// The consents of one person as the engine reads them: read once, asked as often as there is something to tell. Whatever else the
/// person said is heard too, but only a consent of the kind that the gate's table names is a ground to tell.
/// </summary>
internal sealed class Heard
{
    readonly ConsentGiven[] _given;
    readonly LawfulGround[] _lawful;

    /// <summary>The consents, then what stands without them.</summary>
    readonly Directive[] _read;

    public Heard(IEnumerable<ConsentGiven> consents, IEnumerable<LawfulGround> lawful, KnownDirectives directives, DateTimeOffset at)
    {
        (_given, _lawful) = ([.. consents], [.. lawful]);
        _read =
        [
            .. _given.Select(c => directives.Read(c, at.UtcTicks)),
            .. _lawful.Select(g => directives.Read(g, at.UtcTicks)),
        ];
    }

    public bool Permits(string kind, Question question, Item? item)
    {
        if (Evaluator.Decide(_read, question, item).Decision is Decision.Permit)
            for (var i = 0; i < _given.Length; i++)
                if (IsGround(i, kind, question, item))
                    return true;
        return false;
    }

    /// <summary>The consents that the answer rests on; none where it is no.</summary>
    public IReadOnlyList<ConsentGiven> Grounds(string kind, Question question, Item? item = null) => Permits(kind, question, item)
        ? [.. _given.Where((_, i) => IsGround(i, kind, question, item))]
        : [];

    /// <summary>The emergencies or court orders that the answer rests on.</summary>
    /// <param name="kind"><see cref="LawfulGround.Kind"/>.</param>
    public IReadOnlyList<LawfulGround> Lawful(string kind, Question question, Item? item = null) =>
        _lawful.Length == 0 || Evaluator.Decide(_read, question, item).Decision is not Decision.Permit
            ? []
            : [.. _lawful.Where((g, i) => g.Kind == kind && Says(_given.Length + i, question, item))];

    /// <summary>Everybody whom the consents of a kind name as recipient.</summary>
    public IEnumerable<string> Recipients(string kind) => _given.Where(c => c.Kind == kind).SelectMany(c => c.Recipients).Distinct();

    bool IsGround(int i, string kind, Question question, Item? item) =>
        _given[i].Kind == kind && Says(i, question, item);

    bool Says(int i, Question question, Item? item) =>
        new Hearing().Hear(i, _read[i], question, item, out var word) is Reason.None && word.Said is Said.Permits;
}
