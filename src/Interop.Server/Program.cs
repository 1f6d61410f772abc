using Interop;
using Interop.Audit;
using Interop.Directory;
using Interop.Identity;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Http;
using Interop.Server.Demonstration;
using Microsoft.AspNetCore.Diagnostics;

var command = args is [{ } first, ..] && !first.StartsWith('-') ? first : "serve";
var demonstration = command == "demo" || args.Contains("--demo");
if (command is not ("serve" or "demo" or "migrate") && !ClientCommands.Knows(args))
{
    await Console.Error.WriteLineAsync($"serve [--demo] | demo | migrate\n{ClientCommands.Usage}");
    return 2;
}

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = [.. args.Where(a => a != "--demo")], ContentRootPath = AppContext.BaseDirectory });
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = Call.MaxBody + 64 * 1024); // ours is refused in our words
foreach (var category in (string[])["Microsoft.EntityFrameworkCore", "Microsoft.AspNetCore", "OpenIddict", "System.Net.Http"])
    builder.Logging.AddFilter(category, LogLevel.Warning); // at Information they tell every statement and request
builder.Services.AddInterop(builder.Configuration).AddIdentity(builder.Configuration);
builder.Services.AddScoped<DemonstrationWorld>();
await using var app = builder.Build();

try
{
    await using var scope = app.Services.CreateAsyncScope();
    await scope.ServiceProvider.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None);
    if (command == "migrate")
        return 0;
    if (ClientCommands.Knows(args))
        return await ClientCommands.RunAsync(args, app.Services, Console.Out, CancellationToken.None);
    var world = scope.ServiceProvider.GetRequiredService<DemonstrationWorld>();
    if (demonstration)
        await world.SeedAsync(CancellationToken.None);
    else if (await world.IsHereAsync(CancellationToken.None))
        throw new InvalidOperationException("This database holds the demonstration world, whose secrets everybody knows. Start with `demo`, or choose another database.");
}
catch (InvalidOperationException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

app.UseExceptionHandler(failed => failed.Run(http =>
{
    var unavailable = http.Features.Get<IExceptionHandlerFeature>()?.Error is { } e && http.RequestServices.GetRequiredService<Engine>().IsUnavailable(e);
    return Refusals.WriteAsync(http, unavailable ? new(503, "unavailable") { RetryAfter = TimeSpan.FromSeconds(5) } : new(500, "internal"));
}));
app.UseStatusCodePages(context => Refusals.WriteAsync(context.HttpContext, context.HttpContext.Response.StatusCode switch
{
    401 => Refusal.Unauthenticated,
    404 => Refusal.NotFound,
    405 => new(405, "method-not-allowed"),
    413 => new(413, "payload-too-large"),
    415 => new(415, "unsupported-media-type"),
    var status => new(status, status < 500 ? "bad-request" : "internal"),
}));
app.UseRouting();
app.UseIdentity();
app.Use((http, next) => AuditedRefusals.InvokeAsync(http, new(next)));
app.Use((http, next) => Doorkeeper.InvokeAsync(http, new(next)));
app.MapDirectory();
app.MapIdentity();
await app.RunAsync();
return 0;
