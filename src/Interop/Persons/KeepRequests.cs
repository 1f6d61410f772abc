using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Persons;

internal sealed class KeepRequests(Db db) : IKept
{
    public string Kind => "requests";

    public Task<int> PruneAsync(string organisation, DateTimeOffset before, CancellationToken ct) =>
        db.DisclosureRequests.Where(r => r.Organisation == organisation && r.AnsweredAt < before).ExecuteDeleteAsync(ct);
}
