using Interop.Benchmarks;

if (args is [Hello.Command, var url])
{
    await Hello.ServeAsync(url);
    return 0;
}
if (args is [UnauditedHost.Command, .. var served])
{
    await UnauditedHost.ServeAsync(served);
    return 0;
}
if (args is ["engine"])
{
    EngineFigure.Print();
    return 0;
}
if (Options.Read(args) is not { } options)
{
    await Console.Error.WriteLineAsync(Options.Usage);
    return 2;
}
if (Environment.GetEnvironmentVariable("INTEROP_BENCHMARK_POSTGRES") is not { Length: > 0 } server || Environment.GetEnvironmentVariable("INTEROP_BENCHMARK_BROKER") is not { Length: > 0 } broker)
{
    await Console.Error.WriteLineAsync("tests/Interop.Benchmarks/run starts a PostgreSQL and a RabbitMQ and calls this; by hand, set INTEROP_BENCHMARK_POSTGRES and INTEROP_BENCHMARK_BROKER.");
    return 2;
}
Table.Begin();
foreach (var figure in Figures.All.Where(f => options.Figures.Count == 0 || options.Figures.Contains(f.Name)))
    Table.Print(await figure.MeasureAsync(new(options, server, broker)));
return 0;
