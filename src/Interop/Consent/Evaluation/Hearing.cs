using Interop.Consent.Packs;

namespace Interop.Consent.Evaluation;

/// <summary>In the order of how much is told by it.</summary>
internal enum Decision : byte
{
    NoConsent,
    Deny,
    Permit,
}

/// <summary>What several consents come to, and which of them decided (its index; -1 where none did).</summary>
/// <param name="Ordinary">Whether all consents have a say in what exactly is permitted, or only those that stand above them.</param>
internal readonly record struct Conclusion(Decision Decision, int Consent, bool Ordinary);

/// <summary>
/// Several consents at once. <see cref="Hear"/> takes them in whatever order; <see cref="Conclude"/> is the rule, published in
/// contracts/README.md:
/// <list type="number">
/// <item>Consents that are not in force are dropped.</item>
/// <item>A justice consent speaks only of its matter, recipients and purpose, and no general refusal removes it.</item>
/// <item>The person's explicit denial of a named recipient or of named data beats any permit, except a justice consent (where the
/// pack lets it stand), a documented emergency or a registered court order.</item>
/// <item>What needs a separate consent never comes from a general one.</item>
/// <item>Among equals, deny overrides.</item>
/// <item>Where nobody permits, the answer is no.</item>
/// </list>
/// </summary>
internal struct Hearing()
{
    int _withoutConsent = -1;
    int _justice = -1;
    bool _justiceStands;
    int _denialByName = -1;
    int _denial = -1;
    int _denialOfSome = -1;
    int _permit = -1;

    /// <summary>Returns why the consent counts for nothing: it does not apply (1, 2), or permits what it may not (4).</summary>
    public Reason Hear(int index, Directive d, Question q, Item? item, out Word word)
    {
        word = Word.Nothing;
        if (Matching.Test(d, q, item) is not Reason.None and var reason) // 1, 2
            return reason;
        word = Reading.Of(d, q, item);
        if (word.Said is Said.Permits && SeparateConsent.IsLacking(d, q, item)) // 4
            return Reason.Separate;
        switch (word.Said)
        {
            case Said.Permits when d.Standing is Standing.WithoutConsent:
                _withoutConsent = First(_withoutConsent);
                break;
            case Said.Permits when d.Standing is Standing.Justice:
                (_justice, _justiceStands) = (First(_justice), _justiceStands || d.Pack.JusticeConsentStands);
                break;
            case Said.Permits:
                _permit = First(_permit);
                break;
            case Said.Denies when word.Named:
                _denialByName = First(_denialByName);
                break;
            case Said.Denies:
                _denial = First(_denial);
                break;
            case Said.DeniesSome:
                _denialOfSome = First(_denialOfSome);
                break;
        }
        return Reason.None;

        int First(int known) => known >= 0 ? known : index;
    }

    public readonly Conclusion Conclude()
    {
        var denied = _denialByName >= 0 || _denial >= 0 || _denialOfSome >= 0;
        if (_withoutConsent >= 0) // 3
            return new(Decision.Permit, _withoutConsent, Ordinary: false);
        if (_justice >= 0 && (_justiceStands || _denialByName < 0)) // 2 against 3
            return new(Decision.Permit, _justice, Ordinary: !denied || (!_justiceStands && _denial < 0));
        if (_denialByName >= 0) // 3
            return new(Decision.Deny, _denialByName, Ordinary: true);
        if (_denial >= 0) // 5
            return new(Decision.Deny, _denial, Ordinary: true);
        if (_permit >= 0)
            return new(Decision.Permit, _permit, Ordinary: true);
        return _denialOfSome >= 0 ? new(Decision.Deny, _denialOfSome, Ordinary: true) : new(Decision.NoConsent, -1, Ordinary: true); // 6
    }
}
