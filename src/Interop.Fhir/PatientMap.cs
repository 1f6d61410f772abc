using Hl7.Fhir.Model;
using Interop.Consent;
using Interop.Referrals;

namespace Interop.Fhir;

/// <summary>The person referred, as FHIR Patient. From the referrals that the caller may see whole.</summary>
internal static class PatientMap
{
    /// <param name="referrals">Of one person, newest first.</param>
    /// <param name="views">Of each of them.</param>
    public static Patient Of(IReadOnlyList<Sighted> referrals, IReadOnlyList<ReferralView> views)
    {
        var person = views[0].Person!;
        var updated = UpdatedAt(referrals);
        var meta = new Meta();
        ReferralSource.Fill(meta, VersionOf(updated), updated, RedisclosureNotice.Of(views.Select(v => v.Notice)));
        return new()
        {
            Id = views[0].PersonId.ToString(),
            Meta = meta,
            Identifier = [.. views.SelectMany(v => v.Person!.Identifiers).Distinct().Select(i => new Identifier(SystemOf(i.System), i.Value))],
            Name = [new() { Family = person.FamilyName, Given = person.GivenNames, Use = HumanName.NameUse.Official }],
            Gender = person.Sex switch
            {
                "female" => AdministrativeGender.Female,
                "male" => AdministrativeGender.Male,
                "intersex" => AdministrativeGender.Other,
                _ => AdministrativeGender.Unknown,
            },
            BirthDate = person.BirthDate.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
            Telecom =
            [
                .. person.Contact?.Phone is { } phone ? [new ContactPoint(ContactPoint.ContactPointSystem.Phone, null, phone)] : Array.Empty<ContactPoint>(),
                .. person.Contact?.Email is { } email ? [new ContactPoint(ContactPoint.ContactPointSystem.Email, null, email)] : Array.Empty<ContactPoint>(),
            ],
            Address = person.Contact?.Address is { } address ? [new() { Text = address }] : [],
            Communication = [new() { Language = new(Systems.Bcp47, person.Language), Preferred = true }],
        };
    }

    /// <summary>When what is shown of the person last changed: another's identifiers and links do not show, nor count.</summary>
    public static DateTimeOffset UpdatedAt(IReadOnlyList<Sighted> referrals) => referrals.Max(s => s.Record.Identifiers
        .Where(i => IsShown(i.Organisation, s)).Select(i => i.RecordedAt).Append(s.Record.Person.UpdatedAt).Max());

    /// <summary>The time itself, in microseconds: a count of versions would tell of changes that are not shown.</summary>
    public static string VersionOf(DateTimeOffset updated) =>
        ((updated.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond).ToString(System.Globalization.CultureInfo.InvariantCulture);

    public static bool HasIdentifier(IReadOnlyList<Sighted> referrals, Func<string, string, bool> matches) =>
        referrals.Any(s => s.Record.Identifiers.Any(i => IsShown(i.Organisation, s) && matches(SystemOf(i.System), i.Value)));

    /// <summary>An identifier's namespace that is no URI (no space is allowed in one) is made one.</summary>
    public static string SystemOf(string system) =>
        system.Any(char.IsWhiteSpace) ? "urn:interop:identifier-system:" + Uri.EscapeDataString(system) : system;

    static bool IsShown(string organisation, Sighted sighted) => organisation == sighted.Record.Referral.Referrer || organisation == sighted.Disclosure.Recipient;
}
