using System.Text;
using System.Text.Json.Nodes;
using Interop.Consent.Evaluation;
using Xunit;

namespace Interop.Tests.Consent;

/// <summary>Whatever is sent is answered, or refused with its place, and neither overflows anything nor takes for ever.</summary>
public sealed class HostileConsentTests
{
    const string Request = """ "request":{"actor":[{"reference":"Organization/a"}],"purpose":"TREAT"} """;

    static string Body(string consent, string more = "") => $$"""{"consents":[{{consent}}],{{Request}}{{more}}}""";

    static string Nested(int depth)
    {
        var text = new StringBuilder();
        for (var i = 0; i < depth; i++)
            text.Append("""{"type":"permit","provision":[""");
        text.Append("""{"type":"deny"}""");
        for (var i = 0; i < depth; i++)
            text.Append("]}");
        return $$"""{"resourceType":"Consent","status":"active","provision":{{text}}}""";
    }

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(FhirConsents.Deepest)]
    public void Provisions_within_provisions_are_decided(int depth)
    {
        var e = Evaluated.Of(Body(Nested(depth)));

        Assert.Equal(Decision.Deny, e.Decision);
        Assert.Equal(depth, Assert.Single(e.Trace.Entries, t => t.Decided).Provision!.Depth);
    }

    [Fact]
    public void Deeper_than_that_is_refused_by_name_and_limit() =>
        Assert.EndsWith("consent.too-deep", Assert.Single(Way.Faults(Body(Nested(FhirConsents.Deepest + 1)))), StringComparison.Ordinal);

    [Fact]
    public void Ten_thousand_provisions_are_decided_and_the_trace_is_bounded()
    {
        var provisions = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $$"""{"type":"{{(i % 2 == 0 ? "permit" : "deny")}}","purpose":[{"code":"P{{i}}"}]}"""));
        var e = Evaluated.Of(Body($$"""{"resourceType":"Consent","status":"active","provision":{"type":"permit","provision":[{{provisions}}]} }""",
            ""","resources":[{"resourceType":"Observation","id":"1"},{"resourceType":"Observation","id":"2"}]"""));

        Assert.Equal((Decision.Permit, 2), (e.Decision, e.Items.Count(i => i.Decision is Decision.Permit)));
        Assert.InRange(e.Trace.Entries.Count, Trace.Most, Trace.Most + 3);
        Assert.Equal(3 * 10_001, e.Trace.Entries.Count + e.Trace.Omitted);
        Assert.Equal(3, e.Trace.Entries.Count(t => t.Decided));
    }

    [Fact]
    public void More_work_than_one_may_ask_for_is_refused_with_the_limit()
    {
        var provisions = string.Join(',', Enumerable.Repeat("""{"type":"deny"}""", 10_000));
        var resources = string.Join(',', Enumerable.Repeat("""{"resourceType":"Basic"}""", 999));

        Assert.Equal([" evaluation.too-much"], Way.Faults(Body($$"""{"resourceType":"Consent","status":"active","provision":{"type":"permit","provision":[{{provisions}}]} }""", $$""","resources":[{{resources}}]""")));
    }

    [Fact]
    public void A_long_ring_of_groups_ends()
    {
        var groups = string.Join(',', Enumerable.Range(0, 5000).Select(i => $$"""{"resourceType":"Group","id":"{{i}}","member":[{"entity":{"reference":"Group/{{(i + 1) % 5000}}"} }]}"""));
        var e = Evaluated.Of(Body("""{"resourceType":"Consent","status":"active","provision":{"type":"permit","actor":[{"reference":{"reference":"Group/7"}}]}}""", $$""","context":[{{groups}}]"""));

        Assert.Equal(Decision.NoConsent, e.Decision);
    }

    [Theory]
    [InlineData("""{"resourceType":"Consent","provision":{"type":"permit"}}""", "consents[0].status required")]
    [InlineData("""{"resourceType":"Patient","status":"active"}""", "consents[0].resourceType fhir.type")]
    [InlineData("""{"status":"active"}""", "consents[0].resourceType fhir.type")]
    [InlineData("7", "consents[0] type.object")]
    [InlineData("null", "consents[0] type.object")]
    [InlineData("""{"resourceType":"Consent","status":7}""", "consents[0].status type.text consents[0].status required")]
    [InlineData("""{"resourceType":"Consent","status":"active","modifierExtension":[{"url":"x"}]}""", "consents[0].modifierExtension fhir.not-understood")]
    [InlineData("""{"resourceType":"Consent","status":"active","provision":{"type":"allow"}}""", "consents[0].provision.type code.unknown")]
    [InlineData("""{"resourceType":"Consent","status":"active","provision":{"type":"permit","period":{"end":"31/12/2026"}}}""", "consents[0].provision.period.end type.fhir-date")]
    [InlineData("""{"resourceType":"Consent","status":"active","provision":{"type":"permit","period":{"start":"2026-02-30"}}}""", "consents[0].provision.period.start type.fhir-date")]
    [InlineData("""{"resourceType":"Consent","status":"active","provision":{"type":"permit","period":7}}""", "consents[0].provision.period type.object")]
    [InlineData("""{"resourceType":"Consent","status":"active","provision":{"type":"permit","purpose":["TREAT"]}}""", "consents[0].provision.purpose[0] type.object")]
    [InlineData("""{"resourceType":"Consent","status":"active","provision":{"type":"permit","data":[{"meaning":"near","reference":{"reference":"X/1"}}]}}""", "consents[0].provision.data[0].meaning code.unknown")]
    [InlineData("""{"resourceType":"Consent","status":"active","provision":{"type":"permit","provision":[{"type":"deny","modifierExtension":[]}]}}""", "consents[0].provision.provision[0].modifierExtension fhir.not-understood")]
    [InlineData("""{"resourceType":"Consent","status":"\ud800"}""", "consents[0] text.unicode")]
    [InlineData("""{"resourceType":"Consent","status":"active","provision":{"type":"permit","purpose":[{"code":"\udc00"}]}}""", "consents[0] text.unicode")]
    public void What_is_not_understood_is_a_fault_at_its_place(string consent, string faults) => Assert.Equal(faults, string.Join(' ', Way.Faults(Body(consent))));

    [Theory]
    [InlineData("""{}""", "request required")]
    [InlineData("""{"request":{}}""", "request.actor required request.purpose required")]
    [InlineData("""{"request":{"actor":[],"purpose":"TREAT"}}""", "request.actor required")]
    [InlineData("""{"request":{"actor":[{}],"purpose":{}}}""", "request.actor[0] type.actor request.purpose type.coding")]
    [InlineData("""{"request":{"actor":[{"reference":"Organization/a"}],"purpose":7}}""", "request.purpose type.coding")]
    [InlineData("""{"request":{"actor":[{"reference":"Organization/a"}],"purpose":"TREAT","color":"red"}}""", "request.color member.unknown")]
    [InlineData("""{"request":{"actor":[{"reference":"Organization/a"}],"purpose":"TREAT"},"concents":[]}""", "concents member.unknown")]
    [InlineData("""{"request":{"actor":[{"reference":"Organization/a"}],"purpose":"TREAT"},"consents":{}}""", "consents type.list")]
    [InlineData("""{"request":{"actor":[{"reference":"Organization/a"}],"purpose":"TREAT"},"asOf":"yesterday"}""", "asOf type.instant")]
    [InlineData("""{"request":{"actor":[{"reference":"Organization/a"}],"purpose":"TREAT"},"person":"x"}""", "person type.uuid")]
    [InlineData("""{"request":{"actor":[{"reference":"Organization/a"}],"purpose":"TREAT"},"consents":[],"person":"01980a5e-7b1a-7a01-8c11-5b8e0f6d2a77"}""", "person evaluation.both")]
    [InlineData("""{"request":{"actor":[{"reference":"Organization/a"}],"purpose":"TREAT"},"jurisdiction":"Chile"}""", "jurisdiction jurisdiction")]
    [InlineData("""{"request":{"actor":[{"reference":"Organization/a"}],"purpose":"TREAT"},"resources":[{}]}""", "resources[0].resourceType required")]
    [InlineData("""{"request":{"actor":[{"system":"\ud800","value":"x"}],"purpose":"TREAT"}}""", "request.actor[0] text.unicode request.actor[0] type.actor")]
    public void What_is_wrong_with_the_request_is_named(string body, string faults) => Assert.Equal(faults, string.Join(' ', Way.Faults(body)));

    [Fact]
    public void Every_prefix_and_every_changed_byte_of_a_consent_is_answered_or_refused()
    {
        var random = new Random(41);
        var body = Encoding.UTF8.GetBytes(new WrittenCase { Consents = [new() { Offset = -3, PolicyRule = "OPTIN", Root = new() { Type = "permit", Period = ("2026", "2027-01"), Actors = [new("role|IRCP", "Group/h")], Data = [("related", "X/1")], Labels = ["conf|R"], Children = [new() { Type = "deny", Codes = ["loinc|1"] }] } }], Resources = [new() { Type = "Observation", Id = "1", Date = "2026-01-01" }] }.ToJson().ToJsonString());
        for (var i = 0; i < 2000; i++)
        {
            var copy = (byte[])body.Clone();
            for (var n = random.Next(1, 6); n > 0; n--)
                copy[random.Next(copy.Length)] = (byte)"\"{}[]:,0aZ\\u"[random.Next(12)];
            JsonNode? json;
            try
            {
                json = JsonNode.Parse(copy);
            }
            catch (System.Text.Json.JsonException)
            {
                continue;
            }
            if (json is JsonObject)
                Way.Faults(Encoding.UTF8.GetString(copy)); // throws nothing
        }
    }

    [Fact]
    public void What_has_no_code_but_only_words_is_not_permitted_and_is_denied()
    {
        const string Words = """ "code":[{"text":"everything about drinking"}] """;
        Decision Of(string provision) => Evaluated.Of(Body($$"""{"resourceType":"Consent","status":"active","provision":{{provision}}}""", ""","resources":[{"resourceType":"Observation","id":"1"}]""")).Items[0].Decision;

        Assert.Equal(Decision.NoConsent, Of($$"""{"type":"permit",{{Words}}}"""));
        Assert.Equal(Decision.Deny, Of($$"""{"type":"permit","provision":[{"type":"deny",{{Words}}}]}"""));
    }

    [Fact]
    public void One_where_a_list_belongs_and_a_list_where_one_belongs_are_read() =>
        Assert.Equal(Decision.Deny, Evaluated.Of(Body("""
            {"resourceType":"Consent","status":"active","scope":{"coding":{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}},
             "provision":[{"type":"permit","provision":{"type":"deny","purpose":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"TREAT"}}}]}
            """)).Decision);

    [Fact]
    public void Contained_resources_are_found_by_their_own_consent() =>
        Assert.Equal(Decision.Permit, Evaluated.Of("""
            {"consents":[{"resourceType":"Consent","status":"active","contained":[{"resourceType":"Organization","id":"o","identifier":[{"system":"urn:x","value":"1"}]}],
              "provision":{"type":"permit","actor":[{"reference":{"reference":"#o"}}]}}],
             "request":{"actor":[{"system":"urn:x","value":"1"}],"purpose":"TREAT"}}
            """).Decision);

    [Fact]
    public void A_bundle_in_the_context_is_looked_into() =>
        Assert.Equal(Decision.Permit, Evaluated.Of("""
            {"consents":[{"resourceType":"Consent","status":"active","provision":{"type":"permit","actor":[{"reference":{"reference":"https://x.example/fhir/Organization/o"}}]}}],
             "context":[{"resourceType":"Bundle","entry":[{"fullUrl":"https://x.example/fhir/Organization/o","resource":{"resourceType":"Organization","id":"o","identifier":[{"system":"urn:x","value":"1"}]}}]}],
             "request":{"actor":[{"system":"urn:x","value":"1"}],"purpose":"TREAT"}}
            """).Decision);
}
