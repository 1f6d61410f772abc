using Interop.Server.Tests.World;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Interop.Server.Tests.World;

/// <summary>
/// The tests of a collection run one after the other. The long ones are begun first: begun last, they would run while half of the
/// machine has nothing left to do.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    /// <summary>Those in which processes start and end.</summary>
    static readonly string[] s_long = [Weather.Name, ".Server.RunbookTests ", ".Server.", ".Audit.LogOn"];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(c => Array.FindIndex(s_long, l => c.TestCollectionDisplayName.Contains(l, StringComparison.Ordinal)) is >= 0 and var rank ? rank : s_long.Length)];
}
