using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using OpenTelemetry.Metrics;

namespace Interop.Server.Monitoring;

/// <summary>
/// <c>Metrics:Urls</c>: addresses that serve <c>/metrics</c> to whoever reaches them, and nothing else. A server of its own, so
/// that no route of the API is ever reached there, nor the metrics where the API is.
/// </summary>
internal sealed class MetricsAddress(IConfiguration configuration, MeterProvider meters) : IHostedService
{
    WebApplication? _app;

    /// <summary>Where it listens; for tests, which let the system choose the port.</summary>
    public IEnumerable<string> Addresses => _app?.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (configuration["Metrics:Urls"] is not { Length: > 0 } urls)
            return;
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls(urls).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddSingleton<IMeterFactory, MetersAside>();
        _app = builder.Build();
        _app.UseOpenTelemetryPrometheusScrapingEndpoint(meters, null, MetricsDoor.Path, null, null);
        _app.Run(http =>
        {
            http.Response.StatusCode = 404;
            return Task.CompletedTask;
        });
        await _app.StartAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_app is null)
            return;
        await _app.StopAsync(cancellationToken);
        await _app.DisposeAsync();
    }
}
