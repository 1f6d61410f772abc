using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Platform;

/// <summary>How each list is walked: entry by entry, so that every cursor and every total that it has is seen.</summary>
internal static partial class Lists
{
    /// <summary>By their route; <c>{names}</c> of what is looked at. Lists that the operator or oversight alone may call have nothing to hide from them.</summary>
    public static readonly IReadOnlyDictionary<string, string> Walked = new Dictionary<string, string>
    {
        ["/v1/referrals"] = "/v1/referrals?limit=1",
        ["/v1/referrals/{id}/history"] = "/v1/referrals/{referral}/history",
        ["/v1/referrals/{id}/appointments"] = "/v1/referrals/{referral}/appointments",
        ["/v1/referrals/{id}/compliance-updates"] = "/v1/referrals/{referral}/compliance-updates?limit=1",
        ["/v1/consents"] = "/v1/consents?person={person}&limit=1",
        ["/v1/court-orders"] = "/v1/court-orders?person={ordered}&limit=1",
        ["/v1/emergency-access"] = "/v1/emergency-access?limit=1",
        ["/v1/persons/{id}/disclosures"] = "/v1/persons/{person}/disclosures?limit=1",
        ["/v1/persons/{id}/disclosure-requests"] = "/v1/persons/{person}/disclosure-requests?limit=1",
        ["/v1/subscriptions"] = "/v1/subscriptions?limit=1",
        ["/v1/subscriptions/{id}/deliveries"] = "/v1/subscriptions/{subscription}/deliveries?limit=1",
        ["/v1/events"] = "/v1/events?limit=1",
        ["/fhir/Task"] = "/fhir/Task?_count=1&_total=accurate",
        ["/fhir/ServiceRequest"] = "/fhir/ServiceRequest?_count=1",
        ["/fhir/Patient"] = "/fhir/Patient?_count=1&_total=accurate",
        ["/fhir/Consent"] = "/fhir/Consent?_count=1&_total=accurate",
        ["/fhir/Consent/{id}/_history"] = "/fhir/Consent/{consent}/_history?_count=1",
        ["/v1/audit/entries"] = "/v1/audit/entries?limit=1",
        ["/fhir/AuditEvent"] = "/fhir/AuditEvent?_count=1",
        ["/v1/directory/organisations"] = "/v1/directory/organisations?limit=1",
        ["/v1/directory/services"] = "/v1/directory/services?limit=1",
        ["/v1/clients"] = "/v1/clients?limit=1",
        ["/v1/organisations"] = "/v1/organisations?limit=1",
        ["/v1/organisations/{id}/services"] = "/v1/organisations/centro-esperanza/services?limit=1",
    };

    /// <summary>Lists in which several things are of one moment: told by one act, or there from the beginning.</summary>
    static readonly string[] s_unordered = ["/deliveries", "/v1/events", "/v1/directory", "/v1/organisations", "/v1/clients"];

    /// <summary>Everything that the pages of a list say, one after the other, ids told apart by their order of appearance.</summary>
    public static async Task<string> WalkAsync(Party party, string address)
    {
        var (told, ids) = (new StringBuilder(), new Dictionary<string, string>());
        for (var (next, pages) = (address, 0); next is not null; pages++)
        {
            Assert.True(pages < 100, $"{address} does not end.");
            party.Exchange.Clock?.Advance(TimeSpan.FromSeconds(1)); // what looking leaves in the log is in order
            var page = await party.GetAsync(next);
            var text = Cursor().Replace(Uuid().Replace(page.Text, m => ids.TryGetValue(m.Value, out var known) ? known : ids[m.Value] = $"(id {ids.Count})"), "(cursor)");
            told.Append(CultureInfo.InvariantCulture, $"{page.Status} {page.Type}\n{Own().Replace(text, "(own)")}\n");
            next = page.Status == 200 ? NextOf(page.Json!, address) : null;
        }
        return s_unordered.Any(u => address.Contains(u, StringComparison.Ordinal)) ? Unordered(told.ToString()) : told.ToString();
    }

    static string Unordered(string told) => string.Join('\n', Number().Replace(told, "(id)").Replace("\"next\":null", "\"next\":\"(cursor)\"", StringComparison.Ordinal).Split('\n').Order(StringComparer.Ordinal));

    static string? NextOf(JsonNode page, string address)
    {
        if (page["resourceType"] is not null)
            return page["link"]!.AsArray().SingleOrDefault(l => l!["relation"]!.ToString() == "next")?["url"]?.ToString() is { } url ? new Uri(url).PathAndQuery : null;
        if (page["next"]?.ToString() is not { } cursor || (address.StartsWith("/v1/events", StringComparison.Ordinal) && page["items"]!.AsArray().Count == 0))
            return null;
        return $"{address}&{(address.StartsWith("/v1/events", StringComparison.Ordinal) ? "after" : "cursor")}={cursor}";
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uuid();

    [GeneratedRegex(@"\(id [0-9]+\)")]
    private static partial Regex Number();

    [GeneratedRegex("""(?<="(next|number)":")[A-Za-z0-9_-]+|(?<=_cursor=)[A-Za-z0-9_-]+""")]
    private static partial Regex Cursor();

    /// <summary>The exchange's own address, and what says which call it was.</summary>
    [GeneratedRegex("""http://[a-z0-9.]+:[0-9]+|(?<="(actor|traceparent)":")[^"]+""")]
    private static partial Regex Own();
}
