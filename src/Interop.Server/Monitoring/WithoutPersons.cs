using System.Diagnostics;
using OpenTelemetry;

namespace Interop.Server.Monitoring;

/// <summary>
/// Before a span leaves: whatever is not known to be harmless is taken out. Addresses name persons (<c>/v1/persons/{id}</c>,
/// <c>?identifier=…</c>); the route's template stands for them.
/// </summary>
internal sealed class WithoutPersons : BaseProcessor<Activity>
{
    static readonly HashSet<string> s_harmless =
    [
        "http.request.method", "http.route", "http.response.status_code", "network.protocol.version", "url.scheme", "error.type",
        "messaging.batch.message_count",
    ];

    public override void OnEnd(Activity data)
    {
        foreach (var (name, _) in data.TagObjects.ToList())
            if (!s_harmless.Contains(name))
                data.SetTag(name, null);
        data.TraceStateString = null; // what a caller put there
        if (data.Source.Name == MonitoringModule.Requests)
            data.DisplayName = data.GetTagItem("http.route") is string route ? $"{data.GetTagItem("http.request.method")} {route}" : $"{data.GetTagItem("http.request.method")}";
        if (data.StatusDescription is not null)
            data.SetStatus(data.Status);
    }
}
