using System.Text.Json.Serialization;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;

namespace Interop.Consent;

/// <summary>A consent as one of its parties sees it. Its scope is seen by everyone it names; its text only by the person's side.</summary>
internal sealed record ConsentView(
    Id<ConsentGiven> Id, int Version, string Status, Id<Person> PersonId, string Kind, Id<Matter>? Matter, string Discloser,
    IReadOnlyList<string> Recipients, IReadOnlyList<string> Purposes, IReadOnlyList<string> Categories,
    DateTimeOffset From, DateTimeOffset? Until, string? UntilEvent, Revocable? Revocable, Signature? Signature, string? Language,
    string? CapturedBy, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, string? EndedBy, string? RevocationReason) : IVersioned
{
    /// <summary>null: the organisation is no party to it.</summary>
    public static ConsentView? For(Caller caller, ConsentGiven c, DateTimeOffset now)
    {
        if (!IsParty(caller, c))
            return null;
        var whole = IsSide(caller, c);
        return new(c.Id, c.Version, c.Status(now), c.PersonId, c.Kind, c.MatterId, c.Discloser, c.Recipients, c.Purposes, c.Categories,
            c.From, c.Until, c.UntilEvent, c.Revocable, whole ? c.Signature : null, whole ? c.Language : null,
            whole ? c.CapturedBy : null, c.CreatedAt, c.EndedAt, c.EndedBy, whole ? c.RevocationReason : null);
    }

    /// <summary>Whoever acts for the person, and its recipients: those learn that it exists, and its scope.</summary>
    public static bool IsParty(Caller caller, ConsentGiven c) => IsSide(caller, c) || c.Recipients.Contains(caller.Organisation);

    /// <summary>Who captured it or discloses under it acts for the person.</summary>
    static bool IsSide(Caller caller, ConsentGiven c) => caller.Organisation == c.CapturedBy || caller.Organisation == c.Discloser;
}

/// <summary>A page whose items were disclosed under consents and are too small to say so themselves.</summary>
/// <param name="Next">null on the last page.</param>
/// <param name="Notice">Left out where what is shown rests on no consent.</param>
internal sealed record NoticedPage<T>(IReadOnlyList<T> Items, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next, RedisclosureNotice? Notice) : INoticed
{
    [JsonIgnore]
    public bool HasNotice => Notice is not null;
}

/// <summary>The notice that goes with what was disclosed under a consent (42 CFR 2.32), with the scope of the consents it rests on.</summary>
internal sealed record RedisclosureNotice(string Text, string Language, IReadOnlyList<NoticeScope> Consents)
{
    public static RedisclosureNotice? For(Disclosure disclosure, string language)
    {
        var relied = disclosure.Relied.ToList();
        return relied.Count == 0
            ? null
            : new(Platform.Http.Language.Text(language, "notice.redisclosure"), language, [.. relied.Select(c => NoticeScope.Of(c, language))]);
    }

    /// <summary>Of what was put together from several disclosures: each consent once.</summary>
    public static RedisclosureNotice? Of(IEnumerable<RedisclosureNotice?> parts)
    {
        var all = parts.OfType<RedisclosureNotice>().ToList();
        return all is [var first, ..] ? first with { Consents = [.. all.SelectMany(n => n.Consents).DistinctBy(c => c.Id)] } : null;
    }
}

/// <param name="Text">The same in words, in the notice's language.</param>
internal sealed record NoticeScope(
    Id<ConsentGiven> Id, string Kind, IReadOnlyList<string> Categories, IReadOnlyList<string> Purposes,
    DateTimeOffset? Until, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? UntilEvent, string Text)
{
    public static NoticeScope Of(ConsentGiven c, string language)
    {
        var ends = ((string?[])[c.Until?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm'Z'", System.Globalization.CultureInfo.InvariantCulture), c.UntilEvent]).OfType<string>();
        return new(c.Id, c.Kind, c.Categories, c.Purposes, c.Until, c.UntilEvent, Language.Text(
            language, "notice.scope", c.Kind, string.Join(", ", c.Purposes), string.Join(", ", c.Categories), string.Join(" / ", ends)));
    }
}
