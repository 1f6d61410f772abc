using Hl7.Fhir.Model;
using Interop.Consent;
using FhirConsent = Hl7.Fhir.Model.Consent;

namespace Interop.Fhir;

/// <summary>A consent of the register as FHIR Consent: as it was written, or made from what it states.</summary>
internal static class ConsentMap
{
    /// <param name="view">As the caller may see it: whole, or its scope.</param>
    /// <param name="recordedAt">When this version was recorded.</param>
    public static FhirConsent Of(ConsentGiven c, ConsentView view, DateTimeOffset recordedAt)
    {
        var whole = view.Signature is not null;
        var consent = whole && c.Written is { } written ? FhirJson.ReadKept<FhirConsent>(written.Json) : Made(view);
        consent.Id = c.Id.ToString();
        (consent.Meta ??= new()).VersionId = c.Version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        consent.Meta.LastUpdated = recordedAt;
        if (c.EndedAt is null)
            consent.Status = FhirConsent.ConsentState.Active;
        else if (consent.Status is not FhirConsent.ConsentState.EnteredInError)
            consent.Status = FhirConsent.ConsentState.Inactive;
        if (whole && c.RevocationReason is { } reason)
        {
            consent.RemoveExtension(Systems.RevocationReason);
            consent.AddExtension(Systems.RevocationReason, new FhirString(reason));
        }
        return consent;
    }

    /// <summary>Why it is revoked, in an update that asks for it.</summary>
    public static string? ReasonIn(FhirConsent consent) => consent.GetExtensionValue<FhirString>(Systems.RevocationReason)?.Value;

    static FhirConsent Made(ConsentView view)
    {
        var consent = new FhirConsent
        {
            Language = view.Language,
            Scope = new(Systems.ConsentScope, "patient-privacy"),
            Category = [new(Systems.ConsentKind, view.Kind)],
            Patient = new($"Patient/{view.PersonId}"),
            DateTimeElement = view.Signature is { } given ? At(given.At) : null,
            Organization = [Organisation(view.Discloser)],
            PolicyRule = new(Systems.ActCode, "OPTIN"),
            Provision = new()
            {
                Type = FhirConsent.ConsentProvisionType.Permit,
                Period = new() { StartElement = At(view.From), EndElement = view.Until is { } until ? At(until) : null },
                Actor = [.. view.Recipients.Select(r => new FhirConsent.provisionActorComponent { Role = new(Systems.ParticipationType, "IRCP"), Reference = Organisation(r) })],
                Purpose = [.. view.Purposes.Select(p => new Coding(char.IsUpper(p[0]) ? Systems.ActReason : Systems.Purpose, p))],
                Code = [.. view.Categories.Select(category => new CodeableConcept(Systems.ReportCategory, category))],
            },
        };
        if (view.Matter is { } matter)
            consent.AddExtension(Systems.ConsentMatter, new Identifier(Systems.Matter, matter.ToString()));
        if (view.UntilEvent is { } ends)
            consent.AddExtension(Systems.ConsentUntilEvent, new Code(ends));
        if (view.Revocable is { } revocable)
            consent.Extension.Add(Parts(Systems.ConsentRevocable, ("from", revocable.From is { } from ? At(from) : null), ("event", revocable.Event is { } e ? new Code(e) : null)));
        if (view.Signature is { } signed)
            consent.Extension.Add(Parts(Systems.ConsentSignature, ("method", new Code(signed.Method)), ("at", At(signed.At)), ("by", new FhirString(signed.By)), ("witness", signed.Witness is { } witness ? new FhirString(witness) : null)));
        return consent;
    }

    static Extension Parts(string url, params ReadOnlySpan<(string Name, DataType? Value)> parts)
    {
        var extension = new Extension { Url = url };
        foreach (var (name, value) in parts)
            if (value is not null)
                extension.AddExtension(name, value);
        return extension;
    }

    static ResourceReference Organisation(string id) => new() { Type = "Organization", Identifier = new(Systems.Organisation, id) };

    static FhirDateTime At(DateTimeOffset at) => new(at.ToUniversalTime());
}
