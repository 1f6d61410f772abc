using Interop.Persons;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Matters;

/// <summary>The door of the module: an organisation's matters and whom they concern.</summary>
internal sealed class MatterRegister(Db db, Work work)
{
    /// <summary>The caller's matter of this number, opened where it is new.</summary>
    public async Task<Answer<Matter>> FindOrOpenAsync(string organisation, string number, string jurisdiction, string? offence, Id<Person> person, CancellationToken ct)
    {
        var matter = await db.Matters.SingleOrDefaultAsync(m => m.Organisation == organisation && m.Number == number && m.Jurisdiction == jurisdiction, ct);
        if (matter is { DisposedAt: not null })
            return Refusal.Conflict("matter.number", "matter.disposed");
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
            db.Matters.Add(matter);
            Keep(matter);
        }
        else
            matter.Offence = offence ?? matter.Offence;
        if (!await db.MatterPersons.AnyAsync(p => p.MatterId == matter.Id && p.PersonId == person, ct))
            db.MatterPersons.Add(new() { MatterId = matter.Id, PersonId = person });
        return matter;
    }

    public void Keep(Matter matter) => db.MatterVersions.Add(new()
    {
        MatterId = matter.Id,
        Version = matter.Version,
        DisposedAt = matter.DisposedAt,
        RecordedAt = work.Now,
    });
}
