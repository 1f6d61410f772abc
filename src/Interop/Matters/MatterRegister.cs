using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Engines;
using Microsoft.EntityFrameworkCore;

namespace Interop.Matters;

/// <summary>The door of the module: an organisation's matters and whom they concern.</summary>
internal sealed class MatterRegister(Db db, Work work)
{
    /// <summary>Asks for an organisation's matter of this number.</summary>
    public static Select<Matter> Numbered(string organisation, string number, string jurisdiction) =>
        new("organisation = $1 and number = $2 and jurisdiction = $3", organisation, number, jurisdiction);

    /// <summary>The caller's matter of this number, opened where there is none yet.</summary>
    public async Task<Answer<Matter>> FindOrOpenAsync(string organisation, string number, string jurisdiction, string? offence, Id<Person> person, Matter? matter, CancellationToken ct)
    {
        if (matter is { DisposedAt: not null })
            return Refusal.Conflict("matter.number", "matter.disposed");
        var isNew = matter is null;
        if (matter is null)
        {
            matter = new()
            {
                Id = Id<Matter>.New(work.Now),
                Organisation = organisation,
                Number = number,
                Jurisdiction = jurisdiction,
                Offence = offence,
                Version = 1,
                CreatedAt = work.Now,
            };
            work.Insert(matter);
            work.Insert(VersionOf(matter));
        }
        else
        {
            db.Matters.Attach(matter);
            matter.Offence = offence ?? matter.Offence;
        }
        if (isNew || !await db.MatterPersons.AnyAsync(p => p.MatterId == matter.Id && p.PersonId == person, ct))
            work.Insert(new MatterPerson { MatterId = matter.Id, PersonId = person });
        return matter;
    }

    public void Keep(Matter matter) => db.MatterVersions.Add(VersionOf(matter));

    MatterVersion VersionOf(Matter matter) => new()
    {
        MatterId = matter.Id,
        Version = matter.Version,
        DisposedAt = matter.DisposedAt,
        SupervisionEndedAt = matter.SupervisionEndedAt,
        RecordedAt = work.Now,
    };
}
