using Hl7.Fhir.Model;
using Interop.Consent;
using Interop.Referrals;

namespace Interop.Fhir;

/// <summary>
/// One referral as its provider may see it, ready to be put into resources. The view is built from a <see cref="Disclosure"/>,
/// so what a resource shows went through the gate (P2) and by the same rules as over REST.
/// </summary>
/// <param name="Names">Organisations by their id.</param>
/// <param name="StatusSince">The referral's own version at which its status was reached.</param>
/// <param name="LastVersion">The referral's own version at the last entry seen.</param>
internal sealed record ReferralSource(ReferralView View, bool Received, int StatusSince, int LastVersion, IReadOnlyDictionary<string, string> Names)
{
    public static ReferralSource Of(ReferralView view, Disclosure disclosure, ReferralRecord record, IReadOnlyDictionary<string, string> names)
    {
        var seen = Seen.Of(disclosure, record.Entries);
        return new(view, StatusMap.IsReceived(seen), seen.Entries.LastOrDefault(e => e.Status is not null)?.Version ?? 0, seen.Entries is [.., var last] ? last.Version : 0, names);
    }

    public string TaskStatus => StatusMap.TaskStatus(View.Status, Received);

    public ResourceReference Organisation(string id) => new()
    {
        Type = "Organization",
        Identifier = new(Systems.Organisation, id),
        Display = Names.GetValueOrDefault(id),
    };

    public ResourceReference Patient => new($"Patient/{View.PersonId}") { Type = "Patient" };

    public Meta MetaOf(Meta? written)
    {
        var meta = written ?? new();
        Fill(meta, View.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), View.UpdatedAt, View.Notice);
        return meta;
    }

    /// <summary>Our version, time and notice; a partner's own profiles, tags and labels stay.</summary>
    public static void Fill(Meta meta, string version, DateTimeOffset updated, RedisclosureNotice? notice)
    {
        (meta.VersionId, meta.LastUpdated) = (version, updated);
        meta.Security.RemoveAll(c => c.System == Systems.ActCode && c.Code == Systems.NoRedisclosure);
        meta.RemoveExtension(Systems.RedisclosureNotice);
        meta.RemoveExtension(Systems.ReliedConsent);
        if (notice is null)
            return;
        meta.Security.Add(new(Systems.ActCode, Systems.NoRedisclosure, "no redisclosure without consent directive"));
        meta.AddExtension(Systems.RedisclosureNotice, new FhirString(notice.Text));
        foreach (var scope in notice.Consents)
            meta.AddExtension(Systems.ReliedConsent, new ResourceReference($"Consent/{scope.Id}", scope.Text));
    }
}

/// <summary>The referral as FHIR Task.</summary>
internal static class TaskMap
{
    /// <summary>What the provider wrote where it wrote something, with everything that is the referral's put in its place.</summary>
    /// <param name="task">As it was written; changed, and returned. null: nothing was.</param>
    /// <param name="writtenAt">The referral's version when it was.</param>
    public static FhirTask Fill(ReferralSource source, FhirTask? task, int writtenAt)
    {
        task ??= new();
        var view = source.View;
        var status = source.TaskStatus;
        task.Id = view.Id.ToString();
        task.Meta = source.MetaOf(task.Meta);
        if (source.LastVersion > writtenAt)
            task.Text = null; // a narrative of how it stood before
        task.Identifier.RemoveAll(i => i.System == Systems.Referral);
        task.Identifier.Insert(0, new(Systems.Referral, task.Id));
        (task.StatusElement ??= new()).JsonValue = status;
        task.BusinessStatus = Coded(task.BusinessStatus, Systems.BusinessStatus, StatusMap.BusinessStatus(view));
        task.StatusReason = source.StatusSince <= writtenAt && ReasonText(task.StatusReason) is not null ? task.StatusReason : ReasonOf(source, status);
        (task.IntentElement ??= new()).Value = FhirTask.TaskIntent.Order;
        task.Code = Coded(task.Code, Systems.TaskCode, "fulfill");
        task.Focus = new($"ServiceRequest/{view.Id}") { Type = "ServiceRequest" };
        task.For = source.Patient;
        task.Requester = source.Organisation(view.ReferrerId);
        task.Owner = source.Organisation(view.ProviderId);
        task.AuthoredOnElement = At(view.CreatedAt);
        task.LastModifiedElement = At(view.UpdatedAt);
        task.ExecutionPeriod = view.AdmittedAt is null ? task.ExecutionPeriod : new() { StartElement = At(view.AdmittedAt), EndElement = At(view.DischargedAt) };
        task.Restriction = Restriction(task.Restriction, view);
        task.Input.RemoveAll(i => Is(i.Type, Systems.ReportCategory));
        task.Input.AddRange((view.Reporting ?? []).Select(r => new FhirTask.ParameterComponent { Type = new(Systems.ReportCategory, r.Category), Value = new FhirString(r.Every) }));
        task.Output.RemoveAll(o => Is(o.Type, Systems.TaskOutput));
        if (view.Discharge is { } discharge)
            task.Output.Insert(0, new() { Type = new(Systems.TaskOutput, "discharge"), Value = new CodeableConcept(Systems.Discharge, discharge) });
        return task;
    }

    /// <summary>In words, else by its code: what the domain keeps of a statusReason.</summary>
    public static string? ReasonText(CodeableConcept? reason) =>
        new[] { reason?.Text, reason?.Coding.FirstOrDefault()?.Display, reason?.Coding.FirstOrDefault()?.Code }.FirstOrDefault(t => !string.IsNullOrWhiteSpace(t));

    /// <summary>How a failed Task ended, where the output says so.</summary>
    public static string? DischargeIn(FhirTask task) => task.Output
        .Where(o => Is(o.Type, Systems.TaskOutput))
        .SelectMany(o => (o.Value as CodeableConcept)?.Coding ?? [])
        .FirstOrDefault(c => c.System == Systems.Discharge)?.Code;

    public static bool Is(CodeableConcept? concept, string system) => concept?.Coding.Any(c => c.System == system) is true;

    public static FhirDateTime? At(DateTimeOffset? at) => at is { } t ? new FhirDateTime(t.ToUniversalTime()) : null;

    /// <summary>Ours first, then what a partner coded in its own systems.</summary>
    static CodeableConcept Coded(CodeableConcept? written, string system, string code)
    {
        var concept = written ?? new();
        var same = concept.Coding.FirstOrDefault(c => c.System == system && c.Code == code) ?? new(system, code);
        if (concept.Coding.FirstOrDefault(c => c.System == system)?.Code != code)
            concept.Text = null; // it worded another code
        concept.Coding.RemoveAll(c => c.System == system);
        concept.Coding.Insert(0, same);
        return concept;
    }

    static CodeableConcept? ReasonOf(ReferralSource source, string status) => source.View.StatusReason switch
    {
        { } reason => new() { Text = reason },
        null when source.View.Status == Statuses.Lapsed => new(Systems.BusinessStatus, Statuses.Lapsed),
        null when StatusMap.NeedsReason(status) || status == StatusMap.Cancelled => new(Systems.NullFlavor, "NI"), // by REST none was asked for
        null => null,
    };

    static FhirTask.RestrictionComponent? Restriction(FhirTask.RestrictionComponent? written, ReferralView view)
    {
        if (view.RespondBy is null && written is null)
            return null;
        var restriction = written ?? new();
        restriction.Period = view.RespondBy is { } by ? new() { EndElement = At(by) } : null;
        return restriction;
    }
}
