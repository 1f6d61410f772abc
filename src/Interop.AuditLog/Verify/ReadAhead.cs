namespace Interop.AuditLog;

/// <summary>Asks for files before they are needed, a few at once: a log far away is read at its rate, not one way and back a file.</summary>
/// <param name="order">The files in the order in which they will be asked for.</param>
internal sealed class ReadAhead(ReadResource read, IEnumerable<string> order)
{
    private const int AtOnce = 16;

    private readonly Dictionary<string, Task<byte[]?>> _asked = [];
    private readonly IEnumerator<string> _order = order.GetEnumerator();

    internal Task<byte[]?> ReadAsync(string path, CancellationToken ct)
    {
        while (_asked.Count < AtOnce && _order.MoveNext()) _asked[_order.Current] = read(_order.Current, ct);
        return _asked.Remove(path, out var asked) ? asked : read(path, ct);
    }
}
