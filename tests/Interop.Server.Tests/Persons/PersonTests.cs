using System.Text.Json.Nodes;
using Interop.Persons;
using Interop.Platform;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Persons;

/// <summary>Who is who, and who learns what anybody calls them.</summary>
public abstract class PersonTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task The_same_identifier_from_the_same_organisation_is_the_same_person()
    {
        var (court, dpi) = (new Court(Exchange), A.Unique("dpi"));
        var first = await court.ReferAsync(Of(A.Identifier(dpi)));
        var again = await court.ReferAsync(Of(A.Identifier(A.Unique("ficha"), "urn:ficha"), A.Identifier(dpi)));
        var other = await court.ReferAsync(Of(A.Identifier(dpi, "urn:other-system")));

        Assert.Equal(first["personId"], again["personId"]);
        Assert.NotEqual(first["personId"], other["personId"]);
    }

    [Fact]
    public async Task The_same_identifier_from_another_organisation_is_another_person()
    {
        var dpi = A.Unique("dpi");
        var court = await new Court(Exchange).ReferAsync(Of(A.Identifier(dpi)));
        var prosecutor = await new Court(Exchange, "fiscalia-central").ReferAsync(Of(A.Identifier(dpi)));

        Assert.NotEqual(court["personId"], prosecutor["personId"]);
    }

    [Fact]
    public async Task Identifiers_of_two_persons_are_refused_each_named()
    {
        var (court, one, two) = (new Court(Exchange), A.Identifier(), A.Identifier());
        await court.ReferAsync(Of(Copy(one)));
        await court.ReferAsync(Of(Copy(two)));

        (await court.PostAsync("/v1/referrals", Of(A.Identifier(), Copy(one), Copy(two)))).Refuses(422,
            "person.identifiers[1] person.ambiguous", "person.identifiers[2] person.ambiguous");
    }

    [Fact]
    public async Task The_clinic_sees_the_courts_identifiers_and_its_own_and_the_court_only_its_own()
    {
        var it = await Case.SendAsync(Exchange);
        var mrn = A.Unique("MRN");

        (await it.Clinic.AcceptAsync(it.Id, ("mrn", mrn))).Is(200);
        await it.MonitorAsync("treatment-status", "attendance");

        Assert.Contains(mrn, (await it.Clinic.ReadAsync(it.Id)).Is(200).Text, StringComparison.Ordinal);
        foreach (var path in new[] { $"/v1/referrals/{it.Id}", $"/v1/referrals/{it.Id}/history", $"/v1/referrals?person={it.Person}", $"/v1/persons/{it.Person}" })
            Assert.DoesNotContain(mrn, (await it.Court.GetAsync(path)).Is(200).Text, StringComparison.Ordinal);
        Assert.Equal(it.Referral["person.identifiers[0].value"], (await it.Clinic.ReadAsync(it.Id))["person.identifiers[0].value"]);

        (await it.Court.ReassignAsync(it.Id, "clinica-del-valle")).Is(200);
        var moved = (await it.Court.ReadAsync(it.Id)).Is(200);
        (await it.Court.PostAsync("/v1/consents", A.ReferralConsent(moved, Exchange.Now))).Is(201);
        Assert.DoesNotContain(mrn, (await new Clinic(Exchange, "clinica-del-valle").ReadAsync(it.Id)).Is(200).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clinic_that_calls_two_referred_persons_by_one_identifier_links_them_and_they_share_a_lock()
    {
        var (mrn, clinic) = (A.Unique("MRN"), new Clinic(Exchange));
        var prosecutor = new Court(Exchange, "fiscalia-central");
        var it = await Case.SendAsync(Exchange);
        var other = await prosecutor.ReferAsync(A.Referral());
        (await prosecutor.PostAsync("/v1/consents", A.ReferralConsent(other, Exchange.Now))).Is(201);
        Assert.NotEqual((await PersonAsync(it.Person)).LockKey, (await PersonAsync(Guid.Parse(other["personId"]!))).LockKey);

        (await clinic.AcceptAsync(it.Id, ("mrn", mrn))).Is(200);
        (await clinic.AcceptAsync(other.Id, ("mrn", mrn))).Is(200);

        var (one, two) = (await PersonAsync(it.Person), await PersonAsync(Guid.Parse(other["personId"]!)));
        Assert.NotEqual(one.Id, two.Id);
        Assert.Equal((one.LinkId, one.LockKey), (two.LinkId, two.LockKey));
        Assert.Equal("centro-esperanza", (await Exchange.LookAsync(db => db.PersonLinks.SingleAsync(l => l.PersonId == two.Id))).By);
        // Linked is not told: each court still sees its own and nothing of the other.
        Assert.Empty((await prosecutor.GetAsync($"/v1/referrals?person={it.Person}")).Is(200).Items);
        (await prosecutor.ReadAsync(it.Id)).Is(404);
    }

    [Fact]
    public async Task A_person_named_again_is_brought_up_to_date()
    {
        var (court, dpi) = (new Court(Exchange), A.Unique("dpi"));
        await court.ReferAsync(Of(A.Identifier(dpi)));

        var again = await court.ReferAsync(Of(A.Identifier(dpi)).With("person.familyName", "Pérez Xol"));

        Assert.Equal("Pérez Xol", again["person.familyName"]);
    }

    [Fact]
    public async Task Only_who_keeps_the_record_changes_it_and_only_the_version_that_it_has_seen()
    {
        var it = await Case.SendAsync(Exchange);
        var etag = (await it.Court.GetAsync($"/v1/persons/{it.Person}")).Is(200).ETag!;

        (await PatchAsync(it.Court)).Refuses(428);
        (await PatchAsync(it.Court, ("If-Match", "\"9\""))).Refuses(412);
        (await PatchAsync(new Court(Exchange, "fiscalia-central"), ("If-Match", etag))).Refuses(404);
        (await PatchAsync(it.Clinic, ("If-Match", etag))).Refuses(403);
        Assert.Equal(("Xol", "\"2\""), ((await PatchAsync(it.Court, ("If-Match", etag))).Is(200)["familyName"], (await it.Court.GetAsync($"/v1/persons/{it.Person}")).ETag));
        Assert.Equal("Xol", (await it.Clinic.ReadAsync(it.Id)).Is(200)["person.familyName"]);

        Task<Reply> PatchAsync(Party party, params (string, string)[] headers) =>
            party.SendAsync(HttpMethod.Patch, $"/v1/persons/{it.Person}", Party.Json("""{"familyName":"Xol"}"""), headers);
    }

    Task<Person> PersonAsync(Guid id) => Exchange.LookAsync(db => db.Persons.AsNoTracking().SingleAsync(p => p.Id == new Id<Person>(id)));

    static JsonObject Of(params JsonObject[] identifiers) => A.Referral().With("person.identifiers", new JsonArray([.. identifiers]));

    static JsonObject Copy(JsonObject o) => (JsonObject)o.DeepClone();
}

public sealed class PersonsOnSqlite(SqliteExchange shared) : PersonTests(shared);

public sealed class PersonsOnPostgreSql(PostgreSqlExchange shared) : PersonTests(shared);
