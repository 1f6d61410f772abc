using Interop.Platform;
using Interop.Platform.Http;

namespace Interop.Directory;

/// <summary>An organisation, as every other may know it.</summary>
/// <param name="OfficeHours">When its people are at work, in its time zone.</param>
internal sealed record OrganisationView(string Id, string Name, string Kind, string? Jurisdiction, string Language, string TimeZone, OfficeHours OfficeHours)
{
    public static OrganisationView Of(Organisation o) => new(o.Id, o.Name, o.Kind.Code, o.Jurisdiction, o.Language, o.TimeZone, o.OfficeHours ?? OfficeHours.Usual);
}

/// <summary>A service, as every organisation may know it. <c>version</c> is its ETag.</summary>
/// <param name="PlacesFree">Absent where the provider does not tell.</param>
internal sealed record CareServiceView(
    Id<CareService> Id, string Organisation, string Name, string Service, IReadOnlyList<string> Needs, IReadOnlyList<string> Languages,
    string? Jurisdiction, int? PlacesFree, int Version) : IVersioned
{
    public static CareServiceView Of(CareService s) =>
        new(s.Id, s.Organisation, s.Name, s.Service, s.Needs, s.Languages, s.Jurisdiction, s.PlacesFree, s.Version);
}
