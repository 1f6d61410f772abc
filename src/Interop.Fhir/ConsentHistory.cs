using System.Globalization;
using Hl7.Fhir.Model;
using FhirConsent = Hl7.Fhir.Model.Consent;

namespace Interop.Fhir;

/// <summary>The versions of a Consent as a Bundle, newest first.</summary>
internal static class ConsentHistory
{
    /// <param name="versions">One more than are shown where the page is not the last.</param>
    public static Bundle Of(IReadOnlyList<FhirConsent> versions, int shown, string address, int total, string? cursor)
    {
        var history = $"{address}/_history";
        var bundle = new Bundle { Type = Bundle.BundleType.History, Total = total, Link = [new() { Relation = "self", Url = cursor is null ? history : $"{history}?_cursor={cursor}" }] };
        if (versions.Count > shown)
            bundle.Link.Add(new() { Relation = "next", Url = string.Create(CultureInfo.InvariantCulture, $"{history}?_count={shown}&_cursor={versions[shown - 1].Meta!.VersionId}") });
        foreach (var version in versions.Take(shown))
        {
            var first = version.Meta!.VersionId == "1";
            bundle.Entry.Add(new()
            {
                FullUrl = address,
                Resource = version,
                Request = new() { Method = first ? Bundle.HTTPVerb.POST : Bundle.HTTPVerb.PUT, Url = first ? "Consent" : $"Consent/{version.Id}" },
                Response = new() { Status = first ? "201" : "200", Etag = $"W/\"{version.Meta.VersionId}\"", LastModified = version.Meta.LastUpdated },
            });
        }
        return bundle;
    }
}
