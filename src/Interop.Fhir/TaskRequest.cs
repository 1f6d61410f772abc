using System.Text.Json;
using Hl7.Fhir.Model;
using Interop.Platform;

namespace Interop.Fhir;

/// <summary>A Task as its owner wants it to be.</summary>
internal sealed record TaskRequest(FhirTask Task, string Json, string Status, string? Reason)
{
    const int ReasonAtMost = 500;

    /// <summary>Reads a body that is JSON already. What cannot be read is 400, and what is wrong 422, every fault with its place.</summary>
    /// <returns>A 400 that ends it; or the request, and beside it what is wrong with it, for when it is that one's turn.</returns>
    public static (TaskRequest? Request, Refusal? Unparsable, Refusal? Invalid) Read(JsonElement body, byte[] bytes, string id)
    {
        if (body.ValueKind is not JsonValueKind.Object)
            return (null, Refusal.Unparsable(new Fault("", "type.object")), null);
        if (!RawJson.IsText(body, "resourceType", "Task"))
            return (null, Refusal.Unparsable(new Fault("resourceType", "fhir.type", "Task")), null);
        if (!RawJson.IsText(body, "id", id))
            return (null, Refusal.Unparsable(new Fault("Task.id", "fhir.id")), null);
        var faults = new List<Fault>();
        RawJson.FaultsOf(body, "Task", faults);
        if (faults.Count > 0)
            return (null, null, Refusal.Invalid(faults));
        var (task, refusal) = FhirJson.Read<FhirTask>(bytes);
        if (task is null)
            return refusal!.Status == 400 ? (null, refusal, null) : (null, null, refusal);
        var status = task.StatusElement?.JsonValue as string ?? "";
        var reason = TaskMap.ReasonText(task.StatusReason);
        if (!StatusMap.ByOwner.Contains(status))
            faults.Add(new("Task.status", status.Length == 0 ? "required" : "code.unknown", string.Join(", ", StatusMap.ByOwner)));
        // What changes a resource's meaning in ways that the reader does not know is not to be acted on (FHIR, modifier elements).
        if (task.ModifierExtension.Count > 0)
            faults.Add(new("Task.modifierExtension", "fhir.not-understood"));
        if (task.ImplicitRules is not null)
            faults.Add(new("Task.implicitRules", "fhir.not-understood"));
        if (reason is null && StatusMap.NeedsReason(status))
            faults.Add(new("Task.statusReason", "required"));
        if (reason?.Length > ReasonAtMost)
            faults.Add(new("Task.statusReason", "text.long", ReasonAtMost));
        if (TaskMap.DischargeIn(task) is { } discharge && !Discharges(status).Contains(discharge))
            faults.Add(new("Task.output", "code.unknown", string.Join(", ", Discharges(status))));
        return (new(task, System.Text.Encoding.UTF8.GetString(bytes), status, reason), null, faults.Count == 0 ? null : Refusal.Invalid(faults));
    }

    /// <summary>How treatment ended, for the statuses that end it: failed is unsuccessful unless the output says neutral.</summary>
    public string? Discharge => Status switch
    {
        StatusMap.Completed => "completed",
        StatusMap.Failed => TaskMap.DischargeIn(Task) ?? "unsuccessful",
        _ => null,
    };

    public IEnumerable<(string System, string Value)> Identifiers => Task.Identifier
        .Where(i => i.System != Systems.Referral && !string.IsNullOrEmpty(i.Value)).Select(i => (i.System ?? "", i.Value!)).Distinct();

    /// <summary>What the owner may not change, where it differs from what it was shown. What is left out is put back, not a change.</summary>
    /// <param name="address">This face's address, under which references may be absolute.</param>
    public IEnumerable<Fault> Changes(FhirTask shown, string address)
    {
        foreach (var (path, asked, is_) in new (string, DataType?, DataType?)[]
        {
            ("Task.intent", Task.IntentElement, shown.IntentElement),
            ("Task.authoredOn", Task.AuthoredOnElement, shown.AuthoredOnElement),
            ("Task.restriction.period", Task.Restriction?.Period, shown.Restriction?.Period),
        })
            if (asked is not null && !Same(asked, is_))
                yield return new(path, "fhir.changed");
        if (Task.Code is { } code && !code.Coding.Any(c => c.System == Systems.TaskCode && c.Code == "fulfill"))
            yield return new("Task.code", "fhir.changed");
        foreach (var (path, asked, is_) in new[]
        {
            ("Task.focus", Task.Focus, shown.Focus),
            ("Task.for", Task.For, shown.For),
            ("Task.requester", Task.Requester, shown.Requester),
            ("Task.owner", Task.Owner, shown.Owner),
        })
            if (asked is not null && !Same(asked, is_, address))
                yield return new(path, "fhir.changed");
    }

    static bool Same(DataType asked, DataType? shown) => (asked, shown) switch
    {
        (FhirDateTime a, FhirDateTime s) => a.Value == s.Value || (a.TryToDateTimeOffset(TimeSpan.Zero, out var at) && s.TryToDateTimeOffset(TimeSpan.Zero, out var st) && at == st),
        (Period a, Period s) => Same(a.StartElement, s.StartElement) && Same(a.EndElement, s.EndElement),
        _ => shown is not null && asked.IsExactly(shown),
    };

    static bool Same(FhirDateTime? asked, FhirDateTime? shown) => asked is null ? shown is null : Same((DataType)asked, shown);

    static bool Same(ResourceReference asked, ResourceReference? shown, string address)
    {
        if (asked.Reference is { } reference)
            return shown?.Reference is { } own
                ? reference == own || reference == $"{address}/{own}"
                : SearchRequest.IdIn("Organization", reference) == shown?.Identifier?.Value;
        return asked.Identifier is { } identifier
            ? shown?.Identifier is { } s && identifier.System == s.System && identifier.Value == s.Value
            : asked.Display is null || asked.Display == shown?.Display;
    }

    static string[] Discharges(string status) => status == StatusMap.Completed ? ["completed"] : status == StatusMap.Failed ? ["neutral", "unsuccessful"] : ["completed", "neutral", "unsuccessful"];
}
