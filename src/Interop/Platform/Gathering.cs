namespace Interop.Platform;

/// <summary>
/// Answers together what is asked at the same time: whatever waits when one of the answerers is free is its next batch. Nobody
/// waits for company but a few, while a batch is under way; who comes alone goes alone.
/// </summary>
/// <param name="answerers">Batches under way at once.</param>
/// <param name="few">So many wait for a batch that is under way, rather than be another beside it.</param>
/// <param name="most">In one batch.</param>
/// <param name="isHeldBack">For as long as this is so, all wait for the batch that is under way.</param>
/// <param name="answer">One answer for each of what was asked, in its order.</param>
internal sealed class Gathering<TAsk, TAnswer>(int answerers, int few, int most, Func<IReadOnlyList<TAsk>, Task<IReadOnlyList<TAnswer>>> answer, Func<bool>? isHeldBack = null)
{
    readonly Lock _lock = new();
    readonly Queue<Waiting> _asked = [];
    int _answering;

    public Task<TAnswer> AskAsync(TAsk ask)
    {
        var waiting = new Waiting(ask, new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            _asked.Enqueue(waiting);
            if (_answering == answerers || (_answering > 0 && AreToWait))
                return waiting.Answer.Task;
            _answering++;
        }
        ThreadPool.UnsafeQueueUserWorkItem(_ => _ = AnswerAsync(), null); // it is nobody's request: no context of one goes with it
        return waiting.Answer.Task;
    }

    async Task AnswerAsync()
    {
        while (Next() is { Count: > 0 } batch)
        {
            await AnswerAsync(batch);
            await Task.Yield(); // what has arrived meanwhile comes in first
        }
    }

    List<Waiting> Next()
    {
        lock (_lock)
        {
            if (_asked.Count == 0 || (_answering > 1 && AreToWait))
            {
                _answering--;
                return [];
            }
            var batch = new List<Waiting>(Math.Min(_asked.Count, most));
            while (batch.Count < most && _asked.TryDequeue(out var next))
                batch.Add(next);
            return batch;
        }
    }

    /// <summary>What a batch costs beside its questions is shared by too few of them, or others are to have the machine first.</summary>
    bool AreToWait => _asked.Count <= few || isHeldBack?.Invoke() is true;

    async Task AnswerAsync(List<Waiting> batch)
    {
        try
        {
            var answers = await answer([.. batch.Select(w => w.Ask)]);
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
