using System.Data.Common;
using Interop.Platform;
using Interop.Server;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

try
{
    if (Commands.Find(args) is not { } command)
        throw new UsageException(Commands.Usage);
    return await command.RunAsync(args);
}
catch (UsageException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
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
