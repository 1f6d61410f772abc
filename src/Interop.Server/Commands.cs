using System.Data.Common;
using Interop.Identity;
using Interop.Platform;
using Interop.Server.AuditTools;
using Interop.Server.Demonstration;
using Interop.Server.Upkeep;
using Interop.Server.Upkeep.Doctor;

namespace Interop.Server;

/// <summary>What the program can be told to do, one line each.</summary>
internal static class Commands
{
    /// <param name="Names">The first word of the command line.</param>
    internal sealed record Command(string[] Names, string Usage, Func<string[], Task<int>> RunAsync);

    static readonly Command[] s_all =
    [
        new(["serve"], "serve [--demo] [--roles <api,identity,worker>]", ServeAsync),
        new(["demo"], "demo [--once]", DemonstrateAsync),
        new(["migrate"], "migrate", MigrateAsync),
        new(["organisation", "service", "client"], ClientCommands.Usage, AdministerAsync),
        new(["keys"], KeysCommand.Usage, KeysCommand.RunAsync),
        new(["doctor"], DoctorCommand.Usage, DoctorCommand.RunAsync),
        new(["backup"], BackupCommand.Usage, BackupCommand.RunAsync),
        new(["move"], MoveCommand.Usage, MoveCommand.RunAsync),
        new(["health"], HealthCommand.Usage, HealthCommand.RunAsync),
        // For auditors and witnesses: without the exchange and its database.
        new(["audit"], $"{AuditCommands.Usage}\n{ArchiveCommand.Usage}", args => ArchiveCommand.Knows(args) ? ArchiveCommand.RunAsync(args, Console.Out) : AuditCommands.RunAsync(args, Console.Out, Console.Error, CancellationToken.None)),
        new(["witness"], WitnessCommand.Usage, args => WitnessCommand.RunAsync(args, Console.Out, Console.Error, CancellationToken.None)),
    ];

    /// <summary>Options without a value, which the host's configuration would read together with what follows them.</summary>
    static readonly string[] s_flags = ["--demo", DemoCommand.Once, DoctorCommand.Json, HealthCommand.Live];

    public static string Usage => string.Join('\n', s_all.Select(c => c.Usage));

    public static string NameOf(string[] args) => args is [{ } first, ..] && !first.StartsWith('-') ? first : "serve";

    public static Command? Find(string[] args) => s_all.FirstOrDefault(c => c.Names.Contains(NameOf(args)));

    /// <summary>The words before the first option: <c>keys rotate signing</c>.</summary>
    public static string[] Words(string[] args) => [.. args.TakeWhile(a => !a.StartsWith('-'))];

    /// <summary>What of the command line is configuration.</summary>
    public static string[] Settings(string[] args) =>
        [.. args.Except(s_flags).Select(a => a == "--roles" || a.StartsWith("--roles=", StringComparison.Ordinal) ? $"--{Roles.Setting}{a["--roles".Length..]}" : a)];

    static async Task<int> ServeAsync(string[] args)
    {
        await using var app = InteropServer.Build(args);
        await app.ServeAsync(InteropServer.IsDemonstration(args));
        return 0;
    }

    static async Task<int> DemonstrateAsync(string[] args)
    {
        await using var app = InteropServer.Build(args);
        await app.MigrateAsync(ask: true);
        await app.SettleWorldAsync(demonstration: true);
        return await DemoCommand.RunAsync(app, args);
    }

    static async Task<int> MigrateAsync(string[] args)
    {
        await using var app = InteropServer.Build(args);
        await using var scope = app.Services.CreateAsyncScope();
        try
        {
            await scope.ServiceProvider.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None);
            return 0;
        }
        catch (DbException e)
        {
            throw new InvalidOperationException($"The database cannot be used: {Availability.ReasonOf(e)} ConnectionStrings__InteropOwner names the role that owns its schema.");
        }
    }

    static async Task<int> AdministerAsync(string[] args)
    {
        await using var app = InteropServer.Build(args);
        await app.MigrateAsync(ask: false);
        return await ClientCommands.RunAsync(args, app.Services, Console.Out, CancellationToken.None);
    }
}
