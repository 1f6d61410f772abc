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
/// P2 and P3). For a person whose consent is being changed nobody waits in company: each tries again in the next ones, and at last
/// stands in line with those who wait for the same.
/// </summary>
internal sealed class Together<TJoint, TAsk, TAnswer> where TJoint : IJoint<TAsk, TAnswer>
{
    const int Answerers = 5, Few = 8, Most = 64;

    /// <summary>Milliseconds between two tries. A change of consent takes fewer than all of them, and goes before who tries.</summary>
    static readonly int[] s_pauses = [15, 30, 60, 60];

    readonly IServiceScopeFactory _scopes;
    readonly Gathering<TAsk, Answer<TAnswer>?> _company;
    readonly Dictionary<Guid, Line> _lines = [];
    int _trying;

    /// <summary>While anybody tries again, consents are being changed, and one batch at a time is all the company that stands in their way.</summary>
    public Together(IServiceScopeFactory scopes)
    {
        _scopes = scopes;
        _company = new(Answerers, Few, Most, asked => TogetherAsync(scopes, asked, wait: false), () => Volatile.Read(ref _trying) > 0);
    }

    /// <param name="about">Whatever stands under the same lock: of those who stand in line for it, one waits for all.</param>
    public async Task<Answer<TAnswer>> AskAsync(TAsk ask, Guid about, CancellationToken ct)
    {
        try
        {
            for (var n = 0; ; n++)
            {
                if (await _company.AskAsync(ask) is { } decided)
                    return decided;
                if (n == s_pauses.Length)
                    return (await InLineAsync(ask, about))!.Value;
                await PauseAsync(s_pauses[n], ct);
            }
        }
        catch (FaultInCompanyException) // nobody pays for another's fault: each goes alone, and meets its own
        {
            return (await DecideAsync(_scopes, [ask], wait: true, ct))[0]!.Value;
        }
    }

    async Task PauseAsync(int milliseconds, CancellationToken ct)
    {
        Interlocked.Increment(ref _trying);
        try
        {
            await Task.Delay(milliseconds, ct);
        }
        finally
        {
            Interlocked.Decrement(ref _trying);
        }
    }

    /// <returns>null: not in company.</returns>
    public async Task<Answer<TAnswer>?> TryAskAsync(TAsk ask)
    {
        try
        {
            return await _company.AskAsync(ask);
        }
        catch (FaultInCompanyException)
        {
            return null;
        }
    }

    async Task<Answer<TAnswer>?> InLineAsync(TAsk ask, Guid about)
    {
        Line? line;
        lock (_lines)
        {
            if (!_lines.TryGetValue(about, out line))
                _lines.Add(about, line = new(new(answerers: 1, Most, Most, asked => TogetherAsync(_scopes, asked, wait: true))));
            line.Length++;
        }
        try
        {
            return await line.Gathering.AskAsync(ask);
        }
        finally
        {
            lock (_lines)
                if (--line.Length == 0)
                    _lines.Remove(about);
        }
    }

    static async Task<IReadOnlyList<Answer<TAnswer>?>> TogetherAsync(IServiceScopeFactory scopes, IReadOnlyList<TAsk> asked, bool wait)
    {
        try
        {
            return await DecideAsync(scopes, asked, wait, CancellationToken.None);
        }
        catch (Exception e) when (e is not CommitInDoubtException) // it may be in the log already
        {
            throw new FaultInCompanyException(e);
        }
    }

    static async Task<IReadOnlyList<Answer<TAnswer>?>> DecideAsync(IServiceScopeFactory scopes, IReadOnlyList<TAsk> asked, bool wait, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<TJoint>().DecideAsync(asked, wait, ct);
    }

    sealed class Line(Gathering<TAsk, Answer<TAnswer>?> gathering)
    {
        public Gathering<TAsk, Answer<TAnswer>?> Gathering => gathering;
        public int Length { get; set; }
    }

    sealed class FaultInCompanyException(Exception inner) : Exception("What was asked together failed.", inner);
}
