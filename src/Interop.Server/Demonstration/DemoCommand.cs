using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Server.Safety;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Interop.Server.Demonstration;

/// <summary>
/// <c>demo</c>: serves the demonstration world, plays one referral through its own front door, and goes on serving.
/// <c>--once</c> ends after the story, with 1 where it broke.
/// </summary>
internal static class DemoCommand
{
    public const string Once = "--once";

    /// <exception cref="InvalidOperationException">It would be reachable from other machines, which its secrets are not made for.</exception>
    public static void CheckAddresses(IConfiguration configuration)
    {
        if (configuration.GetValue<bool>("Demo:AllowRemote"))
            return;
        if (Listening.OffLoopback(configuration) is { } open)
            throw new InvalidOperationException(
                $"{open} can be reached from other machines, and everybody knows the secrets of the demonstration world. Use http://localhost:<port>, or set Demo:AllowRemote=true if that is what you want.");
    }

    public static async Task<int> RunAsync(WebApplication app, string[] args)
    {
        var stage = Stage.Console();
        await app.StartAsync();
        var stopping = app.Lifetime.ApplicationStopping;
        var held = false;
        try
        {
            held = await PlayAsync(app, stage, args, stopping);
            if (!args.Contains(Once))
                await app.WaitForShutdownAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            stage.Title("Interrupted before the end of the story.");
            held = !args.Contains(Once); // nobody waits for its end
        }
        finally
        {
            await app.StopAsync();
        }
        return held ? 0 : 1;
    }

    static async Task<bool> PlayAsync(WebApplication app, Stage stage, string[] args, CancellationToken stopping)
    {
        var address = AddressOf(app);
        var time = app.Services.GetRequiredService<TimeProvider>();
        using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        await using var listener = await CourtListener.StartAsync(time, stopping);
        var player = new Player(http, stage, listener, time);
        var held = true;
        try
        {
            await player.PlayAsync(stopping);
        }
        catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            held = false;
            stage.Broke(e is StoryBrokeException or HttpRequestException ? e.Message : e.ToString());
        }
        await player.LeaveAsync(stopping);
        if (!args.Contains(Once))
            SayWhatNext(stage, app.Services, address.ToString().TrimEnd('/'), player);
        return held;
    }

    static void SayWhatNext(Stage stage, IServiceProvider services, string address, Player player)
    {
        var engine = services.GetRequiredService<Engine>();
        stage.Title("Still serving. Try:");
        stage.Line();
        stage.Line($"    {stage.Strong("Every operation, in the browser")}   {address}/swagger");
        stage.Line($"    {stage.Strong("As the court, in another terminal")}");
        stage.Line();
        stage.Line($"TOKEN=$(curl -s {address}/connect/token -d grant_type=client_credentials -d client_id=juzgado-central -d client_secret=juzgado-central-secret | sed -n 's/.*\"access_token\": *\"\\([^\"]*\\)\".*/\\1/p')");
        stage.Line($"curl -s -H \"Authorization: Bearer $TOKEN\" {address}/v1/referrals/{player.Referral}");
        stage.Line($"curl -s -H \"Authorization: Bearer $TOKEN\" {address}/v1/referrals/{player.Referral}/history");
        stage.Line();
        stage.Line("    Other parties     centro-esperanza, clinica-del-valle, fiscalia-central, libertad-vigilada,");
        stage.Line("                      servicios-sociales, contraloria, observatorio, admin, hospital-ajeno;");
        stage.Line("                      each one's client id is its name, its secret the name with -secret behind it");
        stage.Line($"    Data              {(engine is Sqlite ? services.GetRequiredService<DataFolder>().Path : "PostgreSQL, as ConnectionStrings__Interop says")}");
        stage.Line("    Again             Ctrl-C, then the same command: another person, on the same data");
        stage.Line();
    }

    static Uri AddressOf(WebApplication app) =>
        Addresses.Reachable(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
}
