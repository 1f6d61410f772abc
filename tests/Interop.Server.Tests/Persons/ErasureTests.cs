using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.AuditLog;
using Interop.Contracts;
using Interop.Delivery;
using Interop.Platform;
using Interop.Platform.Events;
using Interop.Server.Tests.Audit;
using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.Fhir;
using Interop.Server.Tests.World;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.Persons;

/// <summary>A person is erased: nobody reads of them again, and everything that was proved before is proved still.</summary>
public abstract class ErasureTests(SharedExchange shared) : ExchangeTests(shared)
{
    /// <summary>What is put in about a person, in every place where somebody may write something.</summary>
    internal static readonly string[] Words =
        ["Zurbarán", "Hermenegilda", "1987-11-23", "zurbaran@example.org", "DPI-778899", "EXP-4242", "robo agravado", "Nota del juez", "Cama 17", "Faltó por viaje", "Firma de Hermenegilda", "No quiere seguir", "FICHA-31", "Tía Remedios", "Sobredosis en casa", "ORD-5566"];

    [Fact]
    public async Task Nothing_of_an_erased_person_is_left_in_the_database_or_its_files()
    {
        var exchange = await StartAsync(new());
        var it = await PlayAsync(exchange);
        var other = await Case.AdmitAsync(exchange);
        var held = (await exchange.DumpAsync()).Where(v => Words.Any(w => v.Text.Contains(w, StringComparison.Ordinal))).ToList();
        Assert.All(Words, w => Assert.Contains(held, v => v.Text.Contains(w, StringComparison.Ordinal))); // each was there

        (await EraseAsync(it)).Is(204);

        var left = await exchange.DumpAsync();
        Assert.Empty(left.Where(v => Words.Any(w => v.Text.Contains(w, StringComparison.Ordinal))).Select(v => $"{v.Place}: {v.Text}"));
        // The person's id alone stays: in the log's skeleton, on the key that was destroyed, on events that say nothing, and in the event that tells of it.
        Assert.Equal(
            ["audit_entries.canonical", "audit_entries.person", "audit_entries.resource_id", "person_keys.person_id", "recorded_events.data", "recorded_events.person_id", "recorded_events.subject"],
            left.Where(v => v.Text.Contains(it.Person.ToString(), StringComparison.OrdinalIgnoreCase)).Select(v => v.Place).Distinct().Order(StringComparer.Ordinal));
        foreach (var id in new[] { it.Id, it.Matter, it.ReferralConsent, it.Monitoring })
            Assert.Equal([], left.Where(v => v.Text.Contains(id.ToString(), StringComparison.OrdinalIgnoreCase)).Select(v => v.Place).Distinct()
                .Except(["audit_entries.resource_id", "audit_consents.consent_id", "idempotency_keys.path"]));
        // What the log said of them is closed: what is left open was written after, or about nobody.
        Assert.Equal(["person.erase"], await exchange.LookAsync(db => db.AuditEntries.Where(e => e.Person == it.Person && EF.Functions.Like(e.Canonical, "{%")).Select(e => e.Operation).ToListAsync()));
        if (exchange.Storage is SqliteStorage)
            foreach (var word in Words)
                Assert.Empty(await Contents.FilesWithAsync(exchange.Data, word));
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(404); // in a process that has known it
        (await it.Court.ReportsAsync(it.Id)).Is(404);
        (await other.Clinic.ReadAsync(other.Id)).Is(200);
        Assert.Equal(2, (await other.Court.HistoryAsync(other.Id)).Is(200).Items.Count(e => e["act"]!.ToString() is "sent" or "accepted"));
    }

    [Fact]
    public async Task Every_proof_holds_as_before_and_what_was_erased_is_shown_as_such()
    {
        var exchange = await StartAsync(new());
        var it = await PlayAsync(exchange);
        await exchange.BuildAsync();
        var memory = (await exchange.VerifyAsync()).Memory!;
        var before = await exchange.VerifyExportAsync(new(memory.Keys));
        Assert.Equal((true, 0L), (before.Holds, before.Erased));

        await it.Court.GetAsync($"/v1/persons/{it.Person}"); // not yet taken into the log when the key goes
        (await EraseAsync(it)).Is(204);
        await exchange.BuildAsync();

        var after = await exchange.VerifyAsync(memory);
        Assert.True(after.Holds && after.Checkpoint!.Size > memory.Checkpoint.Size, string.Join(' ', after.Findings));
        var export = await exchange.VerifyExportAsync(new(memory.Keys));
        Assert.True(export.Holds, string.Join(' ', export.Findings));
        Assert.True(export.Erased > 10, $"{export.Erased}");
        var oversight = new Party(exchange, "contraloria");
        var entries = (await oversight.GetAsync($"/v1/audit/entries?person={it.Person}&limit=500")).Is(200).Items;
        Assert.Equal(export.Erased + 1, entries.Count); // and the erasure itself, which can be read
        foreach (var entry in entries)
        {
            var erased = entry["operation"]!.ToString() != "person.erase";
            Assert.Equal((erased, erased, erased), (entry["erased"] is not null, entry["canonical"] is null, entry["salt"] is null));
            Assert.All(["at", "organisation", "action", "outcome", "leaf"], name => Assert.NotNull(entry[name]));
            var proof = (await oversight.GetAsync($"/v1/audit/entries/{entry["index"]}/proof")).Is(200);
            Assert.Equal(entry["leaf"]!.ToString(), proof["leaf"]);
            Assert.True(Proofs.VerifyInclusion(long.Parse(entry["index"]!.ToString(), null), after.Checkpoint!.Size, Convert.FromBase64String(proof["leaf"]!), [.. proof.Json!["hashes"]!.AsArray().Select(h => Convert.FromBase64String(h!.ToString()))], after.Checkpoint.Root));
        }
        Assert.NotEmpty((await oversight.GetAsync($"/fhir/AuditEvent?patient={it.Person}&_count=100")).Entries());
        (await oversight.GetAsync($"/v1/audit/digest?date={exchange.Now:yyyy-MM-dd}")).Is(200);
    }

    [Fact]
    public async Task Whoever_asks_for_what_was_erased_is_answered_plainly()
    {
        var exchange = await StartAsync(new());
        var it = await PlayAsync(exchange);
        var report = (await it.Clinic.ReportsAsync(it.Id)).Is(200).Items[0]["id"];
        (await EraseAsync(it)).Is(204);

        var person = $"/v1/persons/{it.Person}";
        Assert.Equal("urn:interop:problem:erased", (await it.Court.GetAsync(person)).Is(410)["type"]);
        (await EraseAsync(it)).Is(410);
        (await it.Court.SendAsync(HttpMethod.Patch, person, Party.Json("{}"), ("If-Match", "*"))).Is(410);
        var nobody = Guid.CreateVersion7(it.Exchange.Now);
        foreach (var party in new Party[] { it.Court, it.Clinic, it.Supervision, new(exchange, "contraloria"), new(exchange, "fiscalia-central") })
            foreach (var path in new[] { "/v1/referrals/{0}", "/v1/referrals/{0}/history", "/v1/referrals/{0}/compliance-updates", "/v1/referrals/{0}/appointments", "/fhir/Task/{0}", "/fhir/ServiceRequest/{0}", "/fhir/Patient/{1}", "/v1/consents/{2}", "/v1/persons/{1}/disclosures", "/v1/persons/{1}" })
                if (party != it.Court || path != "/v1/persons/{1}")
                {
                    var (gone, never) = (await party.GetAsync(string.Format(null, path, it.Id, it.Person, it.ReferralConsent)), await party.GetAsync(string.Format(null, path, nobody, nobody, nobody)));
                    Assert.True(gone.Status is 403 or 404, $"{party.Organisation} {path}: {gone.Status}");
                    Assert.Equal((never.Status, never.Text), (gone.Status, gone.Text)); // whoever it is gone for learns nothing of it
                }
        (await it.Clinic.PostAsync($"/v1/referrals/{it.Id}/compliance-updates/{report}/retraction", new JsonObject { ["reason"] = "Error" })).Is(404);
        foreach (var list in new[] { "/v1/referrals", $"/v1/consents?person={it.Person}", "/fhir/Task", $"/fhir/Patient?identifier=DPI-778899", $"/fhir/Task?patient={it.Person}" })
            Assert.DoesNotContain(it.Id.ToString(), (await it.Clinic.GetAsync(list)).Is(200).Text, StringComparison.Ordinal);
        Assert.DoesNotContain((await it.Clinic.GetAsync("/v1/events?limit=500")).Is(200).Items, e => e["subject"]?.ToString().Contains(it.Id.ToString(), StringComparison.Ordinal) is true);
        Assert.Equal("no-consent", (await it.Clinic.PostAsync("/v1/consents/evaluation", new JsonObject { ["person"] = it.Person.ToString(), ["request"] = new JsonObject { ["actor"] = new JsonArray(new JsonObject { ["reference"] = "Organization/centro-esperanza" }), ["purpose"] = "treatment" } })).Is(200)["decision"]);
    }

    [Fact]
    public async Task What_is_on_its_way_about_them_is_not_sent_and_everybody_who_knew_them_is_told()
    {
        await using var partner = new Partner();
        await partner.StartAsync();
        var exchange = await StartAsync(new());
        var it = await PlayAsync(exchange);
        foreach (var party in new Party[] { it.Clinic, it.Supervision, new(exchange, "hospital-ajeno") })
            (await party.PostAsync("/v1/subscriptions", new JsonObject { ["channel"] = "webhook", ["url"] = $"{partner.Url}/{party.Organisation}", ["events"] = new JsonArray("*"), ["payload"] = "full" })).Is(201);
        await exchange.RunAsync<Relay>();
        await it.ScheduleAsync(); // an event that the relay has yet to tell

        (await EraseAsync(it)).Is(204);
        while (await exchange.RunAsync<Relay>() + await exchange.RunAsync<Dispatcher>() > 0)
        {
        }

        Assert.All(partner.Received, r => Assert.Equal((EventTypes.PersonErased, it.Person), (r.Event.Type, Assert.IsType<PersonErasedEventData>(EventData.Of(r.Event)).PersonId)));
        Assert.Equal(["/centro-esperanza", "/libertad-vigilada"], partner.Received.Select(r => r.Path).Order(StringComparer.Ordinal));
        Assert.Equal(0, await exchange.LookAsync(db => db.Deliveries.CountAsync(d => d.Status == DeliveryStatus.Pending)));
        Assert.Contains(EventTypes.PersonErased, (await it.Court.GetAsync("/v1/events?limit=500")).Is(200).Items.Select(e => e["type"]!.ToString()));
    }

    [Fact]
    public async Task Whoever_reads_and_acts_at_the_same_moment_is_answered_as_before_or_as_after()
    {
        var exchange = await StartAsync(new());
        var it = await PlayAsync(exchange);
        using var over = new CancellationTokenSource();
        Func<Task<Reply>>[] calls =
        [
            () => it.Clinic.ReadAsync(it.Id), () => it.Court.HistoryAsync(it.Id), () => it.Clinic.GetAsync($"/fhir/Task?_id={it.Id}"), () => it.Clinic.GetAsync("/v1/events?limit=500"),
            () => it.Clinic.HoldAsync(it.Id), () => it.Clinic.ResumeAsync(it.Id), () => it.Clinic.ReportAsync(it.Id, "attendance", "attended"), () => it.Court.DisposeAsync(it.Matter),
            () => it.RevokeByCourtAsync(it.ReferralConsent), () => it.Clinic.GetAsync($"/v1/persons/{it.Person}/disclosures"),
        ];
        var callers = calls.Select(call => Task.Run(async () =>
        {
            var last = 0;
            while (!over.IsCancellationRequested || last == 0)
                Assert.InRange(last = (await call()).Status, 200, 499);
            return last;
        })).ToList();
        Reply erased;
        do
            erased = await EraseAsync(it);
        while (erased.Status == 503); // met the others every time
        erased.Is(204);
        await over.CancelAsync();
        await Task.WhenAll(callers);
        foreach (var call in calls[..2])
            (await call()).Is(404);
        Assert.Empty((await exchange.DumpAsync()).Where(v => Words.Any(w => v.Text.Contains(w, StringComparison.Ordinal))).Select(v => $"{v.Place}: {v.Text}"));
    }

    [Fact]
    public async Task A_request_that_is_sent_once_more_does_not_put_the_person_in_again()
    {
        var exchange = await StartAsync(new());
        var court = new Court(exchange);
        var body = A.Referral();
        var first = (await court.PostAsync("/v1/referrals", body, ("Idempotency-Key", "once"))).Is(201);
        (await court.SendAsync(HttpMethod.Delete, $"/v1/persons/{first["personId"]}", null)).Is(204);
        Assert.Equal("urn:interop:problem:idempotency-mismatch", (await court.PostAsync("/v1/referrals", body, ("Idempotency-Key", "once"))).Is(422)["type"]);
        // Referred anew, it is somebody new.
        Assert.NotEqual(first["personId"], (await court.PostAsync("/v1/referrals", body)).Is(201)["personId"]);
    }

    [Fact]
    public async Task Only_who_keeps_the_record_erases_and_nobody_else_learns_whether_there_is_one()
    {
        var it = await Case.AdmitAsync(Exchange);
        (await it.Clinic.SendAsync(HttpMethod.Delete, $"/v1/persons/{it.Person}", null)).Is(403);
        var stranger = new Court(Exchange, "fiscalia-central");
        var (there, nowhere) = (await stranger.SendAsync(HttpMethod.Delete, $"/v1/persons/{it.Person}", null), await stranger.SendAsync(HttpMethod.Delete, $"/v1/persons/{Guid.CreateVersion7(it.Exchange.Now)}", null));
        Assert.Equal((404, nowhere.Text), (there.Status, there.Text));
        (await it.Court.SendAsync(HttpMethod.Delete, $"/v1/persons/{it.Person}", null, ("If-Match", "\"99\""))).Is(412);
        (await it.Court.ReadAsync(it.Id)).Is(200);
    }

    [Fact]
    public async Task Where_the_law_does_not_allow_it_the_answer_names_the_pack_and_its_rule()
    {
        var packs = System.IO.Directory.CreateTempSubdirectory("interop-packs-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(packs.FullName, "default.json"),
                (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "packs", "default.json"))).Replace("\"erasure\": true", "\"erasure\": false", StringComparison.Ordinal));
            var exchange = await StartAsync(new() { Settings = [$"Packs:Folder={packs.FullName}"] });
            var it = await Case.OpenAsync(exchange);
            var refused = (await EraseAsync(it)).Is(409);
            Assert.Contains("default/1", refused["detail"], StringComparison.Ordinal);
            Assert.Contains("/rights/erasure", refused["detail"], StringComparison.Ordinal);
            (await it.Court.ReadAsync(it.Id)).Is(200);
        }
        finally
        {
            packs.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Nobody_is_erased_who_cannot_be_listed()
    {
        var file = Path.GetTempFileName();
        try
        {
            var exchange = await StartAsync(new() { Settings = [$"Erasure:List={Path.Combine(file, "list")}"] });
            var it = await Case.AdmitAsync(exchange);
            Assert.Equal("60", (await EraseAsync(it)).Is(503).Headers.RetryAfter?.ToString());
            (await it.Clinic.ReadAsync(it.Id)).Is(200);
            Assert.Equal(0, await exchange.EventsAsync($"persons/{it.Person}"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_person_whom_the_database_knew_before_there_were_keys_gets_one_and_can_be_erased()
    {
        var exchange = await StartAsync(new());
        var it = await Case.AdmitAsync(exchange);
        await exchange.LookAsync(db => db.PersonKeys.ExecuteDeleteAsync());
        await exchange.RestartAsync();
        Assert.Equal(1, await exchange.RunAsync<Interop.Persons.GiveKeys>());
        Assert.Equal(0, await exchange.RunAsync<Interop.Persons.GiveKeys>());
        (await new Court(exchange).ReadAsync(it.Id)).Is(200);
        Assert.True(await exchange.LookAsync(db => db.AuditEntries.OrderByDescending(e => e.At).ThenByDescending(e => e.Id).Select(e => !EF.Functions.Like(e.Canonical, "{%")).FirstAsync()));
        (await new Court(exchange).SendAsync(HttpMethod.Delete, $"/v1/persons/{it.Person}", null)).Is(204);
    }

    internal static Task<Reply> EraseAsync(Case it) => it.Court.SendAsync(HttpMethod.Delete, $"/v1/persons/{it.Person}", null);

    /// <summary>A whole story with a word of its own in everything that people write.</summary>
    internal static async Task<Case> PlayAsync(Exchange exchange)
    {
        var person = A.Person().With("familyName", "Zurbarán").With("givenNames", new[] { "Hermenegilda" }).With("birthDate", "1987-11-23")
            .With("contact", JsonNode.Parse("""{"email":"zurbaran@example.org"}""")).With("identifiers", new JsonArray(A.Identifier("DPI-778899")));
        var it = await Case.OpenAsync(exchange, A.Referral().With("person", person).With("note", "Nota del juez").With("matter.number", "EXP-4242").With("matter.offence", "robo agravado"));
        (await it.Court.PostAsync("/v1/consents", A.ReferralConsent(it.Referral, exchange.Now).With("signature.by", "Firma de Hermenegilda").With("purposes", new[] { "treatment" }))).Is(201);
        await it.ConsentAsync();
        await it.MonitorAsync("attendance", "treatment-status");
        (await it.Clinic.AcceptAsync(it.Id, ("urn:ficha", "FICHA-31"))).Is(200);
        (await it.Clinic.UpdateAsync((await it.Clinic.TaskAsync(it.Id)).With("extension", JsonNode.Parse("""[{"url":"urn:ehr:bed","valueString":"Cama 17"}]""")).To("in-progress"))).Is(200);
        (await it.Clinic.PostAsync($"/v1/referrals/{it.Id}/compliance-updates", A.Report("attendance", "missed", exchange.Now).With("summary", "Faltó por viaje"), ("Idempotency-Key", "report"))).Is(201);
        (await it.Clinic.PostAsync($"/v1/consents/{await MoreAsync()}/revocation", new JsonObject { ["reason"] = "No quiere seguir" })).Is(200);
        (await it.Clinic.PostAsync($"/v1/persons/{it.Person}/disclosure-requests", new JsonObject { ["receivedAt"] = A.Time(exchange.Now), ["language"] = "es", ["by"] = "Tía Remedios" })).Is(201);
        (await new Clinic(exchange, "clinica-del-valle").PostAsync("/v1/emergency-access", new JsonObject
        {
            ["personId"] = it.Person.ToString(),
            ["personnel"] = new JsonObject { ["name"] = "Dra. Luz Ixcot", ["affiliation"] = "Urgencias" },
            ["nature"] = "Sobredosis en casa",
        })).Is(201);
        (await it.Court.PostAsync("/v1/court-orders", new JsonObject
        {
            ["personId"] = it.Person.ToString(),
            ["order"] = new JsonObject { ["number"] = "ORD-5566", ["issuedAt"] = A.Time(exchange.Now.AddDays(-2)) },
            ["subpoena"] = new JsonObject { ["number"] = "S-18", ["issuedAt"] = A.Time(exchange.Now.AddDays(-1)) },
            ["discloser"] = "centro-esperanza",
            ["recipients"] = new JsonArray("juzgado-central"),
            ["purpose"] = "criminal",
            ["categories"] = new JsonArray("attendance"),
            ["from"] = A.Time(exchange.Now.AddHours(-1)),
            ["until"] = A.Time(exchange.Now.AddDays(30)),
        })).Is(201);
        return it;

        async Task<Guid> MoreAsync() => (await it.Clinic.PostAsync("/v1/consents", A.MonitoringConsent(it.Referral, exchange.Now, "progress"))).Is(201).Id;
    }
}

public sealed class ErasureOnSqlite(SqliteExchange shared) : ErasureTests(shared)
{
    /// <summary>A table that comes to name persons has an <see cref="IErasure"/>, or says here what stays and why.</summary>
    [Fact]
    public async Task Every_table_that_names_a_person_loses_what_it_has_of_them()
    {
        var exchange = await StartAsync(new());
        var rows = await exchange.LookAsync(EveryEntity.WriteAsync);
        var person = rows.OfType<Interop.Persons.Person>().Single();
        await exchange.LookAsync(db => db.PersonKeys.ExecuteUpdateAsync(k => k.SetProperty(x => x.Box, (byte[]?)null))); // it was sealed by nobody

        await using (var scope = exchange.Services.CreateAsyncScope())
        {
            var (work, erasure) = (scope.ServiceProvider.GetRequiredService<Work>(), scope.ServiceProvider.GetRequiredService<Interop.Persons.Erasure>());
            await work.RunAsync<string>(async () =>
            {
                await erasure.EraseAsync(person, Caller.Exchange, new(person.Id.Value, person.KeptBy, work.Now), default);
                return "";
            }, default);
        }

        var left = await exchange.LookAsync(async db =>
        {
            var left = new List<string>();
            foreach (var row in rows)
                if (db.Model.FindEntityType(row.GetType())! is var type && (type.FindProperty("PersonId") ?? type.FindProperty("Person")) is not null
                    && await db.FindAsync(row.GetType(), [.. type.FindPrimaryKey()!.Properties.Select(p => p.PropertyInfo!.GetValue(row))]) is not null)
                    left.Add(row.GetType().Name);
            return left;
        });
        // The skeleton of the log, the key that is none any more, and an event that says nothing.
        Assert.Equal(["AuditEntry", "PersonKey", "RecordedEvent"], left.Order(StringComparer.Ordinal));
        Assert.True(await exchange.LookAsync(db => db.RecordedEvents.Where(e => e.Type != EventTypes.PersonErased).AllAsync(e => e.Data == "" && e.Facts == null)));
    }

    [Fact]
    public async Task A_backup_that_is_put_back_does_not_put_the_person_back()
    {
        var exchange = await StartAsync(new());
        var it = await PlayAsync(exchange);
        var other = await Case.AdmitAsync(exchange);
        await using var installation = Installation.Of(exchange);
        var backup = Path.Combine(installation.Folder, "backup");
        var (exit, said) = await installation.RunAsync("backup", backup);
        Assert.True(exit == 0, said);
        (await EraseAsync(it)).Is(204);

        await exchange.StopAsync();
        SqliteConnection.ClearAllPools();
        File.Delete(Path.Combine(exchange.Data, "interop.db"));
        File.Copy(Path.Combine(backup, "interop.db"), Path.Combine(exchange.Data, "interop.db"));
        await exchange.StartAgainAsync();

        (await new Court(exchange).GetAsync($"/v1/persons/{it.Person}")).Is(410);
        (await new Clinic(exchange).ReadAsync(it.Id)).Is(404);
        (await new Clinic(exchange).ReadAsync(other.Id)).Is(200);
        Assert.Null(await exchange.LookAsync(db => db.PersonKeys.Where(k => k.PersonId == it.Person).Select(k => k.Box).SingleAsync()));
        Assert.Equal(1, await exchange.EventsAsync($"persons/{it.Person}", EventTypes.PersonErased));
    }
}

public sealed class ErasureOnPostgreSql(PostgreSqlExchange shared) : ErasureTests(shared)
{
    [Fact]
    public async Task What_is_erased_by_one_process_is_closed_to_every_other_at_once()
    {
        var exchange = await StartAsync(new());
        var beside = await StartAsync(new() { Beside = exchange });
        var it = await PlayAsync(exchange);
        var oversight = new Party(beside, "contraloria");
        var path = $"/v1/audit/entries?person={it.Person}&operation=referral.create";
        Assert.NotNull((await oversight.GetAsync(path)).Is(200).Items.Single()["canonical"]);
        (await EraseAsync(it)).Is(204);
        Assert.Null((await oversight.GetAsync(path)).Is(200).Items.Single()["canonical"]);
        (await new Clinic(beside).ReadAsync(it.Id)).Is(404);
    }
}
