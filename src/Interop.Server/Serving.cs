using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Http;

namespace Interop.Server;

/// <summary>
/// From the start to the end of a process that serves. A database that cannot be reached at the start is waited for: the process
/// listens, lives, is not ready and answers 503 until it has looked at it, so that nobody need start things in order, and a
/// supervisor does not restart it for what a restart does not mend.
/// </summary>
internal static partial class Serving
{
    static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    public static async Task ServeAsync(this WebApplication app, bool demonstration)
    {
        if (await app.TrySettleAsync(demonstration))
        {
            await app.RunAsync();
            return;
        }
        var opening = app.Services.GetRequiredService<Opening>();
        opening.Close();
        await app.StartAsync();
        try
        {
            while (!await app.TrySettleAsync(demonstration))
                await Task.Delay(s_pause, app.Lifetime.ApplicationStopping);
            Log.Opened(app.Logger);
            opening.Open();
            await app.WaitForShutdownAsync();
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await app.WaitForShutdownAsync();
        }
        catch
        {
            await app.StopAsync(); // not this version's schema, or not the world that was asked for: known only now
            throw;
        }
    }

    /// <summary>While the exchange is not open, only what answers from nothing is answered.</summary>
    public static Task WhenOpenAsync(HttpContext http, RequestDelegate next) =>
        http.RequestServices.GetRequiredService<Opening>().IsOpen || http.GetEndpoint()?.Metadata.GetMetadata<Public>() is not null
            ? next(http)
            : Refusals.WriteAsync(http, InteropServer.Unavailable);

    /// <returns>False where the database cannot be looked at now.</returns>
    static async Task<bool> TrySettleAsync(this WebApplication app, bool demonstration)
    {
        var (availability, engine) = (app.Services.GetRequiredService<Availability>(), app.Services.GetRequiredService<Engine>());
        try
        {
            await app.MigrateAsync(ask: demonstration);
            await app.SettleWorldAsync(demonstration);
            await app.EraseAgainAsync();
            return true;
        }
        catch (Exception e) when (!engine.IsMisconfigured(e) && availability.IsLost(e))
        {
            return false;
        }
    }

    /// <summary>Before anybody is answered: a backup that was put back has put back whoever was erased since it was made.</summary>
    public static async Task EraseAgainAsync(this WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        if (await scope.ServiceProvider.GetRequiredService<Erasure>().EraseAgainAsync(CancellationToken.None) is > 0 and var back)
            Log.ErasedAgain(app.Logger, back);
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A backup had brought back {Persons} persons who had been erased. They were erased again.")]
        public static partial void ErasedAgain(ILogger logger, int persons);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The database was looked at: the exchange is open.")]
        public static partial void Opened(ILogger logger);
    }
}
