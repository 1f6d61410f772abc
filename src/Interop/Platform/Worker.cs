using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Interop.Platform;

/// <summary>Work that is done in batches until there is none. Tests call it themselves.</summary>
internal interface IBatch
{
    /// <summary>Does one batch. Returns how much it did: zero means wait for the signal.</summary>
    Task<int> RunOnceAsync(CancellationToken ct);
}

/// <summary>Runs a batch whenever its signal is raised, and every <paramref name="atMost"/> in any case. Outlives every failure.</summary>
/// <param name="rest">After a batch that found something, so that what comes meanwhile is done together.</param>
internal sealed partial class Worker<T>(
    IServiceScopeFactory scopes, Signals signals, Signal signal, TimeSpan atMost, TimeSpan rest, IHostApplicationLifetime host, Opening opening, Availability availability, ILogger<Worker<T>> log) : BackgroundService
    where T : IBatch
{
    /// <summary>Between two tries while the database is away.</summary>
    static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await StartedAsync(stoppingToken);
        PlatformMetrics.WorkerFailures.Add(0, new KeyValuePair<string, object?>("worker", typeof(T).Name));
        await opening.WaitAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                var done = await scope.ServiceProvider.GetRequiredService<T>().RunOnceAsync(stoppingToken);
                WorkerHealth.Worked(typeof(T).Name);
                if (done > 0)
                {
                    if (rest > TimeSpan.Zero)
                        await Task.Delay(rest, stoppingToken);
                    continue;
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                PlatformMetrics.WorkerFailures.Add("worker", typeof(T).Name);
                if (availability.IsLost(e))
                {
                    await Task.Delay(s_pause, stoppingToken);
                    continue;
                }
                Log.Failed(log, e, typeof(T).Name);
            }
            await signals.WaitAsync(signal, atMost, stoppingToken);
        }
    }

    /// <summary>A server that cannot start, its address taken, has done nothing in the meantime, and ends without a word of ours.</summary>
    async Task StartedAsync(CancellationToken ct)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onStart = host.ApplicationStarted.Register(() => started.TrySetResult());
        await using var onStop = ct.Register(() => started.TrySetResult());
        await started.Task;
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "{Worker} failed; it tries again.")]
        public static partial void Failed(ILogger logger, Exception exception, string worker);
    }
}

internal static class Workers
{
    public static IServiceCollection AddWorker<T>(this IServiceCollection services, Signal signal, TimeSpan atMost, TimeSpan rest = default) where T : class, IBatch => services
        .AddScoped<T>()
        .AddSingleton<IHostedService>(p => new Worker<T>(
            p.GetRequiredService<IServiceScopeFactory>(), p.GetRequiredService<Signals>(), signal, atMost, rest, p.GetRequiredService<IHostApplicationLifetime>(), p.GetRequiredService<Opening>(), p.GetRequiredService<Availability>(), p.GetRequiredService<ILogger<Worker<T>>>()));

    /// <summary>For a process that leaves this work to others. What it could do is still there to be asked for.</summary>
    public static void RemoveWorkers(this IServiceCollection services)
    {
        foreach (var worker in services.Where(s => s.ServiceType == typeof(IHostedService) && s.ImplementationFactory?.Method.DeclaringType?.DeclaringType == typeof(Workers)).ToList())
            services.Remove(worker);
    }
}
