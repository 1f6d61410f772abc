using System.Collections.Concurrent;

namespace Interop.Platform;

/// <summary>What this process has seen: a bounded number, those seen last, for what stays true however long it is remembered.</summary>
/// <param name="most">Kept for sure; up to twice as many are.</param>
internal abstract class Recent<TKey, TValue>(int most) where TKey : notnull where TValue : class
{
    ConcurrentDictionary<TKey, TValue> _recent = new(), _earlier = new();

    public TValue? Find(TKey key)
    {
        if (_recent.TryGetValue(key, out var value))
            return value;
        if (!_earlier.TryGetValue(key, out value))
            return null;
        Add(key, value);
        return value;
    }

    public void Add(TKey key, TValue value)
    {
        if (_recent.Count >= most)
            (_earlier, _recent) = (_recent, new());
        _recent[key] = value;
    }

    public void Forget(TKey key)
    {
        _recent.TryRemove(key, out _);
        _earlier.TryRemove(key, out _);
    }
}
