using Interop.Audit;
using Interop.Consent;
using Interop.Fhir;
using Interop.Identity;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Http;
using Interop.Server.AsyncApi;
using Interop.Server.AuditTools;
using Interop.Server.Demonstration;
using Interop.Server.Monitoring;
using Interop.Server.OpenApi;
using Interop.Server.Safety;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Configuration.KeyPerFile;
using Microsoft.Extensions.FileProviders;

namespace Interop.Server;

/// <summary>The composition. What the program serves is what the tests call: they build it here too.</summary>
internal static class InteropServer
{
    /// <summary>Whether the command line asks for the demonstration world.</summary>
    public static bool IsDemonstration(string[] args) => args.FirstOrDefault() == "demo" || args.Contains("--demo");

    /// <param name="configure">What a test replaces: the clock, the workers.</param>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? configure = null)
    {
        var builder = NewBuilder(args);
        var roles = IsServing(args) ? Roles.From(builder.Configuration) : Roles.All;
        if (args.FirstOrDefault() == "demo" && !roles.IsAll)
            throw new InvalidOperationException($"demo plays through every role: leave {Roles.Setting} out, or use `serve --demo --roles {roles}`.");
        if (IsDemonstration(args))
        {
            builder.Configuration["Delivery:AllowedNetworks"] ??= "127.0.0.0/8,::1/128"; // partners on this machine are welcome to try
            RateLimitOptions.BeGenerous(builder.Configuration);
            if (args[0] == "demo" && !string.IsNullOrEmpty(builder.Configuration["Identity:Authority"]))
                throw new InvalidOperationException("`demo` gets its tokens from its own identity server: leave out Identity:Authority, or start with `serve --demo`.");
            DemoCommand.CheckAddresses(builder.Configuration);
        }
        if (IsServing(args))
            Listening.CheckIssuer(builder.Configuration);
        if (args.FirstOrDefault() == "demo")
            builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning); // the story says where it listens
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = Call.MaxBody + 64 * 1024); // of what is not read by BoundedBody
        builder.WebHost.ConfigureKestrel(LimitOptions.From(builder.Configuration).Apply);
        builder.Logging.KeepQuiet();
        builder.Services.AddSingleton(Stopping.From(builder.Configuration)).AddOptions<HostOptions>().Configure<Stopping>((host, stopping) => stopping.Apply(host));
        builder.Services.AddInterop(builder.Configuration).AddIdentity(builder.Configuration).AddFhir();
        builder.Services.AddMonitoring(builder.Configuration).AddSafety(builder.Configuration);
        builder.Services.AddScoped<DemonstrationWorld>();
        builder.Services.AddDescription();
        if (!roles.Worker)
            builder.Services.RemoveWorkers();
        configure?.Invoke(builder.Services);
        var app = builder.Build();

        app.Use(BoundedBody.WhenAnsweredAsync);
        app.UseKnownProxies();
        app.UseSecurityHeaders(app.Services.GetRequiredService<IdentityOptions>().Authority);
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = AnswerFailureAsync,
            // The caller's, and answered; or the database's, which is said once and not once a request.
            SuppressDiagnosticsCallback = failed => failed.Exception is BadHttpRequestException || failed.HttpContext.RequestServices.GetRequiredService<Engine>().IsUnavailable(failed.Exception),
        });
        app.UseStatusCodePages(context => Refusals.WriteAsync(context.HttpContext, RefusalOf(context.HttpContext.Response.StatusCode)));
        app.Use(RequestIds.EchoAsync);
        app.UseRouting();
        app.Use(Serving.WhenOpenAsync);
        app.UseOrigins(Origins.From(app.Configuration));
        var limits = app.Services.GetRequiredService<RateLimits>();
        app.Use(limits.AtConnectAsync); // before a secret is looked at
        app.UseIdentity(issues: roles.Identity);
        app.Use(limits.AtApiAsync); // who calls is known: 401 comes before a client's limit, and 429 before anything is looked up
        app.Use(EveryCallIsAudited.InvokeAsync);
        app.Use(Doorkeeper.InvokeAsync);
        app.MapHealth(index: roles.Api);
        app.MapMetrics();
        if (roles.Api || roles.Identity)
            app.MapDiscovery();
        if (!roles.Api)
            return app;
        app.MapClients();
        app.MapInterop();
        app.MapFhir();
        app.MapDescription(IsDemonstration(args));
        app.MapEventDescription();
        return app;
    }

    /// <summary>With the configuration of this command line, and nothing else yet.</summary>
    public static WebApplicationBuilder NewBuilder(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = Commands.Settings(args), ContentRootPath = AppContext.BaseDirectory });
        if (builder.Configuration["INTEROP_SECRETS"] is { Length: > 0 } secrets)
            AddSecrets(builder.Configuration, secrets);
        // The schema is its owner's; the server's own role can neither change it nor the log's entries.
        if ((args.FirstOrDefault() is "migrate" or "move" || ArchiveCommand.Knows(args)) && builder.Configuration.GetConnectionString("InteropOwner") is { Length: > 0 } owner)
            builder.Configuration["ConnectionStrings:Interop"] = owner;
        builder.Configuration["urls"] ??= "http://localhost:8080";
        return builder;
    }

    /// <summary>Settings as files that are mounted, each named as its variable would be. Whatever else is set comes before them.</summary>
    static void AddSecrets(ConfigurationManager configuration, string folder)
    {
        if (!System.IO.Directory.Exists(folder))
            throw new InvalidOperationException($"INTEROP_SECRETS={folder} is no folder.");
        ((IConfigurationBuilder)configuration).Sources.Insert(0, new KeyPerFileConfigurationSource { FileProvider = new PhysicalFileProvider(Path.GetFullPath(folder)), Optional = false });
    }

    static bool IsServing(string[] args) => Commands.NameOf(args) is "serve" or "demo";

    /// <summary>
    /// Brings the database to this version's schema where that was asked for, or where there is no administrator to ask: on the
    /// embedded default. Else only makes sure of it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The schema is not this version's.</exception>
    public static async Task MigrateAsync(this WebApplication app, bool ask = true)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var migrator = scope.ServiceProvider.GetRequiredService<Migrator>();
        if (await migrator.PendingAsync(CancellationToken.None) is not { Count: > 0 } pending)
            return; // a role that may not change the schema need not
        if (!ask && !scope.ServiceProvider.GetRequiredService<Engine>().IsEmbedded)
            throw new InvalidOperationException($"The database lacks {string.Join(", ", pending)}. Run `migrate` first.");
        await migrator.MigrateAsync(CancellationToken.None);
    }

    /// <summary>Seeds the demonstration world where it is wanted, and refuses its database where it is not.</summary>
    public static async Task SettleWorldAsync(this WebApplication app, bool demonstration)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var world = scope.ServiceProvider.GetRequiredService<DemonstrationWorld>();
        if (demonstration)
            await world.SeedAsync(CancellationToken.None);
        else if (await world.IsHereAsync(CancellationToken.None))
            throw new InvalidOperationException("This database holds the demonstration world, whose secrets everybody knows. Start with `demo`, or choose another database.");
    }

    public static Refusal Unavailable { get; } = new(503, "unavailable") { RetryAfter = TimeSpan.FromSeconds(5) };

    static async Task AnswerFailureAsync(HttpContext http)
    {
        var availability = http.RequestServices.GetRequiredService<Availability>();
        try
        {
            await Refusals.WriteAsync(http, RefusalOf(http, availability));
        }
        catch (Exception e) when (!http.Response.HasStarted && availability.IsLost(e)) // the entry of what was refused could not be written
        {
            await Refusals.WriteAsync(http, Unavailable);
        }
    }

    static Refusal RefusalOf(HttpContext http, Availability availability)
    {
        var e = http.Features.Get<IExceptionHandlerFeature>()?.Error;
        var engine = http.RequestServices.GetRequiredService<Engine>();
        return e switch
        {
            BadHttpRequestException bad => RefusalOf(bad.StatusCode), // a body that ends too soon, or is too large, or too slow
            not null when availability.IsLost(e) => e is CommitInDoubtException ? new(503, "in-doubt") { RetryAfter = Unavailable.RetryAfter } : Unavailable,
            not null when engine.IsConflict(e) => new(503, "unavailable") { RetryAfter = TimeSpan.FromSeconds(1) }, // met others every time
            _ => new(500, "internal"),
        };
    }

    static Refusal RefusalOf(int status) => status switch
    {
        401 => Refusal.Unauthenticated,
        404 => Refusal.NotFound,
        405 => new(405, "method-not-allowed"),
        413 => new(413, "payload-too-large"),
        415 => new(415, "unsupported-media-type"),
        _ => new(status, status < 500 ? "bad-request" : "internal"),
    };
}
