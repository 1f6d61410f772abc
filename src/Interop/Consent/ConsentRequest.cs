using System.Text.Json;
using Interop.Persons;
using Interop.Platform.Http;

namespace Interop.Consent;

/// <summary>A person's consent, captured by a party on the person's word.</summary>
/// <param name="Kind">referral, justice-monitoring, treatment, research, counselling-notes or proceedings.</param>
/// <param name="Matter">The matter's id, or its number within the caller's organisation. Required for justice-monitoring and proceedings.</param>
/// <param name="Discloser">Who may disclose: an organisation's id.</param>
/// <param name="Recipients">Who may receive: organisations' ids.</param>
/// <param name="Purposes">
/// treatment, justice-monitoring, payment, operations, research, emergency, proceedings, or their v3-ActReason codes. What its kind is for must
/// be among them; proceedings stands alone.
/// </param>
/// <param name="Categories">
/// Of referral: referral. Of justice-monitoring and proceedings any of attendance, progress, phase, drug-test, treatment-status. Of treatment
/// and research these and conditions, medications, results, screening, care-plans, encounters, documents. Of counselling-notes: counselling-notes.
/// </param>
/// <param name="From">Instant or date (its first moment); at most a day before the signature.</param>
/// <param name="Until">Instant, or date that is included. It or <paramref name="UntilEvent"/> is required.</param>
/// <param name="UntilEvent">final-disposition, end-of-treatment or end-of-supervision.</param>
/// <param name="Revocable">From when it may be revoked, of justice-monitoring and referral. Every other kind is revocable at any time.</param>
/// <param name="Language">BCP 47 tag of the language in which the consent was given.</param>
public sealed record ConsentRequest(
    Guid PersonId, string Kind, string? Matter, string Discloser, IReadOnlyList<string> Recipients, IReadOnlyList<string> Purposes,
    IReadOnlyList<string> Categories, DateTimeOffset From, DateTimeOffset? Until, string? UntilEvent, RevocableInput? Revocable,
    SignatureInput Signature, string Language)
{
    /// <summary>Reads one, each missing or contradictory element named (42 CFR 2.31(a), 2.35).</summary>
    /// <param name="given">Whether it must be signed.</param>
    internal static ConsentRequest Read(Fields f, TimeZoneInfo zone, DateTimeOffset now, bool given = true)
    {
        var kind = f.Code("kind", Kinds.All)!;
        var rules = new KindRules(Kinds.Find(kind));
        var request = new ConsentRequest(
            f.Id<Person>("personId")?.Value ?? default,
            kind,
            ReadMatter(f, rules.NeedsMatter),
            f.Text("discloser", 63)!,
            f.Texts("recipients", 63, 20),
            rules.ReadPurposes(f),
            rules.ReadCategories(f),
            f.InstantOrDate("from", end: false, zone) ?? default,
            f.InstantOrDate("until", end: true, zone, required: false),
            f.Code("untilEvent", UntilEvents.All, required: false),
            f.Object("revocable", r => RevocableInput.Read(r, zone), required: false),
            f.Object("signature", SignatureInput.Read, required: given)!,
            PersonInput.ReadLanguage(f, "language")!);
        rules.CheckRevocable(f);
        request.Check(f, now);
        return request;
    }

    /// <summary>Reads one of no kind: FHIR says what is permitted and denied, and here stands who is a party to it and until when.</summary>
    internal static ConsentRequest ReadGeneral(Fields f, TimeZoneInfo zone, DateTimeOffset now)
    {
        var request = new ConsentRequest(
            f.Id<Person>("personId")?.Value ?? default,
            f.Code("kind", [Kinds.General])!,
            null,
            f.Text("discloser", 63)!,
            f.Texts("recipients", 63, 20, required: false),
            f.Codes("purposes", Consent.Purposes.Codes, 20, required: false),
            f.Texts("categories", 63, 20, required: false),
            f.InstantOrDate("from", end: false, zone) ?? default,
            f.InstantOrDate("until", end: true, zone, required: false),
            f.Code("untilEvent", UntilEvents.All, required: false),
            f.Object("revocable", r => RevocableInput.Read(r, zone), required: false),
            f.Object("signature", SignatureInput.Read)!,
            PersonInput.ReadLanguage(f, "language")!);
        request.CheckEnd(f, now);
        if (request.Signature is { } signed && signed.At > now + ClockSkew)
            f.Fail("signature.at", "date.future");
        return request;
    }

    void CheckEnd(Fields f, DateTimeOffset now)
    {
        if (!f.Has("until") && !f.Has("untilEvent"))
            f.Fail("until", "consent.no-end");
        if (Until is { } until && From != default && until <= From)
            f.Fail("until", "consent.ends-before-it-begins");
        else if (Until <= now)
            f.Fail("until", "consent.ended");
    }

    void Check(Fields f, DateTimeOffset now)
    {
        CheckEnd(f, now);
        if (Signature is { } signed && signed.At != default)
        {
            if (signed.At > now + ClockSkew)
                f.Fail("signature.at", "date.future");
            if (From != default && From < signed.At - TimeSpan.FromDays(1))
                f.Fail("from", "consent.begins-before-signature");
        }
        if (Revocable?.From is { } revocable && Until is { } end && revocable > end)
            f.Fail("revocable.from", "consent.revocable-after-end");
        if (Discloser is not null && Recipients.Contains(Discloser))
            f.Fail("recipients", "consent.discloser-is-recipient");
    }

    /// <summary>How far a partner's clock may run ahead of ours.</summary>
    internal static TimeSpan ClockSkew { get; } = TimeSpan.FromMinutes(5);

    static string? ReadMatter(Fields f, bool required)
    {
        // Its id or number, or an object that has one: {id} or {number}, as answers about referrals have it.
        if (f.Any("matter", required) is not { } matter)
            return null;
        if (matter.ValueKind is not JsonValueKind.Object)
            return f.String(matter, f.At("matter"), out var text) && text.Length is > 0 and <= 200 ? text : Fail();
        return f.Nested(matter, f.At("matter"), m =>
        {
            m.Any("jurisdiction", required: false);
            var id = m.Text("id", 200, required: false);
            var number = m.Text("number", 200, required: id is null);
            return id ?? number ?? "";
        });

        string? Fail()
        {
            f.Fail("matter", "text.empty");
            return null;
        }
    }
}

/// <summary>From when the consent may be revoked; the earlier of the two. Left out: at any time.</summary>
public sealed record RevocableInput(DateTimeOffset? From, string? Event)
{
    internal static RevocableInput Read(Fields f, TimeZoneInfo zone)
    {
        var read = new RevocableInput(f.InstantOrDate("from", end: false, zone, required: false), f.Code("event", UntilEvents.All, required: false));
        if (!f.Has("from") && !f.Has("event"))
            f.Fail("from", "required");
        return read;
    }
}

/// <summary>The signature.</summary>
/// <param name="Method">electronic, paper or witnessed-mark.</param>
/// <param name="By">Who signed: the person, or who signs for them.</param>
/// <param name="Witness">Required for a witnessed mark.</param>
public sealed record SignatureInput(string Method, DateTimeOffset At, string By, string? Witness)
{
    internal static SignatureInput Read(Fields f)
    {
        var method = f.Code("method", SignatureMethods.All)!;
        return new(method, f.InstantOrDate("at", end: false, TimeZoneInfo.Utc) ?? default, f.Text("by", 200)!,
            f.Text("witness", 200, required: method == SignatureMethods.WitnessedMark));
    }
}

/// <summary>Why, in the person's words or the caller's.</summary>
public sealed record RevocationRequest(string Reason)
{
    internal static RevocationRequest Read(Fields f) => new(f.Text("reason", 500)!);
}
