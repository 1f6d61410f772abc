using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Identity;

/// <summary>Forgets used assertions and revoked tokens once they have expired anyway.</summary>
internal sealed class ExpiredProofs(Db db, Work work) : IBatch
{
    /// <summary>Beyond their end: a clock that was ahead and is set back would bring them to life again.</summary>
    static readonly TimeSpan s_kept = TimeSpan.FromDays(1);

    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await work.RunAsync<string>(async () =>
        {
            var now = db.Time(work.Now - s_kept);
            await db.Database.ExecuteSqlAsync($"delete from client_assertions where expires_at < {now}", ct);
            await db.Database.ExecuteSqlAsync($"delete from revoked_tokens where expires_at < {now}", ct);
            return "";
        }, ct);
        return 0; // everything at once: nothing is left for another round
    }
}
