using Interop.Benchmarks;

if (args is [Hello.Command, var url])
{
    await Hello.ServeAsync(url);
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
if (Environment.GetEnvironmentVariable("INTEROP_BENCHMARK_POSTGRES") is not { Length: > 0 } server)
{
    await Console.Error.WriteLineAsync("tests/Interop.Benchmarks/run starts a PostgreSQL and calls this; by hand, set INTEROP_BENCHMARK_POSTGRES.");
    return 2;
}
var results = new List<Result>();
foreach (var figure in Figures.All.Where(f => options.Figures.Count == 0 || options.Figures.Contains(f.Name)))
    results.AddRange(await figure.MeasureAsync(new(options, server)));
Table.Print(results);
return 0;
