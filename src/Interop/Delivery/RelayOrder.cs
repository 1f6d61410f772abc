using Interop.Platform.Events;

namespace Interop.Delivery;

/// <summary>The order in which events are told.</summary>
internal static class RelayOrder
{
    /// <summary>
    /// By time, but the events of one subject by position: clocks of two processes may disagree on what the subject's own
    /// versions say. A subject keeps the places that its events have by time.
    /// </summary>
    public static IReadOnlyList<RecordedEvent> Of(IEnumerable<RecordedEvent> events)
    {
        var byTime = events.OrderBy(e => e.At).ThenBy(e => e.Id).ToList();
        var next = byTime.GroupBy(e => e.Subject).ToDictionary(g => g.Key, g => new Queue<RecordedEvent>(g.OrderBy(e => e.Position)));
        return [.. byTime.Select(e => next[e.Subject].Dequeue())];
    }
}
