using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Persons;

/// <summary>How to reach the person.</summary>
internal sealed record Contact(string? Phone, string? Email, string? Address);

/// <summary>A person as the organisation that refers them knows them. The id is the exchange's own, and FHIR's Patient.id.</summary>
internal sealed class Person
{
    public required Id<Person> Id { get; init; }

    /// <summary>Persons found to be the same share it, and with it the lock (P3).</summary>
    public required Guid LinkId { get; set; }
    public required long LockKey { get; set; }
    public required string FamilyName { get; set; }
    public required IReadOnlyList<string> GivenNames { get; set; }
    public required DateOnly BirthDate { get; set; }
    public required string Sex { get; set; }
    public required string Language { get; set; }
    public Contact? Contact { get; set; }

    /// <summary>The organisation whose record this is, and which may change it.</summary>
    public required string KeptBy { get; init; }
    public required int Version { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>An organisation's own identifier of a person. Another's is never shown except through a referral.</summary>
internal sealed class PersonIdentifier
{
    public required string Organisation { get; init; }
    public required string System { get; init; }
    public required string Value { get; init; }
    public required Id<Person> PersonId { get; init; }
    public required DateTimeOffset RecordedAt { get; init; }
}

/// <summary>That an organisation has come to know of a person through the exchange; never undone, since knowing is not undone.</summary>
internal sealed class PersonParty
{
    public required Id<Person> PersonId { get; init; }
    public required string Organisation { get; init; }
    public required DateTimeOffset Since { get; init; }
}

/// <summary>That two persons are one, on whose word, since when (P7).</summary>
internal sealed class PersonLink
{
    public required Id<Person> PersonId { get; init; }
    public required Guid LinkId { get; init; }
    public required string By { get; init; }
    public required DateTimeOffset RecordedAt { get; init; }
}

internal static class PersonTables
{
    extension(Db db)
    {
        public DbSet<Person> Persons => db.Set<Person>();
        public DbSet<PersonIdentifier> PersonIdentifiers => db.Set<PersonIdentifier>();
        public DbSet<PersonParty> PersonParties => db.Set<PersonParty>();
        public DbSet<PersonLink> PersonLinks => db.Set<PersonLink>();
        public DbSet<DisclosureRequest> DisclosureRequests => db.Set<DisclosureRequest>();
    }

    public static Tables Tables { get; } = new(model =>
    {
        var person = model.Entity<Person>().ToTable("persons", "persons");
        person.HasKey(p => p.Id);
        person.Property(p => p.GivenNames).AsJson();
        person.Property(p => p.Contact).AsJson();
        person.Property(p => p.Version).IsConcurrencyToken();
        model.Entity<PersonIdentifier>().ToTable("person_identifiers", "persons").HasKey(i => new { i.Organisation, i.System, i.Value });
        model.Entity<PersonParty>().ToTable("person_parties", "persons").HasKey(p => new { p.PersonId, p.Organisation });
        model.Entity<PersonLink>().ToTable("person_links", "persons").HasKey(l => new { l.PersonId, l.LinkId });
        var request = model.Entity<DisclosureRequest>().ToTable("disclosure_requests", "persons");
        request.HasKey(r => r.Id);
        request.Property(r => r.Version).IsConcurrencyToken();
    }, typeof(Person), typeof(DisclosureRequest));
}
