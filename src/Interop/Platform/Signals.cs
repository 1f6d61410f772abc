using System.Threading.Channels;

namespace Interop.Platform;

internal enum Signal
{
    /// <summary>Events were recorded and wait for the relay.</summary>
    EventsRecorded,

    /// <summary>Deliveries are due.</summary>
    DeliveriesDue,

    /// <summary>Something ended on which queued deliveries may have rested.</summary>
    WithdrawalsDue,

    /// <summary>Queues of the broker are to be made or removed.</summary>
    QueuesDue,

    /// <summary>Audit entries wait for their sequence number.</summary>
    AuditRecorded,

    /// <summary>A checkpoint waits for its witnesses.</summary>
    CheckpointSigned,

    /// <summary>Nobody raises it: for work that only the clock brings.</summary>
    Clock,
}

/// <summary>Early wake-ups inside this process. Never the only way: every worker also looks by itself.</summary>
internal sealed class Signals
{
    readonly Channel<bool>[] _channels =
        [.. Enum.GetValues<Signal>().Select(_ => Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }))];

    public void Raise(Signal signal) => _channels[(int)signal].Writer.TryWrite(true);

    public void Raise(IEnumerable<Signal> signals)
    {
        foreach (var signal in signals)
            Raise(signal);
    }

    /// <summary>Returns on the signal, or after <paramref name="atMost"/>.</summary>
    public async Task WaitAsync(Signal signal, TimeSpan atMost, CancellationToken ct)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(atMost);
        try
        {
            await _channels[(int)signal].Reader.ReadAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
        }
    }
}
