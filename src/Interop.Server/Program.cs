using System.Data.Common;
using Interop.Identity;
using Interop.Platform;
using Interop.Server;
using Interop.Server.AuditTools;
using Interop.Server.Demonstration;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

// For auditors and witnesses: without the exchange and its database.
if (AuditCommands.Knows(args))
    return await AuditCommands.RunAsync(args, Console.Out, Console.Error, CancellationToken.None);
if (WitnessCommand.Knows(args))
    return await WitnessCommand.RunAsync(args, Console.Out, Console.Error, CancellationToken.None);
var command = args is [{ } first, ..] && !first.StartsWith('-') ? first : "serve";
if (command is not ("serve" or "demo" or "migrate") && !ClientCommands.Knows(args))
{
    await Console.Error.WriteLineAsync($"serve [--demo] | demo [--once] | migrate\n{ClientCommands.Usage}\n{AuditCommands.Usage}\n{WitnessCommand.Usage}");
    return 2;
}
try
{
    await using var app = InteropServer.Build(args);
    if (command == "serve")
    {
        await app.ServeAsync(InteropServer.IsDemonstration(args));
        return 0;
    }
    await app.MigrateAsync(ask: command == "migrate" || InteropServer.IsDemonstration(args));
    if (command == "migrate")
        return 0;
    if (ClientCommands.Knows(args))
        return await ClientCommands.RunAsync(args, app.Services, Console.Out, CancellationToken.None);
    await app.SettleWorldAsync(InteropServer.IsDemonstration(args));
    return await DemoCommand.RunAsync(app, args);
}
catch (IOException e) when (e.InnerException is AddressInUseException)
{
    await Console.Error.WriteLineAsync($"{e.Message.TrimEnd('.')}. Choose another with --urls http://localhost:8081.");
    return 1;
}
catch (Exception e) when (e is DbException or InvalidOperationException { InnerException: DbException })
{
    await Console.Error.WriteLineAsync($"The database cannot be used: {Availability.ReasonOf(e)}");
    return 1;
}
catch (Exception e) when (e is InvalidOperationException or OptionsValidationException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
