using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Persons;

internal sealed class KeepRequests(Db db) : IKept
{
    public string Kind => "requests";

    public async Task<Answer<int>> PruneAsync(string organisation, DateTimeOffset before, CancellationToken ct) =>
        await db.DisclosureRequests.Where(r => r.Organisation == organisation && r.AnsweredAt < before).ExecuteDeleteAsync(ct);
}
