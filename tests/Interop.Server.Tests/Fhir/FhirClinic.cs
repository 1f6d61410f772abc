using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Fhir;

/// <summary>The clinic's EHR: what a party does at the FHIR face.</summary>
public static class FhirClinic
{
    extension(Party party)
    {
        public async Task<JsonObject> TaskAsync(Guid id) => (JsonObject)(await party.GetAsync($"/fhir/Task/{id}")).Is(200).Json!;

        /// <summary>Updates with the version that it read.</summary>
        public Task<Reply> UpdateAsync(JsonObject task) => party.UpdateAsync(task, $"W/\"{task.At("meta.versionId")}\"");

        public Task<Reply> UpdateAsync(JsonObject task, string? ifMatch) => party.PutAsync(task["id"]!.ToString(), task.ToJsonString(), ifMatch);

        public Task<Reply> PutAsync(string id, string body, string? ifMatch = "*", string type = "application/fhir+json") =>
            party.SendAsync(HttpMethod.Put, $"/fhir/Task/{id}", new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(type)), ifMatch is null ? [] : [("If-Match", ifMatch)]);

        public Task<Reply> SearchByPostAsync(string type, string form) =>
            party.SendAsync(HttpMethod.Post, $"/fhir/{type}/_search", new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"));

        /// <summary>What the owner sets a Task to, with the reason that some statuses need.</summary>
        public async Task<Reply> SetAsync(Guid id, string status) => await party.UpdateAsync((await party.TaskAsync(id)).To(status));
    }

    public static JsonObject To(this JsonObject task, string status) => status is "rejected" or "on-hold" or "failed"
        ? task.With("status", status).With("statusReason", JsonNode.Parse("""{"text":"Sin cupo"}"""))
        : task.With("status", status);

    /// <summary>A refusal of this status, rendered as FHIR, with these issues: <c>code expression</c>.</summary>
    public static Reply IsOutcome(this Reply reply, int status, params string[] issues)
    {
        Assert.True(reply.Status == status, $"Expected {status}, got {reply.Status}: {reply.Text}");
        Assert.Equal("OperationOutcome", reply["resourceType"]);
        Assert.Equal("application/fhir+json", reply.Type?.MediaType);
        Assert.All(reply.Json!["issue"]!.AsArray(), i => Assert.False(string.IsNullOrWhiteSpace(i.At("details.text")?.ToString())));
        if (issues.Length > 0)
            Assert.Equal(issues.Order(StringComparer.Ordinal), reply.Json!["issue"]!.AsArray().Select(i => $"{i!["code"]} {i.At("expression[0]")}".TrimEnd()).Order(StringComparer.Ordinal));
        return reply;
    }

    /// <summary>The resources of a Bundle; of a search the matches.</summary>
    public static IReadOnlyList<JsonNode> Entries(this Reply bundle) =>
        [.. bundle.Is(200).Json!["entry"]?.AsArray().Where(e => e.At("search.mode")?.ToString() != "outcome").Select(e => e!["resource"]!) ?? []];

    public static IReadOnlyList<string> Ids(this Reply bundle) => [.. bundle.Entries().Select(e => e["id"]!.ToString())];

    /// <summary>The address that a link of a Bundle leads to, below the server's own.</summary>
    public static string? Link(this Reply bundle, string relation) =>
        bundle.Json!["link"]!.AsArray().SingleOrDefault(l => l!["relation"]!.ToString() == relation)?["url"]?.ToString() is { } url ? new Uri(url).PathAndQuery : null;
}
