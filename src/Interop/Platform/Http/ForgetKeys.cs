using Microsoft.EntityFrameworkCore;

namespace Interop.Platform.Http;

/// <summary>Forgets idempotency keys after their 24 hours.</summary>
internal sealed class ForgetKeys(Db db, Work work) : IBatch
{
    public async Task<int> RunOnceAsync(CancellationToken ct) =>
        (await work.RunAsync<Forgotten>(async () =>
        {
            var dead = work.Now - Call.KeyLifetime;
            await db.Set<IdempotencyKey>().Where(k => k.CreatedAt <= dead).ExecuteDeleteAsync(ct);
            return new Forgotten(0);
        }, ct)).Value!.More;

    sealed record Forgotten(int More);
}
