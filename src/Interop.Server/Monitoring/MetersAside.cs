using System.Diagnostics.Metrics;

namespace Interop.Server.Monitoring;

/// <summary>
/// For a second web server in this process: what it counts goes by another name, or it would be counted with the exchange's own,
/// and would end with it.
/// </summary>
internal sealed class MetersAside : IMeterFactory
{
    readonly List<Meter> _made = [];

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter($"Aside.{options.Name}");
        lock (_made)
            _made.Add(meter);
        return meter;
    }

    public void Dispose() => _made.ForEach(m => m.Dispose());
}
