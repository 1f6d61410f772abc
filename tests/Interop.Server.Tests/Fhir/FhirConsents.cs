using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Fhir;

/// <summary>Consents as a party writes them in FHIR.</summary>
public static class FhirConsents
{
    public const string MatterExtension = "urn:interop:consent-matter";

    extension(Party party)
    {
        public Task<Reply> GiveAsync(JsonObject consent, params (string, string)[] headers) =>
            party.SendAsync(HttpMethod.Post, "/fhir/Consent", Body(consent), headers);

        public async Task<JsonObject> ConsentAsync(Guid id) => (JsonObject)(await party.GetAsync($"/fhir/Consent/{id}")).Is(200).Json!;

        public Task<Reply> RewriteAsync(JsonObject consent, string? ifMatch = null) =>
            party.SendAsync(HttpMethod.Put, $"/fhir/Consent/{consent["id"]}", Body(consent), ("If-Match", ifMatch ?? $"W/\"{consent.At("meta.versionId")}\""));
    }

    static StringContent Body(JsonObject consent) => new(consent.ToJsonString(), Encoding.UTF8, MediaTypeHeaderValue.Parse("application/fhir+json"));

    /// <summary>The referral consent of <see cref="A.ReferralConsent"/>, in FHIR.</summary>
    public static JsonObject ReferralConsent(Reply referral, DateTimeOffset now) => Consent(referral, now, "referral", referral["referrerId"]!, [referral["providerId"]!], "TREAT", ["referral"])
        .With("provision.period", new JsonObject { ["start"] = A.Time(now.AddHours(-6)), ["end"] = A.Time(now.AddDays(180)) });

    /// <summary>The monitoring consent of <see cref="A.MonitoringConsent"/>, in FHIR: until final disposition.</summary>
    public static JsonObject MonitoringConsent(Reply referral, DateTimeOffset now, params string[] categories)
    {
        var consent = Consent(referral, now, "justice-monitoring", referral["providerId"]!, [referral["referrerId"]!, "libertad-vigilada"], "justice-monitoring", categories)
            .With("provision.period", new JsonObject { ["start"] = A.Time(now.AddHours(-6)) });
        consent["extension"]!.AsArray().Add(new JsonObject { ["url"] = "urn:interop:consent-until-event", ["valueCode"] = "final-disposition" });
        return consent;
    }

    /// <summary>What a person permits or denies in general, until the end of treatment.</summary>
    public static JsonObject General(Reply referral, DateTimeOffset now, JsonObject provision)
    {
        var consent = Consent(referral, now, "general", referral["providerId"]!, [], "TREAT", []).With("provision", provision);
        consent["extension"]!.AsArray().RemoveAt(1);
        consent["extension"]!.AsArray().Add(new JsonObject { ["url"] = "urn:interop:consent-until-event", ["valueCode"] = "end-of-treatment" });
        return consent;
    }

    static JsonObject Consent(Reply referral, DateTimeOffset now, string kind, string discloser, string[] recipients, string purpose, string[] categories) => new()
    {
        ["resourceType"] = "Consent",
        ["language"] = "es",
        ["extension"] = new JsonArray(
            Signature(now),
            new JsonObject { ["url"] = MatterExtension, ["valueIdentifier"] = new JsonObject { ["system"] = "urn:interop:matter", ["value"] = referral["matter.id"] } },
            new JsonObject { ["url"] = "urn:ehr:form", ["valueString"] = "F-7" }), // the partner's own
        ["identifier"] = new JsonArray(new JsonObject { ["system"] = "urn:ehr:consent", ["value"] = A.Unique("K") }),
        ["status"] = "active",
        ["scope"] = Concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        ["category"] = new JsonArray(Concept("http://loinc.org", "59284-0"), Concept("urn:interop:consent-kind", kind)),
        ["patient"] = new JsonObject { ["reference"] = $"Patient/{referral["personId"]}" },
        ["dateTime"] = A.Time(now),
        ["organization"] = new JsonArray(Organisation(discloser)),
        ["policyRule"] = Concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN"),
        ["provision"] = new JsonObject
        {
            ["type"] = "permit",
            ["actor"] = new JsonArray([.. recipients.Select(Recipient)]),
            ["purpose"] = new JsonArray(Coding(purpose == "TREAT" ? "http://terminology.hl7.org/CodeSystem/v3-ActReason" : "urn:interop:purpose", purpose)),
            ["code"] = new JsonArray([.. categories.Select(c => Concept("urn:interop:report-category", c))]),
        },
    };

    public static JsonObject Signature(DateTimeOffset at) => new()
    {
        ["url"] = "urn:interop:consent-signature",
        ["extension"] = new JsonArray(
            new JsonObject { ["url"] = "method", ["valueCode"] = "electronic" },
            new JsonObject { ["url"] = "at", ["valueDateTime"] = A.Time(at) },
            new JsonObject { ["url"] = "by", ["valueString"] = "Ana Pérez" }),
    };

    public static JsonObject Recipient(string organisation) => new()
    {
        ["role"] = Concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP"),
        ["reference"] = Organisation(organisation),
    };

    static JsonObject Organisation(string id) => new() { ["identifier"] = new JsonObject { ["system"] = "urn:interop:organisation", ["value"] = id } };

    public static JsonObject Concept(string system, string code) => new() { ["coding"] = new JsonArray(Coding(system, code)) };

    public static JsonObject Coding(string system, string code) => new() { ["system"] = system, ["code"] = code };
}
