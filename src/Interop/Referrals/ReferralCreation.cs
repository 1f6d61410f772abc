using System.Text.Json;
using Interop.Audit;
using Interop.Consent;
using Interop.Directory;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Referrals;

/// <summary>How a referral comes to be, whoever asks for it.</summary>
internal sealed class ReferralCreation(
    Call call, Db db, Work work, Gate gate, Organisations organisations, PersonRegister persons, MatterRegister matters,
    ReferralBook book, ReferralReader reader, ReferralSight sight, SendReferralsOnConsent sending)
{
    public async Task<Answer<Done>> CreateAsync(Caller caller, JsonElement body, CancellationToken ct)
    {
        var request = Fields.Read(body, f => ReferralRequest.Read(f, work.Now), out var refusal);
        var faults = refusal?.Faults.ToList() ?? [];
        if (request.ProviderId is { } provider && await CheckProviderAsync(organisations, provider, ct) is { } fault)
            faults.Add(fault);
        if (faults.Count > 0)
            return Refusal.Invalid(faults);

        // Known persons are locked before anything is written; a new one is nobody else's yet.
        await gate.OpenAsync(await persons.NamedByAsync(caller.Organisation, request.Person.Identifiers, ct), ct);
        var person = await persons.FindOrAddAsync(caller.Organisation, request.Person, ct);
        if (person.Refusal is { } ambiguous)
            return ambiguous;
        await db.SaveChangesAsync(ct);
        await gate.OpenAsync([person.Value!.Id.Value], ct);
        var matter = await matters.FindOrOpenAsync(caller.Organisation, request.Matter.Number, request.Matter.Jurisdiction, request.Matter.Offence, person.Value.Id, ct);
        if (matter.Refusal is { } disposed)
            return disposed;
        await persons.MakeKnownAsync(person.Value.Id, caller.Organisation, ct);
        var referral = New(caller, request, person.Value.Id, matter.Value!.Id);
        db.Referrals.Add(referral);
        await book.ApplyAsync(referral, Moves.Create, caller, new(), ct);
        await db.SaveChangesAsync(ct);
        await sending.SendIfConsentedAsync(referral.Id, ct); // a consent that the person gave before covers it
        return new Done(201, referral.Id.ToString(), $"/v1/referrals/{referral.Id}");
    }

    public async Task<Answer<ReferralView>> ShowAsync(Id<Referral> id, CancellationToken ct)
    {
        if (await book.FindAsync(id, ct) is not { } found)
            return Refusal.NotFound;
        if (call.IsRepeat)
            await gate.OpenAsync([found.PersonId.Value], ct);
        var record = await reader.LoadAsync(id, ct);
        var operation = new Record(call.IsRepeat ? Actions.Read : Actions.Create, "referral.create");
        if (gate.Disclose(call.Caller, record.Referral.Facts, operation) is not { } disclosure)
            return Refusal.NotFound.Of(found.PersonId.Value, "Referral", id.Value);
        return sight.View(disclosure, record) with { Warnings = await WarningsAsync(record, ct) };
    }

    public static async Task<Fault?> CheckProviderAsync(Organisations organisations, string provider, CancellationToken ct) =>
        await organisations.FindAsync(provider, ct) switch
        {
            null => new("providerId", "organisation.unknown"),
            { Kind.IsCare: false } => new("providerId", "organisation.not-care"),
            _ => null,
        };

    /// <summary>What the caller should look at: a likely duplicate of its own, a service or need that the provider does not list.</summary>
    async Task<IReadOnlyList<Warning>> WarningsAsync(ReferralRecord record, CancellationToken ct)
    {
        var r = record.Referral;
        var warnings = new List<Warning>();
        var twins = await db.Referrals.FromSql($"select * from referrals where id < {r.Id.Value}").AsNoTracking()
            .Where(o => o.Referrer == r.Referrer && o.PersonId == r.PersonId && o.MatterId == r.MatterId && o.Service == r.Service)
            .Select(o => o.Id).ToListAsync(ct);
        foreach (var twin in await reader.LoadAsync(twins, ct))
            if (gate.Decide(r.Referrer, call.Caller.Kind, twin.Referral.Facts) is { } disclosure && Statuses.Open.Contains(Seen.Of(disclosure, twin.Entries).Status))
                warnings.Add(new("likely-duplicate", "matter", call.Text("warning.likely-duplicate", twin.Referral.Id), twin.Referral.Id));
        var services = await organisations.ServicesAsync(r.Provider, r.Service, ct);
        if (services.Count == 0)
            warnings.Add(new("service-not-listed", "service", call.Text("warning.service-not-listed", r.Provider, r.Service)));
        foreach (var need in r.Needs.Where(n => !services.Any(s => s.Meets(n))))
            warnings.Add(new("need-not-listed", $"needs[{r.Needs.Index().First(n => n.Item == need).Index}]", call.Text("warning.need-not-listed", r.Provider, need)));
        return warnings;
    }

    Referral New(Caller caller, ReferralRequest request, Id<Person> person, Id<Matter> matter) => new()
    {
        Id = Id<Referral>.New(work.Now),
        Version = 0,
        PersonId = person,
        MatterId = matter,
        Referrer = caller.Organisation,
        Provider = request.ProviderId,
        Status = Statuses.AwaitingConsent,
        Intercept = request.Intercept,
        SequentialIntercept = request.SequentialIntercept ?? Intercepts.Sequential(request.Intercept)[0],
        Service = request.Service,
        Needs = [.. request.Needs.Distinct()],
        Reporting = [.. request.Reporting.Select(r => new Reporting(r.Category, r.Every))],
        Note = request.Note,
        RespondBy = request.RespondBy,
        Events = 0,
        Accepted = false,
        CancellationConfirmed = false,
        CreatedAt = work.Now,
        UpdatedAt = work.Now,
    };
}
