namespace Interop.Consent.Evaluation;

/// <summary>May these actors, for this purpose, at this instant? What is null is not asked about, and no constraint on it is tested.</summary>
/// <param name="At">UTC ticks.</param>
/// <param name="Actions">collect, access, use, disclose, correct.</param>
/// <param name="Classes">Which kinds of data are asked for, where no single item is.</param>
/// <param name="Categories">Only consents of one of these scopes or categories are asked.</param>
/// <param name="Matter">A justice consent speaks of its own matter only.</param>
/// <param name="Discloser">Whose records they are: a consent that names a discloser speaks of that one's only.</param>
internal sealed record Question(
    Actor[] Actors, CodeSet Purposes, long At, CodeSet? Actions = null, CodeSet? Classes = null, CodeSet? Categories = null,
    string? Matter = null, string? Discloser = null);

/// <summary>A piece of data that is asked about, as far as consents can tell data apart.</summary>
/// <param name="Reference">How the answer names it.</param>
/// <param name="Names">What it goes by: its reference and identifiers.</param>
/// <param name="Classes">Its type, its profiles, and of a document its types.</param>
/// <param name="Codes">Every code found in it.</param>
/// <param name="Age">When what it tells was so; null where it does not say.</param>
/// <param name="Subject">Whose data it is, where it says so.</param>
internal sealed record Item(
    string Reference, Names Names, CodeSet Classes, Labels Labels, CodeSet Codes, Interval? Age, Names RefersTo, Names Authors, Names Subject);
