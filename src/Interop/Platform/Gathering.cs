using System.Threading.Channels;

namespace Interop.Platform;

/// <summary>
/// Answers together what is asked at the same time: whatever waits when one of the answerers is free is its next batch. Nobody
/// waits for company; who comes alone goes alone.
/// </summary>
internal sealed class Gathering<TAsk, TAnswer>
{
    readonly Channel<Waiting> _asked = Channel.CreateUnbounded<Waiting>();
    readonly Func<IReadOnlyList<TAsk>, Task<IReadOnlyList<TAnswer>>> _answer;
    readonly int _most;

    /// <param name="answerers">Batches under way at once.</param>
    /// <param name="most">In one batch.</param>
    /// <param name="answer">One answer for each of what was asked, in its order.</param>
    public Gathering(int answerers, int most, Func<IReadOnlyList<TAsk>, Task<IReadOnlyList<TAnswer>>> answer)
    {
        (_most, _answer) = (most, answer);
        using (ExecutionContext.SuppressFlow()) // they are nobody's request
            for (var n = 0; n < answerers; n++)
                _ = Task.Run(AnswerAsync);
    }

    public Task<TAnswer> AskAsync(TAsk ask)
    {
        var waiting = new Waiting(ask, new(TaskCreationOptions.RunContinuationsAsynchronously));
        _asked.Writer.TryWrite(waiting);
        return waiting.Answer.Task;
    }

    async Task AnswerAsync()
    {
        var batch = new List<Waiting>(_most);
        while (await _asked.Reader.WaitToReadAsync())
        {
            while (batch.Count < _most && _asked.Reader.TryRead(out var next))
                batch.Add(next);
            if (batch.Count > 0)
                await AnswerAsync(batch);
            batch.Clear();
        }
    }

    async Task AnswerAsync(List<Waiting> batch)
    {
        try
        {
            var answers = await _answer([.. batch.Select(w => w.Ask)]);
            for (var n = 0; n < batch.Count; n++)
                batch[n].Answer.SetResult(answers[n]);
        }
        catch (Exception e)
        {
            foreach (var waiting in batch)
                waiting.Answer.TrySetException(e);
        }
    }

    sealed record Waiting(TAsk Ask, TaskCompletionSource<TAnswer> Answer);
}
