using System.Diagnostics;
using Interop.Audit.Log;
using Interop.Consent;
using Interop.Delivery;
using Interop.Identity;
using Interop.Platform;
using Interop.Platform.Http;
using Interop.Server.Safety;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Interop.Server.Monitoring;

/// <summary>
/// Traces and metrics leave the process only where somebody said so: by OTLP where the standard OTEL_EXPORTER_OTLP_ENDPOINT is
/// set, and at <c>/metrics</c> for who may ask (<see cref="MetricsDoor"/>).
/// </summary>
internal static class MonitoringModule
{
    static readonly string[] s_otlp = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

    /// <summary>The one instrument whose tags multiply: routes, methods, answers.</summary>
    const string PerRoute = "http.server.request.duration";

    /// <summary>Of all others the tags are words of short lists. Room for each combination is taken at once: for thousands of them it would be the most that the process needs.</summary>
    static readonly MetricStreamConfiguration s_few = new() { CardinalityLimit = 200 };

    public const string Requests = "Microsoft.AspNetCore";

    /// <summary>
    /// Gives every request and every delivery its place in a trace also where nobody listens: events and partners keep it, and a
    /// log line names it.
    /// </summary>
    static readonly ActivityListener s_always = new()
    {
        ShouldListenTo = source => source.Name is Requests or Telemetry.Name,
        Sample = (ref _) => ActivitySamplingResult.PropagationData,
    };

    public static IServiceCollection AddMonitoring(this IServiceCollection services, IConfiguration configuration)
    {
        ActivitySource.AddActivityListener(s_always);
        var to = s_otlp.Where(name => configuration[name] is { Length: > 0 }).ToHashSet();
        bool Exports(string signal) => to.Contains(s_otlp[0]) || to.Contains(signal);

        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(r => r.AddService("interop", serviceVersion: typeof(MonitoringModule).Assembly.GetName().Version!.ToString(3)))
            .WithMetrics(metrics =>
            {
                // Not all meters that ASP.NET Core has: what it counts of its memory and its routing nobody acts on, and each count costs.
                metrics.AddMeter(Telemetry.Name, "System.Runtime", "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
                    .AddView(instrument => instrument.Name == PerRoute ? null : s_few)
                    .AddPrometheusExporter(o => o.ScrapeResponseCacheDurationMilliseconds = 1000);
                if (Exports(s_otlp[2]))
                    metrics.AddOtlpExporter();
            });
        if (Exports(s_otlp[1]))
            telemetry.WithTracing(traces => traces
                .AddSource(Telemetry.Name)
                .AddAspNetCoreInstrumentation(o => o.Filter = http => !http.Request.Path.StartsWithSegments("/health") && http.Request.Path != MetricsDoor.Path)
                .AddProcessor(new WithoutPersons())
                .AddOtlpExporter());
        services.AddSingleton<MetricsDoor>();
        services.AddHostedService<MetricsAddress>();
        return services;
    }

    public static void MapMetrics(this WebApplication app)
    {
        var door = app.Services.GetRequiredService<MetricsDoor>();
        var scrape = ((IEndpointRouteBuilder)app).CreateApplicationBuilder()
            .Use(door.InvokeAsync)
            .UseOpenTelemetryPrometheusScrapingEndpoint()
            .Build(); // makes the meters' provider: what is counted from here on is exported
        TellOfNothing();
        app.MapGet(MetricsDoor.Path, scrape).IsPublic().ExcludeFromDescription(); // the door asks, not the doorkeeper: a scrape is nobody's data, and no entry in the log
    }

    /// <summary>A count that nobody has begun is not exported, and its first step from nothing to one is no increase: each begins at none.</summary>
    static void TellOfNothing()
    {
        PlatformMetrics.Conflicts.Add(0);
        PlatformMetrics.Unavailable.Add(0);
        PlatformMetrics.Repeats.Add(0, new KeyValuePair<string, object?>("method", "POST"));
        LogMetrics.Cosignatures.Add(0);
        TokenMetrics.Issued.Add(0);
        TokenMetrics.LockedOut.Add(0);
        TokenMetrics.Refused.Add(0, new KeyValuePair<string, object?>("error", "invalid_client"));
        foreach (var limit in RateLimits.Names)
            RateLimits.Refused.Add(0, new KeyValuePair<string, object?>("limit", limit));
        foreach (var outcome in (string[])["permitted", "denied"])
            ConsentMetrics.Decisions.Add(0, new("outcome", outcome), new KeyValuePair<string, object?>("ground", outcome == "denied" ? "none" : "consent"));
        foreach (var outcome in (string[])[DeliveryMetrics.Delivered, DeliveryMetrics.Withheld, SendErrors.Status, SendErrors.Timeout, SendErrors.Connection, SendErrors.Internal])
            DeliveryMetrics.Attempts.Add(0, new("channel", Channels.Webhook), new KeyValuePair<string, object?>("outcome", outcome));
    }
}
