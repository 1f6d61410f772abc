using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Persons;

/// <summary>Gives a key to whoever was put in before persons had keys. What is written of them from then on is sealed.</summary>
internal sealed class GiveKeys(Db db, Work work, PersonKeys keys) : IBatch
{
    const int Batch = 500;

    public async Task<int> RunOnceAsync(CancellationToken ct) =>
        (await work.RunAsync<Given>(async () =>
        {
            var without = await db.Database.SqlQuery<Guid>($"select id as \"Value\" from persons p where not exists (select 1 from person_keys k where k.person_id = p.id) limit {Batch}").ToListAsync(ct);
            foreach (var person in without)
                work.Insert(keys.New(person, work.Now));
            return new Given(without.Count);
        }, ct)).Value!.Keys;

    sealed record Given(int Keys);
}
