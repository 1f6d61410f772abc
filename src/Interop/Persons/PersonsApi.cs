using Interop.Audit;
using Interop.Directory;
using Interop.Platform;
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
        persons.MapGet("/{id}", Read).Does("person.read", Actions.Read, Scopes.ReferralsRead, kind => kind.IsJustice).Gives<PersonRecordView>(200, 404);
        persons.MapPatch("/{id}", Change).Does("person.change", Actions.Update, Scopes.ReferralsWrite, kind => kind.IsJustice)
            .Takes<PersonPatch>().Gives<PersonRecordView>(200, 404, 412, 422, 428);
        persons.MapDisclosures();
        persons.MapDisclosureRequests();
    }

    /// <summary>A person whose record the caller keeps. Others see a person through a referral.</summary>
    internal static Task<IResult> Read(Id<Person> id, Call call, Db db, Trail trail, CancellationToken ct) =>
        call.ReadAsync<PersonRecordView>(async () =>
        {
            if (await db.Persons.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, ct) is not { } person)
                return Refusal.NotFound;
            if (person.KeptBy != call.Caller.Organisation)
                return Refusal.NotFound.Of(id.Value, "Person", id.Value);
            trail.Write(call.Caller, new(Actions.Read, "person.read") { Person = id.Value, ResourceType = "Person", ResourceId = id.ToString(), Ground = "authorship" });
            return await ViewAsync(db, person, ct);
        }, ct);

    /// <summary>Changes a person whose record the caller keeps. If-Match is required.</summary>
    internal static Task<IResult> Change(Id<Person> id, Call call, Db db, Work work, PersonRegister register, Trail trail, CancellationToken ct) =>
        call.ChangeAsync<PersonRecordView>(async body =>
        {
            await work.LockAsync([id.Value], exclusive: true, ct);
            if (await db.Persons.SingleOrDefaultAsync(p => p.Id == id, ct) is not { } person)
                return Refusal.NotFound;
            if (person.KeptBy != call.Caller.Organisation)
                return Refusal.NotFound.Of(id.Value, "Person", id.Value);
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

    static async Task<PersonRecordView> ViewAsync(Db db, Person p, CancellationToken ct)
    {
        var identifiers = await db.PersonIdentifiers.AsNoTracking().Where(i => i.PersonId == p.Id && i.Organisation == p.KeptBy).ToListAsync(ct);
        return new(p.Id, p.Version, p.FamilyName, p.GivenNames, p.BirthDate, p.Sex, p.Language,
            [.. identifiers.OrderBy(i => i.System, StringComparer.Ordinal).ThenBy(i => i.Value, StringComparer.Ordinal).Select(i => new IdentifierInput(i.System, i.Value))], p.Contact, p.UpdatedAt);
    }
}
