using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Fhir;

/// <summary>The clinic answers by updating its Task: along every arrow of the mapping table, and along no other.</summary>
public abstract class TaskUpdateTests(SharedExchange shared) : ExchangeTests(shared)
{
    /// <summary>From which status of the referral, by which status of the Task, to which of both.</summary>
    public static TheoryData<string, string, string, string> Arrows => new()
    {
        { "sent", "received", "sent", "created" },
        { "sent", "accepted", "accepted", "accepted" },
        { "sent", "rejected", "rejected", "declined" },
        { "accepted", "in-progress", "admitted", "admitted" },
        { "scheduled", "in-progress", "admitted", "admitted" },
        { "admitted", "on-hold", "on-hold", "on-hold" },
        { "admitted", "completed", "completed", "completed" },
        { "admitted", "failed", "ended", "ended" },
        { "on-hold", "in-progress", "admitted", "admitted" },
        { "on-hold", "completed", "completed", "completed" },
        { "on-hold", "failed", "ended", "ended" },
        { "cancelled", "cancelled", "cancelled", "fulfilment-cancelled" },
    };

    /// <summary>The status of the Task of a referral in this status.</summary>
    static readonly Dictionary<string, (string Task, string Business)> s_table = new()
    {
        ["sent"] = ("requested", "created"),
        ["accepted"] = ("accepted", "accepted"),
        ["scheduled"] = ("accepted", "scheduled"),
        ["admitted"] = ("in-progress", "admitted"),
        ["on-hold"] = ("on-hold", "on-hold"),
        ["rejected"] = ("rejected", "declined"),
        ["completed"] = ("completed", "completed"),
        ["ended"] = ("failed", "ended"),
        ["cancelled"] = ("cancelled", "cancellation-requested"),
    };

    [Theory]
    [MemberData(nameof(Arrows))]
    public async Task A_status_that_the_owner_sets_moves_the_referral(string from, string status, string to, string business)
    {
        var it = await InAsync(from);
        var before = await it.Clinic.TaskAsync(it.Id);

        var updated = (await it.Clinic.UpdateAsync(before.To(status))).Is(200);

        Assert.Equal((status, business), (updated["status"], updated["businessStatus.coding[0].code"]));
        Assert.Equal(updated.Text, (await it.Clinic.GetAsync($"/fhir/Task/{it.Id}")).Is(200).Text);
        var rest = (await it.Clinic.ReadAsync(it.Id)).Is(200);
        Assert.Equal(to, rest["status"]);
        Assert.Equal((rest["version"], $"W/\"{rest["version"]}\"", int.Parse(before.At("meta.versionId")!.ToString(), null) + 1), (updated["meta.versionId"], updated.ETag, rest.Version));
        if (status is "rejected" or "on-hold" or "failed")
            Assert.Equal(("Sin cupo", "Sin cupo"), (updated["statusReason.text"], rest["statusReason"]));
    }

    [Fact]
    public async Task A_received_Task_is_accepted_or_rejected_and_not_received_again()
    {
        var it = await Case.SendAsync(Exchange);
        var received = (await it.Clinic.SetAsync(it.Id, "received")).Is(200);
        Assert.Equal(received.ETag, (await it.Clinic.SetAsync(it.Id, "received")).Is(200).ETag); // as it stands: nothing moves
        (await it.Clinic.SetAsync(it.Id, "requested")).IsOutcome(409, "conflict Task.status");
        (await it.Clinic.SetAsync(it.Id, "rejected")).Is(200);
        Assert.Equal("rejected", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
    }

    [Theory]
    [InlineData("sent")]
    [InlineData("accepted")]
    [InlineData("scheduled")]
    [InlineData("admitted")]
    [InlineData("on-hold")]
    [InlineData("rejected")]
    [InlineData("completed")]
    [InlineData("ended")]
    [InlineData("cancelled")]
    public async Task What_is_no_arrow_is_a_conflict_and_moves_nothing(string from)
    {
        var it = await InAsync(from);
        var task = await it.Clinic.TaskAsync(it.Id);
        Assert.Equal(s_table[from], (task["status"]!.ToString(), task.At("businessStatus.coding[0].code")!.ToString()));
        var arrows = Arrows.Where(a => a.Data.Item1 == from).Select(a => a.Data.Item2).ToList();
        foreach (var status in new[] { "requested", "received", "accepted", "rejected", "in-progress", "on-hold", "completed", "failed", "cancelled" }.Except(arrows))
        {
            if (status == s_table[from].Task)
                Assert.Equal(task.At("meta.versionId")!.ToString(), (await it.Clinic.UpdateAsync(task)).Is(200)["meta.versionId"]); // as it stands
            else
                (await it.Clinic.UpdateAsync(task.To(status).Without("output"))).IsOutcome(409, "conflict Task.status");
        }
        foreach (var status in new[] { "draft", "ready", "entered-in-error" })
            (await it.Clinic.UpdateAsync(task.With("status", status))).IsOutcome(422, "code-invalid Task.status");
        Assert.Equal(task.ToJsonString(), (await it.Clinic.TaskAsync(it.Id)).ToJsonString());
    }

    [Theory]
    [InlineData("sent", "rejected")]
    [InlineData("admitted", "on-hold")]
    [InlineData("admitted", "failed")]
    public async Task Some_statuses_need_a_reason(string from, string status)
    {
        var it = await Case.InAsync(Exchange, from);
        var task = await it.Clinic.TaskAsync(it.Id);
        (await it.Clinic.UpdateAsync(task.With("status", status))).IsOutcome(422, "required Task.statusReason");
        (await it.Clinic.UpdateAsync(task.With("status", status).With("statusReason", JsonNode.Parse("""{"text":" "}""")))).Is(422);
        var coded = (await it.Clinic.UpdateAsync(task.With("status", status).With("statusReason", JsonNode.Parse("""{"coding":[{"system":"urn:ehr","code":"full","display":"No bed"}]}""")))).Is(200);
        Assert.Equal("full", coded["statusReason.coding[0].code"]); // as it was written
        Assert.Equal("No bed", (await it.Clinic.ReadAsync(it.Id)).Is(200)["statusReason"]);
    }

    [Fact]
    public async Task A_failed_Task_ended_neutrally_where_its_output_says_so()
    {
        var it = await Case.InAsync(Exchange, "admitted");
        var task = (await it.Clinic.TaskAsync(it.Id)).To("failed");
        JsonNode Output(string code) => new JsonArray(new JsonObject
        {
            ["type"] = JsonNode.Parse("""{"coding":[{"system":"urn:interop:task-output","code":"discharge"}]}"""),
            ["valueCodeableConcept"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:discharge", ["code"] = code }) },
        });
        (await it.Clinic.UpdateAsync(task.With("output", Output("completed")))).IsOutcome(422, "code-invalid Task.output");
        (await it.Clinic.UpdateAsync(task.With("output", Output("neutral")))).Is(200);
        Assert.Equal("neutral", (await it.Clinic.ReadAsync(it.Id)).Is(200)["discharge"]);
    }

    [Fact]
    public async Task An_update_says_which_version_it_changes()
    {
        var it = await Case.SendAsync(Exchange);
        var task = (await it.Clinic.TaskAsync(it.Id)).To("accepted");
        var version = task.At("meta.versionId");
        (await it.Clinic.UpdateAsync(task, null)).IsOutcome(428, "required");
        foreach (var stale in new[] { "W/\"77\"", "\"0\"", "W/\"\"", "W/\"78\", W/\"79\"" })
            (await it.Clinic.UpdateAsync(task, stale)).IsOutcome(412, "conflict");
        foreach (var none in new[] { "1", "W/1", "W/\"1", "true" })
            (await it.Clinic.UpdateAsync(task, none)).IsOutcome(400, "invalid If-Match");
        (await it.Clinic.UpdateAsync(task, $"W/\"78\", \"{version}\"")).Is(200);
        (await it.Clinic.UpdateAsync(task.To("in-progress"), $"W/\"{version}\"")).IsOutcome(412);
        (await it.Clinic.UpdateAsync(task.To("in-progress"), "*")).Is(200);
    }

    [Fact]
    public async Task Of_many_updates_of_one_version_one_is_done()
    {
        var it = await Case.SendAsync(Exchange);
        var task = await it.Clinic.TaskAsync(it.Id);
        var replies = await Task.WhenAll(new[] { "accepted", "rejected", "received", "accepted" }.Select(s => new Clinic(Exchange).UpdateAsync(task.To(s))));
        Assert.Equal([200, 412, 412, 412], replies.Select(r => r.Status).Order());
        Assert.Equal(int.Parse(task.At("meta.versionId")!.ToString(), null) + 1, (await it.Clinic.ReadAsync(it.Id)).Is(200).Version);
    }

    [Fact]
    public async Task A_body_that_is_not_this_Task_is_a_bad_request()
    {
        var it = await Case.SendAsync(Exchange);
        var task = await it.Clinic.TaskAsync(it.Id);
        (await it.Clinic.PutAsync(it.Id.ToString(), task.With("id", Guid.CreateVersion7(Exchange.Now).ToString()).ToJsonString())).IsOutcome(400, "invalid Task.id");
        (await it.Clinic.PutAsync(it.Id.ToString(), task.Without("id").ToJsonString())).IsOutcome(400, "invalid Task.id");
        (await it.Clinic.PutAsync(it.Id.ToString(), task.With("resourceType", "Patient").ToJsonString())).IsOutcome(400, "invalid resourceType");
        (await it.Clinic.PutAsync(it.Id.ToString(), task.Without("resourceType").ToJsonString())).IsOutcome(400, "invalid resourceType");
        (await it.Clinic.PutAsync(it.Id.ToString(), "[]")).IsOutcome(400, "structure");
        (await it.Clinic.PutAsync(it.Id.ToString(), "{")).IsOutcome(400, "structure");
        (await it.Clinic.PutAsync(it.Id.ToString(), "")).IsOutcome(400);
    }

    [Fact]
    public async Task What_is_the_requesters_may_not_be_changed_and_every_fault_is_named()
    {
        var it = await Case.SendAsync(Exchange);
        var task = await it.Clinic.TaskAsync(it.Id);
        (await it.Clinic.UpdateAsync(task.With("for", JsonNode.Parse("""{"reference":"Patient/other"}""")).With("intent", "plan").With("owner.identifier.value", "hospital-ajeno")
            .With("requester.identifier.value", "fiscalia-central").With("authoredOn", "2020-01-01").With("focus.reference", "ServiceRequest/other").To("accepted")))
            .IsOutcome(422, "business-rule Task.for", "business-rule Task.intent", "business-rule Task.owner", "business-rule Task.requester", "business-rule Task.authoredOn", "business-rule Task.focus");
        (await it.Clinic.UpdateAsync(task.With("colour", "red").With("priority", "soon").With("status", "nonsense"))).Is(422);
        (await it.Clinic.UpdateAsync(task.With("modifierExtension", JsonNode.Parse("""[{"url":"urn:not","valueBoolean":true}]""")).To("accepted"))).IsOutcome(422);
        Assert.Equal(task.ToJsonString(), (await it.Clinic.TaskAsync(it.Id)).ToJsonString());

        var bare = new JsonObject { ["resourceType"] = "Task", ["id"] = it.Id.ToString(), ["status"] = "accepted", ["intent"] = "order" };
        var full = (await it.Clinic.UpdateAsync(bare, "*")).Is(200); // what is left out is put back
        foreach (var kept in new[] { "for", "focus", "requester", "owner", "authoredOn" })
            Assert.Equal(task[kept]!.ToJsonString(), full.Json![kept]!.ToJsonString());
    }

    [Fact]
    public async Task What_the_owner_wrote_beside_it_comes_back_to_the_owner_alone()
    {
        var it = await Case.SendAsync(Exchange);
        var bed = A.Unique("cama");
        var task = (await it.Clinic.TaskAsync(it.Id))
            .With("extension", JsonNode.Parse($$"""[{"url":"urn:ehr:bed","valueString":"{{bed}}"}]"""))
            .With("note", JsonNode.Parse($$"""[{"text":"{{bed}} apuntada"}]"""))
            .With("priority", "urgent");
        var written = (await it.Clinic.UpdateAsync(task.To("accepted"))).Is(200);
        foreach (var seen in new[] { written, await it.Clinic.GetAsync($"/fhir/Task/{it.Id}"), await it.Clinic.GetAsync($"/fhir/Task?_id={it.Id}") })
            Assert.Contains($"{bed} apuntada", seen.Is(200).Text, StringComparison.Ordinal);
        Assert.Equal((bed, "urgent"), (written["extension[0].valueString"], written["priority"]));
        (await it.Clinic.AdmitAsync(it.Id)).Is(200); // by REST: it stays
        Assert.Equal(bed, (await it.Clinic.TaskAsync(it.Id)).At("extension[0].valueString")!.ToString());
        await it.MonitorAsync("treatment-status", "attendance", "progress");
        foreach (var path in new[] { $"/v1/referrals/{it.Id}", $"/v1/referrals/{it.Id}/history", $"/v1/referrals/{it.Id}/compliance-updates" })
            Assert.DoesNotContain(bed, (await it.Court.GetAsync(path)).Is(200).Text, StringComparison.Ordinal);

        (await it.Court.ReassignAsync(it.Id, "clinica-del-valle")).Is(200);
        (await it.Court.PostAsync("/v1/consents", A.ReferralConsent((await it.Court.ReadAsync(it.Id)).Is(200), Exchange.Now))).Is(201);
        var other = new Clinic(Exchange, "clinica-del-valle");
        foreach (var path in new[] { $"/fhir/Task/{it.Id}", $"/fhir/Task?_id={it.Id}", $"/fhir/ServiceRequest/{it.Id}", $"/v1/referrals/{it.Id}" })
            Assert.DoesNotContain(bed, (await other.GetAsync(path)).Is(200).Text, StringComparison.Ordinal);
        Assert.Null((await other.TaskAsync(it.Id))["priority"]);
        (await other.UpdateAsync((await other.TaskAsync(it.Id)).With("priority", "stat").To("accepted"))).Is(200);
        (await it.Clinic.GetAsync($"/fhir/Task/{it.Id}")).IsOutcome(404);
    }

    [Fact]
    public async Task The_court_learns_by_REST_what_the_clinic_answered_by_FHIR()
    {
        var it = await Case.SendAsync(Exchange);
        (await it.Clinic.SetAsync(it.Id, "received")).Is(200);
        Assert.Equal("sent", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
        (await it.Clinic.SetAsync(it.Id, "accepted")).Is(200);
        Assert.Equal("accepted", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
        (await it.Clinic.SetAsync(it.Id, "in-progress")).Is(200);
        Assert.Equal("accepted", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]); // no further without consent
        await it.MonitorAsync("treatment-status");
        foreach (var (task, referral) in new[] { ("on-hold", "on-hold"), ("in-progress", "admitted"), ("completed", "completed") })
        {
            (await it.Clinic.SetAsync(it.Id, task)).Is(200);
            Assert.Equal(referral, (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
        }
        foreach (var type in new[] { "accepted", "admitted", "held", "resumed", "completed" })
            Assert.Equal(1, await Exchange.EventsAsync($"referrals/{it.Id}", $"org.interop.referral.{type}.v1"));
    }

    [Fact]
    public async Task The_version_is_the_referrals_whichever_face_changed_it()
    {
        var it = await Case.SendAsync(Exchange);
        var first = (await it.Clinic.ReadAsync(it.Id)).Is(200).Version;
        await SameAsync(first);
        (await it.Clinic.SetAsync(it.Id, "received")).Is(200);
        await SameAsync(first + 1);
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        await SameAsync(first + 2);
        (await it.Clinic.UpdateAsync((await it.Clinic.TaskAsync(it.Id)).With("priority", "urgent"))).Is(200);
        await SameAsync(first + 3);
        await it.ScheduleAsync();
        await SameAsync(first + 4);
        (await it.Clinic.SetAsync(it.Id, "in-progress")).Is(200);
        await SameAsync(first + 5);

        async Task SameAsync(int version)
        {
            var (rest, task) = ((await it.Clinic.ReadAsync(it.Id)).Is(200), (await it.Clinic.GetAsync($"/fhir/Task/{it.Id}")).Is(200));
            Assert.Equal((version, $"\"{version}\"", version.ToString(null as IFormatProvider), $"W/\"{version}\""), (rest.Version, rest.ETag, task["meta.versionId"], task.ETag));
            Assert.Equal($"W/\"{version}\"", (await it.Clinic.GetAsync($"/fhir/ServiceRequest/{it.Id}")).Is(200).ETag);
        }
    }

    [Fact]
    public async Task After_the_revocation_of_its_consent_there_is_nothing()
    {
        var it = await Case.SendAsync(Exchange);
        var task = await it.Clinic.TaskAsync(it.Id);
        (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200);
        foreach (var path in new[] { $"/fhir/Task/{it.Id}", $"/fhir/ServiceRequest/{it.Id}", $"/fhir/Patient/{it.Person}" })
            (await it.Clinic.GetAsync(path)).IsOutcome(404, "not-found");
        foreach (var search in new[] { $"/fhir/Task?_id={it.Id}", $"/fhir/Task?patient={it.Person}", $"/fhir/ServiceRequest?_id={it.Id}", $"/fhir/Patient?_id={it.Person}", $"/fhir/Patient?identifier={it.Referral["person.identifiers[0].value"]}" })
        {
            var bundle = (await it.Clinic.GetAsync(search)).Is(200);
            Assert.Equal(("0", null), (bundle["total"], bundle["entry"]));
        }
        (await it.Clinic.UpdateAsync(task.To("accepted"))).IsOutcome(404, "not-found");
    }

    [Fact]
    public async Task A_write_that_asks_for_little_is_answered_with_little()
    {
        var it = await Case.SendAsync(Exchange);
        var task = (await it.Clinic.TaskAsync(it.Id)).To("accepted");
        var next = int.Parse(task.At("meta.versionId")!.ToString(), null) + 1;
        var reply = (await it.Clinic.SendAsync(HttpMethod.Put, $"/fhir/Task/{it.Id}", Party.Json(task.ToJsonString()), ("If-Match", "*"), ("Prefer", "return=minimal"))).Is(200);
        Assert.Equal(("", $"W/\"{next}\""), (reply.Text, reply.ETag));
    }

    /// <summary>Cancelled once the provider had accepted, which it then has to confirm.</summary>
    async Task<Case> InAsync(string status)
    {
        var it = await Case.InAsync(Exchange, status == "cancelled" ? "accepted" : status);
        if (status == "cancelled")
            (await it.Court.CancelAsync(it.Id)).Is(200);
        return it;
    }

    [Fact]
    public async Task A_client_that_others_wrote_plays_the_loop() => await Node.HoldsAsync("fhir-loop.mjs", await StartAsync(new()));
}

public sealed class TaskUpdateOnSqlite(SqliteExchange shared) : TaskUpdateTests(shared);

public sealed class TaskUpdateOnPostgreSql(PostgreSqlExchange shared) : TaskUpdateTests(shared);
