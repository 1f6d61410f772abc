using Interop.Benchmarks;

if (args is not ["engine"])
{
    await Console.Error.WriteLineAsync("dotnet run -c Release --project tests/Interop.Benchmarks -- engine");
    return 2;
}
EngineFigure.Print();
return 0;
