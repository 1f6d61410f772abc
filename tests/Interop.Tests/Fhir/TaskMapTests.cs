#nullable disable warnings // the SDK marks every element of a resource as absent

using System.Text;
using System.Text.Json;
using Hl7.Fhir.Model;
using Interop.Fhir;
using Interop.Platform;
using Interop.Referrals;
using Xunit;
using FhirTask = Hl7.Fhir.Model.Task;

namespace Interop.Tests.Fhir;

public sealed class TaskMapTests
{
    static readonly Dictionary<string, string> s_names = new() { ["juzgado-central"] = "Juzgado Central", ["centro-esperanza"] = "Centro Esperanza" };

    static ReferralSource Source(string status, Func<ReferralView, ReferralView>? with = null) =>
        new((with ?? (v => v))(Views.Of(status)), Received: false, StatusSince: 4, LastVersion: 4, s_names);

    static string Id => Views.Of(Statuses.Sent).Id.ToString();

    [Fact]
    public void A_Task_points_to_what_it_fulfils_for_whom_and_on_whose_request()
    {
        var task = TaskMap.Fill(Source(Statuses.Sent), null, 0);
        Assert.Equal(Id, task.Id);
        Assert.Equal("4", task.Meta.VersionId);
        Assert.Equal(FhirTask.TaskStatus.Requested, task.Status);
        Assert.Equal("fulfill", task.Code.Coding[0].Code);
        Assert.Equal($"ServiceRequest/{Id}", task.Focus.Reference);
        Assert.StartsWith("Patient/", task.For.Reference, StringComparison.Ordinal);
        Assert.Equal((Systems.Organisation, "juzgado-central"), (task.Requester.Identifier.System, task.Requester.Identifier.Value));
        Assert.Equal("Centro Esperanza", task.Owner.Display);
    }

    [Fact]
    public void What_is_not_ours_comes_back_as_it_was_written()
    {
        var written = new FhirTask
        {
            Status = FhirTask.TaskStatus.Requested,
            Priority = RequestPriority.Urgent,
            Description = "mine",
            Identifier = [new("urn:ehr", "7")],
            Extension = [new() { Url = "urn:ehr:bed", Value = new FhirString("12") }],
            BusinessStatus = new() { Coding = [new("urn:ehr:status", "b")] },
        };
        var task = TaskMap.Fill(Source(Statuses.Accepted), written, 3);
        Assert.Equal(FhirTask.TaskStatus.Accepted, task.Status); // moved since it was written
        Assert.Equal("accepted", task.BusinessStatus.Coding[0].Code);
        Assert.Equal("urn:ehr:status", task.BusinessStatus.Coding[1].System);
        Assert.Equal([Systems.Referral, "urn:ehr"], task.Identifier.Select(i => i.System));
        Assert.Equal(("mine", RequestPriority.Urgent, "urn:ehr:bed"), (task.Description, task.Priority!.Value, task.Extension[0].Url));
    }

    [Fact]
    public void A_reason_stays_as_coded_until_the_referral_moves_on()
    {
        FhirTask Written() => new() { StatusReason = new("urn:ehr:reason", "full", "No places", null) };
        var held = Source(Statuses.OnHold, v => v with { StatusReason = "Ferien" });
        Assert.Equal("full", TaskMap.Fill(held, Written(), writtenAt: 4).StatusReason.Coding[0].Code);
        Assert.Equal("Ferien", TaskMap.Fill(held, Written(), writtenAt: 3).StatusReason.Text);
    }

    [Theory]
    [InlineData(Statuses.OnHold)]
    [InlineData(Statuses.Ended)]
    [InlineData(Statuses.Lapsed)]
    [InlineData(Statuses.Cancelled)]
    public void A_status_that_needs_a_reason_has_one(string status) => Assert.NotNull(TaskMap.Fill(Source(status), null, 0).StatusReason);

    [Fact]
    public void A_completed_Task_has_output() =>
        Assert.Equal("completed", ((CodeableConcept)TaskMap.Fill(Source(Statuses.Completed, v => v with { Discharge = "completed" }), null, 0).Output.Single().Value).Coding[0].Code);

    [Fact]
    public void Every_fault_is_named_with_its_place()
    {
        var (_, unparsable, invalid) = Read($$"""{"resourceType":"Task","id":"{{Id}}","status":"nope","foo":1,"note":"x"}""");
        Assert.Null(unparsable);
        Assert.Equal(422, invalid!.Status);
        Assert.Superset(new HashSet<string> { "Task.status", "Task.foo", "Task.intent" }, invalid.Faults.Select(f => f.Path).ToHashSet());
    }

    [Theory]
    [InlineData("""[]""")]
    [InlineData("""{}""")]
    [InlineData("""{"resourceType":"Patient","id":"ID"}""")]
    [InlineData("""{"resourceType":"Task"}""")]
    [InlineData("""{"resourceType":"Task","id":"other"}""")]
    [InlineData("""{"resourceType":"\ud800","id":"ID"}""")]
    public void What_is_no_Task_of_this_id_cannot_be_read(string body) => Assert.Equal(400, Read(body.Replace("ID", Id, StringComparison.Ordinal)).Unparsable?.Status);

    [Theory]
    [InlineData("\"description\":\"a\\u0000b\"", "Task.description")]
    [InlineData("\"description\":\"\\ud800\"", "Task.description")]
    [InlineData("\"extension\":[{\"url\":\"urn:a\"}]", "Task.extension[0]")]
    [InlineData("\"modifierExtension\":[{\"url\":\"urn:a\",\"valueString\":\"b\"}]", "Task.modifierExtension")]
    [InlineData("\"output\":[{\"type\":{\"coding\":[{\"system\":\"urn:interop:task-output\",\"code\":\"discharge\"}]},\"valueCodeableConcept\":{\"coding\":[{\"system\":\"urn:interop:discharge\",\"code\":\"x\"}]}}]", "Task.output")]
    public void What_cannot_be_kept_or_understood_is_invalid(string member, string path) =>
        Assert.Contains(path, Read($$"""{"resourceType":"Task","id":"{{Id}}","status":"accepted","intent":"order",{{member}}}""").Invalid!.Faults.Select(f => f.Path));

    [Theory]
    [InlineData("rejected")]
    [InlineData("on-hold")]
    [InlineData("failed")]
    public void A_reason_is_asked_for(string status) =>
        Assert.Equal("Task.statusReason", Read($$"""{"resourceType":"Task","id":"{{Id}}","status":"{{status}}","intent":"order"}""").Invalid!.Faults.Single().Path);

    [Fact]
    public void The_owner_changes_nothing_that_is_the_requesters()
    {
        var shown = TaskMap.Fill(Source(Statuses.Sent), null, 0);
        var asked = (FhirTask)shown.DeepCopy();
        asked.For = new("Patient/other");
        asked.Owner = new("Organization/other");
        asked.Intent = FhirTask.TaskIntent.Plan;
        asked.Code = new("urn:a", "b");
        var faults = new TaskRequest(asked, "", "accepted", null).Changes(shown, "http://here/fhir").Select(f => f.Path);
        Assert.Equal(["Task.code", "Task.for", "Task.intent", "Task.owner"], faults.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_sent_as_shown_or_left_out_is_no_change()
    {
        var shown = TaskMap.Fill(Source(Statuses.Sent, v => v with { RespondBy = Views.At }), null, 0);
        var asked = (FhirTask)shown.DeepCopy();
        asked.Focus = new($"http://here/fhir/{shown.Focus.Reference}");
        asked.Owner = new("Organization/centro-esperanza");
        asked.AuthoredOn = "2026-03-31T03:00:00-06:00"; // the same instant
        (asked.Requester, asked.Code) = (null, null);
        Assert.Empty(new TaskRequest(asked, "", "accepted", null).Changes(shown, "http://here/fhir"));
    }

    static (TaskRequest? Request, Refusal? Unparsable, Refusal? Invalid) Read(string body) =>
        TaskRequest.Read(JsonElement.Parse(body), Encoding.UTF8.GetBytes(body), Id);
}
