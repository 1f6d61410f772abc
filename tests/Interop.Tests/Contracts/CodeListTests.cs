using Interop.Platform.Http;
using Xunit;

namespace Interop.Tests.Contracts;

/// <summary>The codes that software may rely on are listed where partners read, and nowhere by hand.</summary>
public class CodeListTests
{
    const string Begin = "<!-- codes -->", End = "<!-- /codes -->";

    [Fact]
    public void The_list_of_codes_in_the_README_is_what_the_program_answers()
    {
        var readme = ContractFiles.Read("README.md");
        var (begin, end) = (readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, readme.IndexOf(End, StringComparison.Ordinal));
        var current = $"{readme[..begin]}\n{List("problem", "Problems")}\n{List("fault", "Faults")}\n{List("warning", "Warnings")}\n{readme[end..]}";

        Assert.Equal(current.TrimEnd(), ContractFiles.Guarded("README.md", current).TrimEnd());
    }

    static string List(string prefix, string title) => $"### {title}\n\n| code | English text |\n|---|---|\n" + string.Concat(Language.Codes
        .Where(c => c.StartsWith(prefix + ".", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .Select(c => $"| `{c[(prefix.Length + 1)..]}` | {Language.Text("en", c).Replace("|", "\\|", StringComparison.Ordinal)} |\n"));
}
