using System.Buffers.Binary;
using Interop.Platform;
using Interop.Platform.Engines;
using Microsoft.EntityFrameworkCore;

namespace Interop.Persons;

/// <param name="Added">The identifiers that were not known before.</param>
internal sealed record PersonFound(Person Person, IReadOnlyList<PersonIdentifier> Added, bool IsNew);

/// <summary>The door of the module: who is who, and which organisation has come to know whom.</summary>
internal sealed class PersonRegister(Db db, Work work, PersonKeys keys)
{
    /// <summary>Asks for the rows of an organisation's own identifiers.</summary>
    public static IReadOnlyList<Select<PersonIdentifier>> Named(string organisation, IEnumerable<IdentifierInput> identifiers) =>
        [.. identifiers.Distinct().Select(i => new Select<PersonIdentifier>("organisation = $1 and system = $2 and value = $3", organisation, i.System, i.Value))];

    /// <summary>
    /// The person that the caller means: known by one of the caller's own identifiers, else new. Identifiers that name two
    /// persons are refused: the exchange does not guess who somebody is.
    /// </summary>
    /// <param name="known">What the identifiers name, read under the persons' locks.</param>
    public async Task<Answer<PersonFound>> FindOrAddAsync(string organisation, PersonInput input, IReadOnlyList<PersonIdentifier> known, CancellationToken ct)
    {
        var now = work.Now;
        var ids = known.Select(r => r.PersonId).Distinct().ToList();
        if (ids.Count > 1)
            return Refusal.Invalid([.. input.Identifiers.Index()
                .Where(i => known.Any(r => r.System == i.Item.System && r.Value == i.Item.Value))
                .Select(i => new Fault($"person.identifiers[{i.Index}]", "person.ambiguous"))]);
        var person = ids.Count == 1 ? await db.Persons.SingleAsync(p => p.Id == ids[0], ct) : Add(organisation, input, now);
        if (ids.Count == 1 && person.KeptBy == organisation)
            Update(person, input, now);
        var added = input.Identifiers.Distinct().Where(i => !known.Any(r => r.System == i.System && r.Value == i.Value))
            .Select(i => new PersonIdentifier { Organisation = organisation, System = i.System, Value = i.Value, PersonId = person.Id, RecordedAt = now }).ToList();
        added.ForEach(work.Insert);
        return new PersonFound(person, added, IsNew: ids.Count == 0);
    }

    /// <summary>
    /// Adds an organisation's own identifiers of a person it was referred. One that it already uses for another person says that
    /// the two are the same: they are linked, and from then on share their lock. The caller holds the exclusive lock.
    /// </summary>
    public async Task LinkAsync(string organisation, Id<Person> id, IReadOnlyList<IdentifierInput> identifiers, CancellationToken ct)
    {
        foreach (var identifier in identifiers.Distinct())
        {
            var row = await db.PersonIdentifiers.AsNoTracking().SingleOrDefaultAsync(i => i.Organisation == organisation && i.System == identifier.System && i.Value == identifier.Value, ct);
            if (row is null)
                db.PersonIdentifiers.Add(new() { Organisation = organisation, System = identifier.System, Value = identifier.Value, PersonId = id, RecordedAt = work.Now });
            else if (row.PersonId != id)
                await JoinAsync(organisation, id, row.PersonId, ct);
        }
    }

    /// <summary>Persons that an organisation's own identifiers name,: locked before they are linked.</summary>
    public async Task<IReadOnlyList<Guid>> NamedByAsync(string organisation, IReadOnlyList<IdentifierInput> identifiers, CancellationToken ct)
    {
        return [.. (await RowsAsync(organisation, identifiers, ct)).Select(r => r.PersonId.Value).Distinct()];
    }

    /// <summary>
    /// Persons whom the organisation knows by these identifiers: its own, or those that came to it with a referral.
    /// </summary>
    public async Task<IReadOnlyList<Guid>> KnownByAsync(string organisation, IReadOnlyList<IdentifierInput> identifiers, CancellationToken ct)
    {
        if (identifiers.Count == 0)
            return [];
        var (systems, values) = (identifiers.Select(i => i.System).Distinct().ToList(), identifiers.Select(i => i.Value).Distinct().ToList());
        var (parties, known) = (db.PersonParties, db.Persons);
        var rows = await db.PersonIdentifiers.AsNoTracking()
            .Where(i => systems.Contains(i.System) && values.Contains(i.Value))
            .Where(i => i.Organisation == organisation
                || (parties.Any(p => p.PersonId == i.PersonId && p.Organisation == organisation) && known.Any(p => p.Id == i.PersonId && p.KeptBy == i.Organisation)))
            .ToListAsync(ct);
        return [.. rows.Where(r => identifiers.Any(i => i.System == r.System && i.Value == r.Value)).Select(r => r.PersonId.Value).Distinct()];
    }

    /// <summary>Persons whom any organisation knows by these identifiers: for an emergency alone, in which who asks may know nobody yet.</summary>
    public async Task<IReadOnlyList<Guid>> NamedByAnyAsync(IReadOnlyList<IdentifierInput> identifiers, CancellationToken ct)
    {
        var (systems, values) = (identifiers.Select(i => i.System).Distinct().ToList(), identifiers.Select(i => i.Value).Distinct().ToList());
        var rows = await db.PersonIdentifiers.AsNoTracking().Where(i => systems.Contains(i.System) && values.Contains(i.Value)).ToListAsync(ct);
        return [.. rows.Where(r => identifiers.Any(i => i.System == r.System && i.Value == r.Value)).Select(r => r.PersonId.Value).Distinct()];
    }

    /// <summary>Whether the organisation has come to know of the person through the exchange.</summary>
    public Task<bool> KnowsAsync(string organisation, Id<Person> id, CancellationToken ct) =>
        db.PersonParties.AnyAsync(p => p.PersonId == id && p.Organisation == organisation, ct);

    public async Task MakeKnownAsync(Id<Person> id, string organisation, CancellationToken ct)
    {
        if (!db.PersonParties.Local.Any(p => p.PersonId == id && p.Organisation == organisation) && !await KnowsAsync(organisation, id, ct))
            db.PersonParties.Add(new() { PersonId = id, Organisation = organisation, Since = work.Now });
    }

    /// <summary>The same for a person who is new in this unit of work.</summary>
    public void MakeNewKnown(Id<Person> id, string organisation) => work.Insert(new PersonParty { PersonId = id, Organisation = organisation, Since = work.Now });

    async Task<IReadOnlyList<PersonIdentifier>> RowsAsync(string organisation, IReadOnlyList<IdentifierInput> identifiers, CancellationToken ct)
    {
        if (identifiers.Count == 0)
            return [];
        var (systems, values) = (identifiers.Select(i => i.System).Distinct().ToList(), identifiers.Select(i => i.Value).Distinct().ToList());
        var rows = await db.PersonIdentifiers.AsNoTracking()
            .Where(i => i.Organisation == organisation && systems.Contains(i.System) && values.Contains(i.Value)).ToListAsync(ct);
        return [.. rows.Where(r => identifiers.Any(i => i.System == r.System && i.Value == r.Value))];
    }

    async Task JoinAsync(string by, Id<Person> one, Id<Person> other, CancellationToken ct)
    {
        var links = await db.Persons.Where(p => p.Id == one || p.Id == other).Select(p => p.LinkId).Distinct().ToListAsync(ct);
        if (links.Count < 2)
            return;
        var kept = links.Min();
        foreach (var person in await db.Persons.Where(p => links.Contains(p.LinkId) && p.LinkId != kept).ToListAsync(ct))
        {
            (person.LinkId, person.LockKey) = (kept, LockKeyOf(kept));
            person.Version++;
            db.PersonLinks.Add(new() { PersonId = person.Id, LinkId = kept, By = by, RecordedAt = work.Now });
        }
    }

    public void Change(Person person, PersonPatch patch)
    {
        person.FamilyName = patch.FamilyName ?? person.FamilyName;
        person.GivenNames = patch.GivenNames is { Count: > 0 } names ? names : person.GivenNames;
        person.BirthDate = patch.BirthDate ?? person.BirthDate;
        person.Sex = patch.Sex ?? person.Sex;
        person.Language = patch.Language ?? person.Language;
        person.Contact = patch.Contact is { } c ? new(c.Phone, c.Email, c.Address) : person.Contact;
        (person.UpdatedAt, person.Version) = (work.Now, person.Version + 1);
    }

    Person Add(string organisation, PersonInput input, DateTimeOffset now)
    {
        var id = Id<Person>.New(now);
        var person = new Person
        {
            Id = id,
            LinkId = id.Value,
            LockKey = LockKeyOf(id.Value),
            FamilyName = input.FamilyName,
            GivenNames = input.GivenNames,
            BirthDate = input.BirthDate,
            Sex = input.Sex,
            Language = input.Language,
            Contact = ContactOf(input),
            KeptBy = organisation,
            Version = 1,
            CreatedAt = now,
            UpdatedAt = now,
        };
        work.Insert(person);
        work.Insert(keys.New(id.Value, now));
        return person;
    }

    static void Update(Person person, PersonInput input, DateTimeOffset now)
    {
        var contact = ContactOf(input) ?? person.Contact;
        if (person.FamilyName == input.FamilyName && person.GivenNames.SequenceEqual(input.GivenNames) && person.BirthDate == input.BirthDate
            && person.Sex == input.Sex && person.Language == input.Language && person.Contact == contact)
            return;
        (person.FamilyName, person.GivenNames, person.BirthDate, person.Sex, person.Language) =
            (input.FamilyName, input.GivenNames, input.BirthDate, input.Sex, input.Language);
        (person.Contact, person.UpdatedAt) = (contact, now);
        person.Version++;
    }

    static Contact? ContactOf(PersonInput input) =>
        input.Contact is { } c ? new(c.Phone, c.Email, c.Address) : null;

    /// <summary>64 bits of the link's random part. Two links that share a key only wait for each other.</summary>
    static long LockKeyOf(Guid link)
    {
        Span<byte> bytes = stackalloc byte[16];
        link.TryWriteBytes(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
    }
}
