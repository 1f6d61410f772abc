using Microsoft.Extensions.DependencyInjection;

namespace Interop.Platform;

/// <summary>Decides in one unit of work what several callers asked at the same time, each for itself.</summary>
internal interface IJoint<TAsk, TAnswer>
{
    /// <param name="wait">For locks that others hold. Else what cannot be had at once is not decided: null.</param>
    Task<IReadOnlyList<Answer<TAnswer>?>> DecideAsync(IReadOnlyList<TAsk> asked, bool wait, CancellationToken ct);
}

/// <summary>
/// What comes at the same time is decided in one transaction, so that it shares its locks, its queries and its commit. Each is
/// decided for itself, under its person's lock, and is answered when its entry is durable (Consent/README.md says why that keeps
/// P2 and P3). Nobody waits in company for a person whose consent is being changed: that one goes alone.
/// </summary>
internal sealed class Together<TJoint, TAsk, TAnswer>(IServiceScopeFactory scopes) where TJoint : IJoint<TAsk, TAnswer>
{
    const int Most = 64;

    readonly Gathering<TAsk, Answer<TAnswer>?> _gathering = new(answerers: 2, Most, asked => TogetherAsync(scopes, asked));

    public async Task<Answer<TAnswer>> AskAsync(TAsk ask, CancellationToken ct) =>
        await TryAskAsync(ask) ?? (await DecideAsync(scopes, [ask], wait: true, ct))[0]!.Value;

    /// <returns>null: not in company.</returns>
    public Task<Answer<TAnswer>?> TryAskAsync(TAsk ask) => _gathering.AskAsync(ask);

    static async Task<IReadOnlyList<Answer<TAnswer>?>> TogetherAsync(IServiceScopeFactory scopes, IReadOnlyList<TAsk> asked)
    {
        try
        {
            return await DecideAsync(scopes, asked, wait: false, CancellationToken.None);
        }
        catch (Exception e) when (e is not CommitInDoubtException) // it may be in the log already
        {
            return new Answer<TAnswer>?[asked.Count]; // nobody pays for another's fault: each goes alone, and meets its own
        }
    }

    static async Task<IReadOnlyList<Answer<TAnswer>?>> DecideAsync(IServiceScopeFactory scopes, IReadOnlyList<TAsk> asked, bool wait, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<TJoint>().DecideAsync(asked, wait, ct);
    }
}
