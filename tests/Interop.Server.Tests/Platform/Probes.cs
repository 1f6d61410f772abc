using System.Text.RegularExpressions;
using Interop.Platform.Http;
using Interop.Server.Tests.World;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.Platform;

/// <summary>One question to one operation, <c>{names}</c> where an id or another name of what is asked about stands.</summary>
/// <param name="Operation">The operation as routing has it: <c>GET /v1/referrals/{id}</c>.</param>
/// <param name="Address">Path and query.</param>
/// <param name="Body">JSON; after <c>form:</c> a form; null: none.</param>
internal sealed partial record Probe(string Operation, HttpMethod Method, string Address, string? Body)
{
    /// <summary>Asked with these names, and with their values told apart from the answer again: what is left depends on nothing but whether it is there.</summary>
    public async Task<Reply> AskAsync(Party party, IReadOnlyDictionary<string, string> names)
    {
        var content = Body is null ? null
            : Body.StartsWith("form:", StringComparison.Ordinal) ? new StringContent(Fill(Body[5..], names), System.Text.Encoding.UTF8, "application/x-www-form-urlencoded")
            : Party.Json(Fill(Body, names));
        return await party.SendAsync(Method, Fill(Address, names), content, ("If-Match", "\"1\""), ("X-Request-ID", "probe"));
    }

    static string Fill(string text, IReadOnlyDictionary<string, string> names) => Name().Replace(text, m => names[m.Groups[1].Value]);

    [GeneratedRegex(@"\{([a-z]+)\}")]
    private static partial Regex Name();
}

/// <summary>
/// What can be asked at every operation that there is, made from the routes themselves: an operation that takes a body or names
/// nobody in its path must say here, or in <see cref="Lists"/>, how somebody could be named at it, or that nobody is.
/// </summary>
internal static class Probes
{
    const string Consent = """
        "personId":"{person}","purposes":["treatment"],"from":"{before}","until":"{after}","signature":{"method":"electronic","at":"{before}","by":"Ana Pérez"},"language":"es"}
        """;

    const string ReferralConsent = """{"kind":"referral","matter":"{matter}","categories":["referral"],"discloser":"juzgado-central","recipients":["centro-esperanza"],""" + Consent;

    const string TreatmentConsent = """{"kind":"treatment","categories":["conditions"],"discloser":"clinica-del-valle","recipients":["hospital-ajeno"],""" + Consent;

    const string FhirConsent = """
        {"resourceType":"Consent","id":"{consent}","language":"es","status":"active","patient":{"reference":"Patient/{person}"},"dateTime":"{before}",
        "scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},
        "category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],
        "policyRule":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"OPTIN"}]},
        "provision":{"type":"deny","period":{"end":"{after}"}},
        "extension":[{"url":"urn:interop:consent-signature","extension":[{"url":"method","valueCode":"paper"},{"url":"at","valueDateTime":"{before}"},{"url":"by","valueString":"Ana Pérez"}]}]}
        """;

    const string Evaluation = """{"person":"{person}","request":{"actor":[{"system":"urn:interop:organisation","value":"juzgado-central"}],"purpose":"justice-monitoring","matter":"{matter}"}""";

    const string Access = """{"subject":{"type":"organization","id":"juzgado-central"},"action":{"name":"read"},"context":{"purpose":"justice-monitoring","matter":"{matter}"},""";

    const string ById = """ "resource":{"type":"person","id":"{person}"}""", ByIdentifier = """ "resource":{"type":"Observation","id":"1","properties":{"patientId":[{"system":"urn:gt:dpi","value":"{dpi}"}]}}""";

    const string Emergency = """{"personnel":{"name":"Dra. Luz Ixcot","affiliation":"Urgencias"},"nature":"Inconsciente",""";

    const string Hook = """
        {"hook":"patient-consent-consult","hookInstance":"1","context":{"purposeOfUse":"justice-monitoring","actor":[{"system":"urn:interop:organisation","value":"juzgado-central"}],"patientId":
        """;

    const string Order = """
        {"personId":"{person}","order":{"number":"O-1","issuedAt":"{before}"},"subpoena":{"number":"S-1","issuedAt":"{before}"},"discloser":"centro-esperanza","recipients":["fiscalia-central"],
        "purpose":"criminal","categories":["attendance"],"from":"{before}","until":"{after}"}
        """;

    /// <summary>Bodies that are sound, and queries that name somebody: what can be asked beyond a path.</summary>
    static readonly Dictionary<string, string[]> s_asked = new()
    {
        ["GET /v1/events"] = ["?after={event}"],
        ["GET /v1/referrals"] = ["?person={person}", "?matter={matter}", "?matter={number}"],
        ["GET /v1/consents"] = ["?person={person}"],
        ["GET /v1/court-orders"] = ["?person={person}"],
        ["GET /v1/audit/entries"] = ["?person={person}", "?resource={referral}", "?consent={consent}"],
        ["GET /v1/audit/export"] = ["?person={person}"],
        ["GET /v1/audit/entries/{index}/proof"] = ["?size=1"],
        ["GET /fhir/Task"] = ["?_id={referral}", "?patient={person}", "?identifier={referral}&_total=accurate", "?identifier=urn:interop:referral|{referral}"],
        ["GET /fhir/ServiceRequest"] = ["?_id={referral}&_summary=count", "?subject=Patient/{person}"],
        ["GET /fhir/Patient"] = ["?_id={person}", "?identifier=urn:gt:dpi|{dpi}&_total=accurate"],
        ["GET /fhir/Consent"] = ["?_id={consent}", "?patient={person}&_total=accurate"],
        ["GET /fhir/AuditEvent"] = ["?patient={person}", "?entity=Task/{referral}"],
        ["POST /fhir/Task/_search"] = ["form:_id={referral}", "form:patient={person}"],
        ["POST /fhir/ServiceRequest/_search"] = ["form:_id={referral}"],
        ["POST /fhir/Patient/_search"] = ["form:identifier={dpi}"],
        ["POST /fhir/Consent/_search"] = ["form:patient={person}"],
        ["POST /fhir/AuditEvent/_search"] = ["form:patient={person}"],
        ["POST /fhir/Consent"] = [FhirConsent],
        ["PUT /fhir/Consent/{id}"] = [FhirConsent],
        ["PUT /fhir/Task/{id}"] = ["""{"resourceType":"Task","id":"{referral}","status":"accepted","intent":"order"}"""],
        ["POST /v1/referrals"] =
        [
            """
            {"person":{"familyName":"Pérez","givenNames":["Ana"],"birthDate":"1990-02-03","sex":"female","language":"es","identifiers":[{"system":"urn:gt:dpi","value":"{dpi}"}]},
            "matter":{"number":"{number}","jurisdiction":"GT"},"intercept":"arrest","service":"outpatient","providerId":"centro-esperanza"}
            """,
        ],
        ["POST /v1/referrals/{id}/acceptance"] = ["""{"identifiers":[{"system":"urn:mrn","value":"M-1"}]}"""],
        ["POST /v1/referrals/{id}/rejection"] = [Because],
        ["POST /v1/referrals/{id}/appointments"] = ["""{"at":"{after}","kind":"assessment"}"""],
        ["POST /v1/referrals/{id}/appointments/{aid}/outcome"] = ["""{"outcome":"attended"}"""],
        ["POST /v1/referrals/{id}/admission"] = ["{}"],
        ["POST /v1/referrals/{id}/hold"] = [Because],
        ["POST /v1/referrals/{id}/resumption"] = ["{}"],
        ["POST /v1/referrals/{id}/discharge"] = ["""{"kind":"completed"}"""],
        ["POST /v1/referrals/{id}/cancellation-request"] = [Because],
        ["POST /v1/referrals/{id}/cancellation-confirmation"] = ["{}"],
        ["POST /v1/referrals/{id}/cancellation"] = [Because],
        ["POST /v1/referrals/{id}/reassignment"] = ["""{"providerId":"hospital-ajeno","reason":"Sin cupo"}"""],
        ["POST /v1/referrals/{id}/compliance-updates"] = ["""{"category":"attendance","value":"attended","occurredAt":"{before}"}"""],
        ["POST /v1/referrals/{id}/compliance-updates/{uid}/correction"] = ["""{"value":"missed","reason":"Error"}"""],
        ["POST /v1/referrals/{id}/compliance-updates/{uid}/retraction"] = [Because],
        ["PATCH /v1/persons/{id}"] = ["""{"language":"fr"}"""],
        ["POST /v1/persons/{id}/disclosure-requests"] = ["""{"receivedAt":"{before}","language":"es"}"""],
        ["POST /v1/persons/{id}/disclosure-requests/{rid}/answer"] = ["{}"],
        ["POST /v1/matters/{id}/final-disposition"] = ["""{"at":"{before}"}"""],
        ["POST /v1/matters/{id}/end-of-supervision"] = ["""{"at":"{before}"}"""],
        ["POST /v1/consents"] = [ReferralConsent, TreatmentConsent],
        ["POST /v1/consents/preview"] = [ReferralConsent, TreatmentConsent],
        ["POST /v1/consents/{id}/revocation"] = [Because],
        ["POST /v1/consents/evaluation"] =
        [
            Evaluation + "}", Evaluation + ""","asOf":"{before}","resources":[{"resourceType":"Observation","subject":{"reference":"Patient/{person}"}}]}""",
        ],
        ["POST /access/v1/evaluation"] = [Access + ById + "}", Access + ByIdentifier + "}"],
        ["POST /access/v1/evaluations"] = [Access + """ "evaluations":[{""" + ById + "},{" + ByIdentifier + "}]}"],
        ["POST /cds-services/patient-consent-consult"] = [Hook + """[{"system":"urn:interop:person","value":"{person}"}]}}""", Hook + """[{"system":"urn:gt:dpi","value":"{dpi}"}]}}"""],
        ["POST /v1/emergency-access"] = [Emergency + """ "personId":"{elsewhere}"}""", Emergency + """ "identifiers":[{"system":"urn:gt:dpi","value":"{elsewheredpi}"}]}"""],
        ["POST /v1/emergency-access/{id}/review"] = ["""{"finding":"justified","note":"Visto"}"""],
        ["POST /v1/court-orders"] = [Order],
        ["POST /v1/court-orders/{id}/revocation"] = [Because],
        ["POST /v1/subscriptions/{id}/resume"] = ["{}"],
        ["POST /v1/subscriptions/{id}/rotation"] = ["{}"],
        ["POST /v1/subscriptions/{id}/test"] = ["{}"],
        ["POST /v1/audit/queries"] = ["""{"name":"N","filters":{"person":"{person}"}}"""],
        ["POST /v1/clients/{id}/rotation"] = ["{}"],
        ["POST /v1/clients/{id}/disablement"] = ["{}"],
        ["POST /v1/organisations/{id}/office-hours"] = ["{}"],
        ["POST /v1/organisations/{id}/services"] = ["{}"],
    };

    /// <summary>Nobody is named at these: what is theirs is the caller's own, or everybody's.</summary>
    static readonly string[] s_nobody =
    [
        "POST /v1/subscriptions", "POST /v1/organisations", "POST /v1/clients", "GET /v1/audit/digest", "GET /v1/audit/queries", "GET /v1/audit/consistency",
        "GET /v1/directory/services/{id}", "PUT /v1/directory/services/{id}/capacity", // what there is in the directory, everybody may know
    ];

    const string Because = """{"reason":"Sin cupo"}""";

    public static IReadOnlyList<Probe> Of(Exchange exchange) => [.. Operations(exchange).SelectMany(o => Of(o.Method, o.Pattern))];

    /// <summary>Every operation that is not for everybody.</summary>
    public static IEnumerable<(string Method, string Pattern)> Operations(Exchange exchange) =>
        from route in exchange.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where route.Metadata.GetMetadata<Public>() is null
        from method in route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
        select (method, '/' + route.RoutePattern.RawText!.Trim('/'));

    static IEnumerable<Probe> Of(string method, string pattern)
    {
        var operation = $"{method} {pattern}";
        if (s_nobody.Contains(operation))
            yield break;
        var path = Named(pattern);
        var (asked, writes) = (s_asked.GetValueOrDefault(operation, []), method is "POST" or "PUT" or "PATCH");
        if (asked.Length == 0 && writes)
            throw new InvalidOperationException($"Say in Probes how somebody could be named in the body of {operation}, or that nobody is.");
        if (asked.Length == 0 && !path.Contains('{', StringComparison.Ordinal) && !Lists.Walked.ContainsKey(pattern))
            throw new InvalidOperationException($"Say in Probes how somebody could be named at {operation}, in Lists how its pages are walked, or that nobody is.");
        foreach (var ask in asked)
            yield return writes ? new(operation, new(method), path, ask) : new(operation, new(method), path + ask, null);
        if (!writes && path.Contains('{', StringComparison.Ordinal) && !asked.Any(a => a.StartsWith('?')))
            yield return new(operation, new(method), path, null);
    }

    /// <summary>The pattern with the name of what its ids are of.</summary>
    static string Named(string pattern)
    {
        var part = pattern.Split('/');
        var id = (part[1], part[2]) switch
        {
            (_, "referrals" or "Task" or "ServiceRequest") => "referral",
            (_, "consents" or "Consent") => "consent",
            (_, "matters") => "matter",
            (_, "persons" or "Patient") => "person",
            (_, "subscriptions") => "subscription",
            (_, "emergency-access") => "emergency",
            (_, "court-orders") => "order",
            (_, "clients" or "organisations") => "organisation",
            ("v1", "audit") => "query",
            ("fhir", "AuditEvent") => "entry",
            _ when !pattern.Contains("{id", StringComparison.Ordinal) => "",
            var other => throw new InvalidOperationException($"Say here what is there under {pattern} and whom it concerns ({other})."),
        };
        return pattern.Replace("{id}", $"{{{id}}}", StringComparison.Ordinal).Replace("{uid}", "{report}", StringComparison.Ordinal).Replace("{aid}", "{appointment}", StringComparison.Ordinal)
            .Replace("{rid}", "{request}", StringComparison.Ordinal).Replace("{version:int}", "1", StringComparison.Ordinal);
    }
}
