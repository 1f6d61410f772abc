using Interop.Server;

var command = args is [{ } first, ..] && !first.StartsWith('-') ? first : "serve";
var app = InteropServer.Build(args);
await app.MigrateAsync();
if (command == "migrate")
    return;
await app.SettleWorldAsync(demonstration: command == "demo" || args.Contains("--demo"));
app.Run();
