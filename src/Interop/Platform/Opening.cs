namespace Interop.Platform;

/// <summary>
/// Whether the exchange is open. It is not while the database could not be looked at since the start: whether it has this version's
/// schema and the world that was asked for is not known, so nothing is answered from it and no worker touches it.
/// </summary>
internal sealed class Opening
{
    TaskCompletionSource _opened = Opened();

    public bool IsOpen => _opened.Task.IsCompleted;

    public void Close() => _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => _opened.TrySetResult();

    public Task WaitAsync(CancellationToken ct) => _opened.Task.WaitAsync(ct);

    static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }
}
