using System.Text.Json;
using Interop.Audit;
using Interop.Consent;
using Interop.Directory;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Referrals;

/// <summary>How a referral comes to be, whoever asks for it.</summary>
internal sealed class ReferralCreation(
    Call call, Db db, Engine engine, Work work, Gate gate, Organisations organisations, PersonRegister persons, MatterRegister matters,
    ReferralBook book, ReferralReader reader, ReferralSight sight, SendReferralsOnConsent sending, Trail trail, Clock clock, Together<JointCreation, Creating, Created> together)
{
    public const string Operation = "referral.create";

    /// <summary>What was made about a person who is new: all that there is of it.</summary>
    ReferralRecord? _made;
    IReadOnlyList<CareService>? _services;

    /// <summary>With whatever else is referred at this moment, where person and matter are new.</summary>
    /// <returns>null: not in company; whatever there is to say against it is said when it goes alone.</returns>
    public async Task<(Done Done, ReferralView View)?> CreateInCompanyAsync(JsonElement body, CancellationToken ct)
    {
        if (await ReadAsync(body, engine.Now(clock), ct) is not { Value: { } request } || await together.TryAskAsync(new(call.Caller, request)) is not { Value: { } created })
            return null;
        trail.IsWritten();
        (_made, _services) = (created.Record, created.Services);
        return (DoneOf(created.Record.Referral), sight.View(created.Disclosure, created.Record) with { Warnings = await WarningsAsync(created.Record, ct) });
    }

    public async Task<Answer<Done>> CreateAsync(Caller caller, JsonElement body, CancellationToken ct)
    {
        var read = await ReadAsync(body, work.Now, ct);
        if (read.Refusal is { } refusal)
            return refusal;
        var request = read.Value!;
        var (known, opened) = await OpenAsync(caller, request, ct);
        var made = await MakeAsync(caller, request, known, opened, ct);
        if (made.Refusal is { } notMade)
            return notMade;
        await sending.SendIfConsentedAsync(made.Value!.Referral, ct); // a consent that the person gave before covers it
        return DoneOf(made.Value.Referral);
    }

    static Done DoneOf(Referral referral) => new(201, referral.Id.ToString(), $"/v1/referrals/{referral.Id}");

    async Task<Answer<ReferralRequest>> ReadAsync(JsonElement body, DateTimeOffset now, CancellationToken ct)
    {
        var request = Fields.Read(body, f => ReferralRequest.Read(f, now), out var refusal);
        var faults = refusal?.Faults.ToList() ?? [];
        if (request.ProviderId is { } provider && await CheckProviderAsync(organisations, provider, ct) is { } fault)
            faults.Add(fault);
        return faults.Count > 0 ? Refusal.Invalid(faults) : request;
    }

    /// <summary>Makes it, and person and matter where they are not known.</summary>
    /// <param name="known">Identifiers of the caller's that name the person; the gate is open for whom they name.</param>
    public async Task<Answer<Made>> MakeAsync(Caller caller, ReferralRequest request, IReadOnlyList<PersonIdentifier> known, Matter? opened, CancellationToken ct)
    {
        var found = await persons.FindOrAddAsync(caller.Organisation, request.Person, known, ct);
        if (found.Refusal is { } ambiguous)
            return ambiguous;
        var (person, identifiers, isNew) = found.Value!;
        if (isNew)
            gate.OpenNew(person.Id.Value);
        var matter = await matters.FindOrOpenAsync(caller.Organisation, request.Matter.Number, request.Matter.Jurisdiction, request.Matter.Offence, person.Id, opened, ct);
        if (matter.Refusal is { } disposed)
            return disposed;
        if (isNew)
            persons.MakeNewKnown(person.Id, caller.Organisation);
        else
            await persons.MakeKnownAsync(person.Id, caller.Organisation, ct);
        var referral = New(caller, request, person.Id, matter.Value!.Id);
        work.Insert(referral);
        var entry = await book.ApplyAsync(referral, Moves.Create, caller, new(), ct);
        _made = isNew ? new(referral, [entry], [], [], matter.Value, person, identifiers) : null;
        return new Made(referral, _made);
    }

    /// <summary>
    /// Known persons are locked before anything is written; a new one is nobody else's yet. Who is known is read again under the
    /// locks, until nobody joined meanwhile.
    /// </summary>
    async Task<(IReadOnlyList<PersonIdentifier> Known, Matter? Matter)> OpenAsync(Caller caller, ReferralRequest request, CancellationToken ct)
    {
        var named = PersonRegister.Named(caller.Organisation, request.Person.Identifiers);
        var numbered = MatterRegister.Numbered(caller.Organisation, request.Matter.Number, request.Matter.Jurisdiction);
        var services = Organisations.Services(request.ProviderId, request.Service);
        IReadOnlyList<Guid> known = [];
        while (true)
        {
            await gate.OpenAsync(known, ct, also: [.. named, numbered, services]);
            var found = named.SelectMany(n => n.Rows).Select(r => r.PersonId.Value).Distinct().ToList();
            _services = services.Rows;
            if (found.All(known.Contains))
                return ([.. named.SelectMany(n => n.Rows)], numbered.Rows.SingleOrDefault());
            known = found;
        }
    }

    public async Task<Answer<ReferralView>> ShowAsync(Id<Referral> id, CancellationToken ct)
    {
        var record = call.IsRepeat ? null : _made;
        if (record is null)
        {
            await work.SaveAsync(ct);
            if (await book.FindAsync(id, ct) is not { } found)
                return Refusal.NotFound;
            if (call.IsRepeat)
                await gate.OpenAsync([found.PersonId.Value], ct);
            record = await reader.LoadAsync(id, ct);
        }
        var operation = new Record(call.IsRepeat ? Actions.Read : Actions.Create, Operation);
        if (gate.Disclose(call.Caller, record.Referral.Facts, operation) is not { } disclosure)
            return gate.Denied(record.Referral.Facts);
        return sight.View(disclosure, record) with { Warnings = await WarningsAsync(record, ct) };
    }

    public static async Task<Fault?> CheckProviderAsync(Organisations organisations, string provider, CancellationToken ct) =>
        await organisations.KindAsync(provider, ct) switch
        {
            null => new("providerId", "organisation.unknown"),
            { IsCare: false } => new("providerId", "organisation.not-care"),
            _ => null,
        };

    /// <summary>What the caller should look at: a likely duplicate of its own, a service or need that the provider does not list.</summary>
    async Task<IReadOnlyList<Warning>> WarningsAsync(ReferralRecord record, CancellationToken ct)
    {
        var r = record.Referral;
        var warnings = new List<Warning>();
        var twins = record == _made ? [] : await db.Referrals.FromSql($"select * from referrals where id < {r.Id.Value}").AsNoTracking()
            .Where(o => o.Referrer == r.Referrer && o.PersonId == r.PersonId && o.MatterId == r.MatterId && o.Service == r.Service)
            .Select(o => o.Id).ToListAsync(ct);
        foreach (var twin in await reader.LoadAsync(twins, ct))
            if (gate.Decide(r.Referrer, call.Caller.Kind, twin.Referral.Facts) is { } disclosure && Statuses.Open.Contains(Seen.Of(disclosure, twin.Entries).Status))
                warnings.Add(new("likely-duplicate", "matter", call.Text("warning.likely-duplicate", twin.Referral.Id), twin.Referral.Id));
        var services = _services ?? await ServicesAsync(r, ct);
        if (services.Count == 0)
            warnings.Add(new("service-not-listed", "service", call.Text("warning.service-not-listed", r.Provider, r.Service)));
        foreach (var need in r.Needs.Where(n => !services.Any(s => s.Meets(n))))
            warnings.Add(new("need-not-listed", $"needs[{r.Needs.Index().First(n => n.Item == need).Index}]", call.Text("warning.need-not-listed", r.Provider, need)));
        return warnings;
    }

    async Task<IReadOnlyList<CareService>> ServicesAsync(Referral r, CancellationToken ct)
    {
        var services = Organisations.Services(r.Provider, r.Service);
        await engine.SelectAsync(db, [services], ct);
        return services.Rows;
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
