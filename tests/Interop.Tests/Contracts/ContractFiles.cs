using System.Text;

namespace Interop.Tests.Contracts;

/// <summary>The committed files under contracts/. With UPDATE_CONTRACTS=1 a guard renews its file instead of comparing.</summary>
internal static class ContractFiles
{
    internal static string Root { get; } = Path.Combine(RepositoryRoot(), "contracts");

    internal static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>The committed text, after renewing it when asked to. A missing file reads as empty.</summary>
    internal static string Guarded(string path, string current)
    {
        var file = Path.Combine(Root, path);
        if (Environment.GetEnvironmentVariable("UPDATE_CONTRACTS") == "1")
            File.WriteAllText(file, current.TrimEnd() + "\n", new UTF8Encoding(false));
        return File.Exists(file) ? File.ReadAllText(file) : "";
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Interop.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Interop.sln is not above the tests.");
    }
}
