namespace Interop.Tests;

/// <summary>The product's own source files, for what a test holds against them.</summary>
internal static class Source
{
    public static DirectoryInfo Root { get; } = FindRoot();

    public static IReadOnlyList<(string Path, string Text)> Files { get; } =
        [.. new DirectoryInfo(Path.Combine(Root.FullName, "src")).EnumerateFiles("*.cs", SearchOption.AllDirectories)
            .Select(f => (Path.GetRelativePath(Path.Combine(Root.FullName, "src"), f.FullName).Replace('\\', '/'), File.ReadAllText(f.FullName)))
            .Where(f => !f.Item1.Contains("/obj/", StringComparison.Ordinal))];

    static DirectoryInfo FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Interop.sln")))
            folder = folder.Parent;
        return folder ?? throw new InvalidOperationException("Interop.sln is not above the tests.");
    }
}
