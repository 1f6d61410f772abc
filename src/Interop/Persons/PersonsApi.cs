using Interop.Audit;
using Interop.Directory;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Interop.Persons;

/// <summary>What changed about a person. Members left out stay as they were; identifiers are added.</summary>
public sealed record PersonPatch(
    string? FamilyName, IReadOnlyList<string> GivenNames, DateOnly? BirthDate, string? Sex, string? Language, ContactInput? Contact, IReadOnlyList<IdentifierInput> Identifiers)
{
    internal static PersonPatch Read(Fields f, DateTimeOffset now)
    {
        var patch = new PersonPatch(
            f.Text("familyName", 200, required: false),
            f.Texts("givenNames", 200, 10, required: false),
            f.Date("birthDate", required: false),
            f.Code("sex", Vocabulary.Sexes, required: false),
            PersonInput.ReadLanguage(f, "language", required: false),
            f.Object("contact", ContactInput.Read, required: false),
            f.Objects("identifiers", IdentifierInput.Read, 20, required: false));
        if (patch.BirthDate > DateOnly.FromDateTime(now.UtcDateTime.AddDays(1)))
            f.Fail("birthDate", "date.future");
        if (f.Has("givenNames") && patch.GivenNames.Count == 0)
            f.Fail("givenNames", "required");
        return patch;
    }
}

/// <summary>A person as the organisation that keeps the record entered them, with that organisation's identifiers.</summary>
internal sealed record PersonRecordView(
    Id<Person> Id, int Version, string FamilyName, IReadOnlyList<string> GivenNames, DateOnly BirthDate, string Sex, string Language,
    IReadOnlyList<IdentifierInput> Identifiers, Contact? Contact, DateTimeOffset UpdatedAt) : IVersioned;

internal static class PersonsApi
{
    public static void MapPersons(this IEndpointRouteBuilder routes)
    {
        var persons = routes.MapGroup("/v1/persons").WithTags("Persons");
        persons.MapGet("/{id}", Read).Does("person.read", Actions.Read, Scopes.ReferralsRead, kind => kind.IsJustice).Gives<PersonRecordView>(200, 404, 410);
        persons.MapPatch("/{id}", Change).Does("person.change", Actions.Update, Scopes.ReferralsWrite, kind => kind.IsJustice)
            .Takes<PersonPatch>().Gives<PersonRecordView>(200, 404, 410, 412, 422, 428);
        persons.MapDelete("/{id}", Erase).Does("person.erase", Actions.Delete, Scopes.ReferralsWrite, kind => kind.IsJustice).GivesNothing(404, 409, 410, 412);
        persons.MapDisclosures();
        persons.MapDisclosureRequests();
    }

    /// <summary>A person whose record the caller keeps. Others see a person through a referral.</summary>
    internal static Task<IResult> Read(Id<Person> id, Call call, Db db, PersonKeys keys, Trail trail, CancellationToken ct) =>
        call.ReadAsync<PersonRecordView>(async () =>
        {
            var kept = await KeptAsync(id, db.Persons.AsNoTracking(), call, keys, ct);
            if (kept.Value is not { } person)
                return kept.Refusal!;
            trail.Write(call.Caller, new(Actions.Read, "person.read") { Person = id.Value, ResourceType = "Person", ResourceId = id.ToString(), Ground = "authorship" });
            return await ViewAsync(db, person, ct);
        }, ct);

    /// <summary>Changes a person whose record the caller keeps. If-Match is required.</summary>
    internal static Task<IResult> Change(Id<Person> id, Call call, Db db, Work work, PersonKeys keys, PersonRegister register, Trail trail, CancellationToken ct) =>
        call.ChangeAsync<PersonRecordView>(async body =>
        {
            await work.LockAsync([id.Value], exclusive: true, ct);
            var kept = await KeptAsync(id, db.Persons, call, keys, ct);
            if (kept.Value is not { } person)
                return kept.Refusal!;
            if (call.CheckVersion(person.Version, required: true) is { } stale)
                return stale;
            var patch = Fields.Read(body, f => PersonPatch.Read(f, work.Now), out var refusal);
            if (refusal is not null)
                return refusal;
            foreach (var (index, identifier) in patch.Identifiers.Index())
                if ((await register.NamedByAsync(person.KeptBy, [identifier], ct)).Any(p => p != id.Value))
                    return Refusal.Invalid(new Fault($"identifiers[{index}]", "person.ambiguous"));
            register.Change(person, patch);
            await register.LinkAsync(person.KeptBy, id, patch.Identifiers, ct);
            await db.SaveChangesAsync(ct);
            trail.Write(call.Caller, new(Actions.Update, "person.change") { Person = id.Value, ResourceType = "Person", ResourceId = id.ToString(), Ground = "authorship" });
            return await ViewAsync(db, person, ct);
        }, ct);

    /// <summary>
    /// Erases a person whose record the caller keeps, for good, where the law of the caller's jurisdiction allows it. Everything that is
    /// kept of them goes, whoever put it in, and what was on its way about them is not sent; everybody who came to know of them is told
    /// by `org.interop.person.erased.v1`. What stays is that something was done, when, by which organisation and with which outcome.
    /// </summary>
    internal static async Task<IResult> Erase(Id<Person> id, Call call, Db db, Work work, PersonKeys keys, Erasure erasure, IErasureLaw law, Organisations organisations, Engine engine, CancellationToken ct)
    {
        var answer = await call.ActAsync<Nothing>(
            async _ =>
            {
                await work.LockAsync([id.Value], exclusive: true, ct);
                var kept = await KeptAsync(id, db.Persons.AsNoTracking(), call, keys, ct);
                if (kept.Value is not { } person)
                    return kept.Refusal!;
                if (call.CheckVersion(person.Version) is { } stale)
                    return stale;
                if (law.Refuses((await organisations.FindAsync(person.KeptBy, ct))!, work.Now) is { } refusal)
                    return refusal;
                if (await erasure.EraseAsync(person, call.Caller, new(id.Value, person.KeptBy, work.Now), ct) is { } unlisted)
                    return unlisted;
                return new Done(204, "");
            },
            _ => Task.FromResult<Answer<Nothing>>(new Nothing()),
            ct);
        if (answer is IStatusCodeHttpResult { StatusCode: 204 })
            await engine.ScrubAsync(db, ct);
        return answer;
    }

    /// <summary>The person, where the caller keeps the record; erased, the caller alone is told that there was one.</summary>
    static async Task<Answer<Person>> KeptAsync(Id<Person> id, IQueryable<Person> persons, Call call, PersonKeys keys, CancellationToken ct)
    {
        if (await persons.SingleOrDefaultAsync(p => p.Id == id, ct) is not { } person)
            return await keys.IsErasedByAsync(call.Caller.Organisation, id.Value, ct) ? Refusal.Erased : Refusal.NotFound;
        return person.KeptBy == call.Caller.Organisation ? person : Refusal.NotFound.Of(id.Value, "Person", id.Value);
    }

    static async Task<PersonRecordView> ViewAsync(Db db, Person p, CancellationToken ct)
    {
        var identifiers = await db.PersonIdentifiers.AsNoTracking().Where(i => i.PersonId == p.Id && i.Organisation == p.KeptBy).ToListAsync(ct);
        return new(p.Id, p.Version, p.FamilyName, p.GivenNames, p.BirthDate, p.Sex, p.Language,
            [.. identifiers.OrderBy(i => i.System, StringComparer.Ordinal).ThenBy(i => i.Value, StringComparer.Ordinal).Select(i => new IdentifierInput(i.System, i.Value))], p.Contact, p.UpdatedAt);
    }
}
