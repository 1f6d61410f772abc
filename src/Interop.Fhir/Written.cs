using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Referrals;
using Microsoft.EntityFrameworkCore;

namespace Interop.Fhir;

/// <summary>A resource as an organisation wrote it: what we do not map comes back from here, to that organisation alone.</summary>
internal sealed class Written
{
    public required string Type { get; init; }
    public required Guid Id { get; init; }
    public required string Organisation { get; init; }

    /// <summary>Whose data it is, so that it is found when that person's data is erased.</summary>
    public required Guid PersonId { get; init; }

    /// <summary>The referral's version once it was written: what moved later is newer than what is kept here.</summary>
    public required int Version { get; set; }
    public required string Json { get; set; }
    public required DateTimeOffset WrittenAt { get; set; }
}

/// <summary>An identifier that the organisation gave the resource.</summary>
internal sealed class WrittenIdentifier
{
    public required string Type { get; init; }
    public required Guid Id { get; init; }
    public required string Organisation { get; init; }
    public required int Number { get; init; }
    public required string System { get; init; }
    public required string Value { get; init; }
}

internal static class FhirTables
{
    extension(Db db)
    {
        public DbSet<Written> FhirWritten => db.Set<Written>();
        public DbSet<WrittenIdentifier> FhirWrittenIdentifiers => db.Set<WrittenIdentifier>();
    }

    public static Tables Tables { get; } = new(model =>
    {
        model.Entity<Written>().ToTable("fhir_written", "fhir").HasKey(w => new { w.Type, w.Id, w.Organisation });
        model.Entity<WrittenIdentifier>().ToTable("fhir_written_identifiers", "fhir").HasKey(i => new { i.Type, i.Id, i.Organisation, i.Number });
    });
}

/// <summary>What organisations wrote, kept as they wrote it.</summary>
internal sealed class WrittenBook(WhenAsked<Db> db, Engine engine, WhenAsked<Work> work) : IReferralKept
{
    public KeptAsked Ask(string type, IReadOnlyCollection<Guid> referrals)
    {
        var written = new Select<Written>($"type = '{type}' and id", referrals);
        return new(written, () => written.Rows.Select(w => new Kept(w.Id, w.Organisation, w.Version, w.Json)));
    }

    public async Task<IReadOnlyList<Kept>> FindAsync(string type, IReadOnlyCollection<Guid> referrals, CancellationToken ct)
    {
        var asked = Ask(type, referrals);
        await engine.SelectAsync(db.Value, [asked.Select], ct);
        return [.. asked.Found()];
    }

    /// <summary>The resources to which the organisation gave this identifier.</summary>
    /// <param name="system">null: any; empty: none.</param>
    public Task<List<Guid>> NamedAsync(string type, string organisation, string? system, string value, CancellationToken ct) =>
        db.Value.FhirWrittenIdentifiers.AsNoTracking()
            .Where(i => i.Organisation == organisation && i.Value == value && i.Type == type && (system == null || i.System == system))
            .Select(i => i.Id).Distinct().ToListAsync(ct);

    /// <param name="written">Its <see cref="Written.WrittenAt"/> is set here.</param>
    public async Task KeepAsync(Written written, IEnumerable<(string System, string Value)> identifiers, CancellationToken ct)
    {
        var row = await db.Value.FhirWritten.SingleOrDefaultAsync(w => w.Type == written.Type && w.Id == written.Id && w.Organisation == written.Organisation, ct);
        if (row is null)
            db.Value.FhirWritten.Add(row = written);
        (row.Version, row.Json, row.WrittenAt) = (written.Version, written.Json, work.Value.Now);
        await db.Value.SaveChangesAsync(ct);
        await db.Value.FhirWrittenIdentifiers.Where(i => i.Type == written.Type && i.Id == written.Id && i.Organisation == written.Organisation).ExecuteDeleteAsync(ct);
        foreach (var (number, (system, value)) in identifiers.Index())
            db.Value.FhirWrittenIdentifiers.Add(new() { Type = written.Type, Id = written.Id, Organisation = written.Organisation, Number = number, System = system, Value = value });
    }
}
