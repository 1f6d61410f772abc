using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Persons;

/// <summary>The organisation that refers a person keeps the record, and changes it.</summary>
public abstract class PersonChangeTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task What_is_sent_changes_and_what_is_left_out_stays()
    {
        var it = await Case.OpenAsync(Exchange);
        var before = (await it.Court.GetAsync($"/v1/persons/{it.Person}")).Is(200);

        var after = (await ChangeAsync(it.Court, it.Person, new() { ["familyName"] = "Pérez Xol", ["contact"] = new JsonObject { ["phone"] = "+502 5555 0000" } }, before.ETag)).Is(200);

        Assert.Equal(("Pérez Xol", "+502 5555 0000"), (after["familyName"], after["contact.phone"]));
        foreach (var same in new[] { "id", "givenNames", "birthDate", "sex", "language", "identifiers" })
            Assert.Equal(before[same], after[same]);
        Assert.Equal((before.Version + 1, $"\"{after.Version}\""), (after.Version, after.ETag));
        Assert.Equal(after.Text, (await it.Court.GetAsync($"/v1/persons/{it.Person}")).Is(200).Text);
        Assert.Equal("Pérez Xol", (await it.Court.ReadAsync(it.Id)).Is(200)["person.familyName"]);
    }

    [Fact]
    public async Task The_provider_sees_the_change_through_the_referral_by_either_face()
    {
        var it = await Case.SendAsync(Exchange);
        var patient = (await it.Clinic.GetAsync($"/fhir/Patient/{it.Person}")).Is(200);
        await ChangeNowAsync(it, new() { ["givenNames"] = new JsonArray("Lucía"), ["language"] = "quc", ["identifiers"] = new JsonArray(A.Identifier("F-1", "urn:ficha")) });

        var seen = (await it.Clinic.ReadAsync(it.Id)).Is(200);
        Assert.Equal(("Lucía", "quc"), (seen["person.givenNames[0]"], seen["person.language"]));
        Assert.Contains("F-1", seen.Text, StringComparison.Ordinal);
        var changed = (await it.Clinic.GetAsync($"/fhir/Patient/{it.Person}")).Is(200);
        Assert.Equal(("Lucía", "quc"), (changed["name[0].given[0]"], changed["communication[0].language.coding[0].code"]));
        Assert.NotEqual(patient.ETag, changed.ETag);
        Assert.Equal("1", (await it.Clinic.GetAsync("/fhir/Patient?identifier=urn:ficha|F-1&_id=" + it.Person)).Is(200)["total"]);

        (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200);
        await ChangeNowAsync(it, new() { ["familyName"] = "Otra" });
        (await it.Clinic.ReadAsync(it.Id)).Is(404);
    }

    [Fact]
    public async Task Who_does_not_say_which_version_it_changes_is_asked_for_it()
    {
        var it = await Case.OpenAsync(Exchange);
        (await ChangeAsync(it.Court, it.Person, new() { ["sex"] = "male" }, null)).Is(428);
        (await ChangeAsync(it.Court, it.Person, new() { ["sex"] = "nobody's" }, "\"99\"")).Is(412); // before the body is looked at
        var etag = (await it.Court.GetAsync($"/v1/persons/{it.Person}")).Is(200).ETag!;
        (await ChangeAsync(it.Court, it.Person, new() { ["sex"] = "male" }, etag)).Is(200);
        (await ChangeAsync(it.Court, it.Person, new() { ["sex"] = "female" }, etag)).Is(412);
        Assert.Equal("male", (await it.Court.GetAsync($"/v1/persons/{it.Person}")).Is(200)["sex"]);
    }

    [Fact]
    public async Task Of_two_that_change_one_version_at_once_one_does()
    {
        var it = await Case.OpenAsync(Exchange);
        var etag = (await it.Court.GetAsync($"/v1/persons/{it.Person}")).Is(200).ETag!;
        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => ChangeAsync(new Court(Exchange), it.Person, new() { ["familyName"] = $"Pérez {i}" }, etag)));
        Assert.Equal([200, 412, 412, 412], replies.Select(r => r.Status).Order());
    }

    [Fact]
    public async Task To_who_does_not_keep_the_record_it_is_not_there()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("treatment-status");
        var absent = await ChangeAsync(it.Court, Guid.CreateVersion7(Exchange.Now), new() { ["sex"] = "male" }, "\"1\"");
        foreach (var organisation in new[] { "fiscalia-central", "libertad-vigilada" })
        {
            var reply = (await ChangeAsync(new Court(Exchange, organisation), it.Person, new() { ["sex"] = "male" }, "\"1\"")).Is(404);
            Assert.Equal(absent.Text, reply.Text);
            (await new Court(Exchange, organisation).GetAsync($"/v1/persons/{it.Person}")).Is(404);
            Assert.Equal(404, (await ChangeAsync(new Court(Exchange, organisation), it.Person, new() { ["sex"] = "x" }, null)).Status); // nor by another fault
        }
        foreach (var organisation in new[] { "centro-esperanza", "hospital-ajeno", "contraloria", "admin" })
            (await ChangeAsync(new Party(Exchange, organisation), it.Person, new() { ["sex"] = "male" }, "\"1\"")).Is(403);
    }

    [Fact]
    public async Task All_faults_are_named_at_once_and_nothing_changes()
    {
        var it = await Case.OpenAsync(Exchange);
        var before = (await it.Court.GetAsync($"/v1/persons/{it.Person}")).Is(200);
        (await ChangeAsync(it.Court, it.Person, new()
        {
            ["familyName"] = "",
            ["givenNames"] = new JsonArray(),
            ["birthDate"] = Exchange.Now.AddDays(30).ToString("yyyy-MM-dd", null),
            ["sex"] = "x",
            ["language"] = "español",
            ["contact"] = new JsonObject { ["phone"] = 5, ["fax"] = "1" },
            ["identifiers"] = new JsonArray(new JsonObject { ["system"] = "urn:x" }),
            ["keptBy"] = "juzgado-central",
        }, before.ETag)).Refuses(422,
            "familyName text.empty", "givenNames required", "birthDate date.future", "sex code.unknown", "language language.tag", "contact.phone type.text", "contact.fax member.unknown",
            "identifiers[0].value required", "keptBy member.unknown");
        Assert.Equal(before.Text, (await it.Court.GetAsync($"/v1/persons/{it.Person}")).Is(200).Text);
    }

    [Fact]
    public async Task An_identifier_of_another_person_is_ambiguous()
    {
        var it = await Case.OpenAsync(Exchange);
        var other = await Case.OpenAsync(Exchange);
        var theirs = A.Identifier(other.Referral["person.identifiers[0].value"]!);
        var etag = (await it.Court.GetAsync($"/v1/persons/{it.Person}")).Is(200).ETag;
        (await ChangeAsync(it.Court, it.Person, new() { ["identifiers"] = new JsonArray(A.Identifier(), theirs) }, etag)).Refuses(422, "identifiers[1] person.ambiguous");
        // One's own again is no change of who it is.
        (await ChangeAsync(it.Court, it.Person, new() { ["identifiers"] = new JsonArray(A.Identifier(it.Referral["person.identifiers[0].value"]!)) }, etag)).Is(200);
    }

    [Fact]
    public async Task A_change_is_an_entry_of_the_log_without_what_was_changed()
    {
        var it = await Case.OpenAsync(Exchange);
        var court = new Court(Exchange);
        (await ChangeAsync(court, it.Person, new() { ["familyName"] = "Secretísima" }, "*")).Is(200);
        var entry = Assert.Single(await court.AuditedAsync());
        Assert.Equal(("person.change", "permitted", (Guid?)it.Person), (entry.Operation, entry.Outcome, entry.Person));
        Assert.DoesNotContain("Secretísima", entry.Canonical, StringComparison.Ordinal);
    }

    static async Task ChangeNowAsync(Case it, JsonObject patch) =>
        (await ChangeAsync(it.Court, it.Person, patch, (await it.Court.GetAsync($"/v1/persons/{it.Person}")).Is(200).ETag)).Is(200);

    static Task<Reply> ChangeAsync(Party party, Guid person, JsonObject patch, string? ifMatch) =>
        party.SendAsync(HttpMethod.Patch, $"/v1/persons/{person}", Party.Json(patch.ToJsonString()), ifMatch is null ? [] : [("If-Match", ifMatch)]);
}

public sealed class PersonChangeOnSqlite(SqliteExchange shared) : PersonChangeTests(shared);

public sealed class PersonChangeOnPostgreSql(PostgreSqlExchange shared) : PersonChangeTests(shared);
