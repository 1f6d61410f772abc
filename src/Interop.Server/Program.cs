using Interop;
using Interop.Audit;
using Interop.Directory;
using Interop.Identity;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Http;
using Interop.Server;
using Interop.Server.Demonstration;
using Interop.Server.OpenApi;
using Microsoft.AspNetCore.Diagnostics;

var command = args is [{ } first, ..] && !first.StartsWith('-') ? first : "serve";
var builder = WebApplication.CreateBuilder(args);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = Call.MaxBody + 64 * 1024);
builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.None); // what it cannot do it throws; what we retry is no error
builder.Services.AddInterop(builder.Configuration).AddIdentity(builder.Configuration);
builder.Services.AddScoped<DemonstrationWorld>();
builder.Services.AddDescription();
var app = builder.Build();

await using (var scope = app.Services.CreateAsyncScope())
{
    await scope.ServiceProvider.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None);
    if (command == "migrate")
        return;
    var world = scope.ServiceProvider.GetRequiredService<DemonstrationWorld>();
    if (command == "demo" || args.Contains("--demo"))
        await world.SeedAsync(CancellationToken.None);
    else if (await world.IsHereAsync(CancellationToken.None))
        throw new InvalidOperationException("This database holds the demonstration world, whose secrets everybody knows. Start with `demo`, or choose another database.");
}

app.UseExceptionHandler(failed => failed.Run(http =>
{
    var unavailable = http.Features.Get<IExceptionHandlerFeature>()?.Error is { } e && http.RequestServices.GetRequiredService<Engine>().IsUnavailable(e);
    return Refusals.WriteAsync(http, unavailable ? new(503, "unavailable") { RetryAfter = TimeSpan.FromSeconds(5) } : new(500, "internal"));
}));
app.UseStatusCodePages(context => Refusals.WriteAsync(context.HttpContext, context.HttpContext.Response.StatusCode switch
{
    404 => Refusal.NotFound,
    405 => new(405, "method-not-allowed"),
    413 => new(413, "payload-too-large"),
    415 => new(415, "unsupported-media-type"),
    var status => new(status, "bad-request"),
}));
app.UseRouting();
app.UseIdentity();
app.Use((http, next) => EveryCallIsAudited.InvokeAsync(http, new(next)));
app.Use((http, next) => Doorkeeper.InvokeAsync(http, new(next)));
app.MapDirectory();
app.MapIdentity();
app.MapInterop();
app.MapHealth();
app.MapDescription(demonstration: command == "demo" || args.Contains("--demo"));
app.Run();
