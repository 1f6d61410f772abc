using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Fhir;
using Interop.Server.Tests.Audit;

namespace Interop.Server.Tests.Fhir;

/// <summary>Entries that no operation of today makes.</summary>
public sealed class AuditEventMapTests
{
    static readonly DateTimeOffset s_at = new(2027, 3, 2, 9, 0, 0, TimeSpan.Zero);
    static readonly Guid s_person = Guid.CreateVersion7(s_at);

    [Theory]
    [InlineData(null)]
    [InlineData("token")]
    public void A_deletion_of_a_persons_data_has_the_shape_of_its_profile(string? token)
    {
        var entry = Entry("delete", "permitted", token);
        var e = JsonOf(entry, AuditFacets.Call);
        var profile = e["meta"]!["profile"]!.AsArray().Select(p => p!.ToString()).First(p => p.EndsWith("PatientDelete", StringComparison.Ordinal));
        Assert.Empty(BalpProfiles.Faults(e, BalpProfiles.All[profile]));
        Assert.Equal(["delete"], e["subtype"]!.AsArray().Select(s => s!["code"]!.ToString()));
    }

    [Theory]
    [InlineData("create", "Create")]
    [InlineData("read", "Read")]
    [InlineData("update", "Update")]
    [InlineData("delete", "Delete")]
    [InlineData("query", "Query")]
    public void What_did_not_succeed_claims_no_profile_and_what_did_claims_its_own(string action, string profile)
    {
        foreach (var outcome in new[] { "denied", "refused", "failed" })
            Assert.Null(JsonOf(Entry(action, outcome), AuditFacets.Call)["meta"]!["profile"]);
        var claimed = JsonOf(Entry(action, "permitted"), AuditFacets.Call);
        var url = Assert.Single(claimed["meta"]!["profile"]!.AsArray())!.ToString();
        Assert.EndsWith($"IHE.BasicAudit.Patient{profile}", url, StringComparison.Ordinal);
        Assert.Empty(BalpProfiles.Faults(claimed, BalpProfiles.All[url]));
        // An entry from before addresses were kept says that it does not know.
        Assert.Equal("unknown", claimed["agent"]![0]!["network"]!["_address"]!["extension"]![0]!["valueCode"]!.ToString());
    }

    [Fact]
    public void Of_every_entry_exactly_one_event_bears_its_bare_id()
    {
        foreach (var organisation in new[] { "interop", "centro-esperanza" })
        foreach (var action in Actions.All)
        foreach (var outcome in Outcomes.All)
            Assert.Single(AuditFacets.Of(LogWriter.Entry(s_at, organisation, s_person, action, outcome)), f => f.Suffix.Length == 0);
    }

    static AuditEntry Entry(string action, string outcome, string? token = null)
    {
        var entry = LogWriter.Entry(s_at, "centro-esperanza", s_person, action, outcome, "person.erase");
        return token is null ? entry : new()
        {
            Id = entry.Id,
            At = entry.At,
            Organisation = entry.Organisation,
            Client = entry.Client,
            Actor = "dra.lopez",
            Action = action,
            Operation = entry.Operation,
            Outcome = outcome,
            Person = entry.Person,
            ResourceType = "Person",
            ResourceId = entry.Person.ToString(),
            Canonical = """{"address":"192.0.2.7","token":"t-1"}""",
            Salt = entry.Salt,
        };
    }

    static JsonNode JsonOf(AuditEntry entry, AuditFacet facet) =>
        JsonNode.Parse(FhirJson.Write(AuditEventMap.Of(new() { Index = 7, Entry = entry }, facet, "https://exchange.example/fhir")).Span)!;
}
