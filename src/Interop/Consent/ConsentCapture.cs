using System.Text.Json;
using Interop.Audit;
using Interop.Directory;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;

namespace Interop.Consent;

/// <summary>Takes a consent into the register, through whichever door it came.</summary>
internal sealed class ConsentCapture(Call call, Work work, ConsentIntake intake, PersonRegister persons, Organisations organisations, ConsentRegister register, Trail trail)
{
    /// <param name="body">As `POST /v1/consents` takes it. Every element that is missing or wrong is named by its path there.</param>
    /// <param name="written">The FHIR from which it was drawn, where it was.</param>
    public async Task<Answer<ConsentGiven>> CaptureAsync(JsonElement body, string operation, string? written, CancellationToken ct)
    {
        var (request, person, matter, faults) = await intake.ReadAsync(body, given: true, ct);
        if (faults.Count > 0)
            return Refusal.Invalid(faults);
        if (matter?.DisposedAt is not null)
            return Refusal.Conflict("matter", "matter.disposed");
        if (matter?.SupervisionEndedAt is not null && request.UntilEvent == UntilEvents.EndOfSupervision)
            return Refusal.Conflict("untilEvent", "matter.supervision-ended");
        return await KeepAsync(request, person, matter, operation, written, ct);
    }

    /// <summary>What a person permits and denies in general, in FHIR's terms. Who is named need not be of the exchange; who is, is party to it.</summary>
    public async Task<Answer<ConsentGiven>> CaptureGeneralAsync(JsonElement body, string operation, string written, CancellationToken ct)
    {
        var request = Fields.Read(body, f => ConsentRequest.ReadGeneral(f, TimeZoneInfo.Utc, work.Now), out var refusal);
        var (faults, person) = (refusal?.Faults.Select(ConsentElements.Named).ToList() ?? [], new Id<Person>(request.PersonId));
        if (faults.All(f => f.Path != "personId") && await intake.OpenAsync(person, given: true, ct) is { } unknown)
            faults.Add(unknown);
        if (request.Discloser is { } discloser && await organisations.RecallAsync(discloser, ct) is null)
            faults.Add(new("discloser", "organisation.unknown"));
        if (faults.Count > 0)
            return Refusal.Invalid(faults);
        var known = await organisations.KindsAsync(request.Recipients, ct);
        return await KeepAsync(request with { Recipients = [.. request.Recipients.Where(known.ContainsKey)] }, person, null, operation, written, ct);
    }

    async Task<Answer<ConsentGiven>> KeepAsync(ConsentRequest request, Id<Person> person, Matter? matter, string operation, string? written, CancellationToken ct)
    {
        var zone = written is null ? null : (await organisations.RecallAsync(call.Caller.Organisation, ct))?.Zone ?? TimeZoneInfo.Utc;
        var consent = ConsentIntake.New(request, call.Caller, person, matter?.Id, work.Now, written is null ? null : new(written, zone!.Id));
        await register.AddAsync(consent, matter, ct);
        foreach (var recipient in request.Kind == Kinds.JusticeMonitoring ? request.Recipients : [])
            await persons.MakeKnownAsync(person, recipient, ct);
        trail.Write(call.Caller, ConsentChange.Told(consent, Actions.Create, operation));
        return consent;
    }
}
