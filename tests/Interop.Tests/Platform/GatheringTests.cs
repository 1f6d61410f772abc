using Interop.Platform;
using Xunit;

namespace Interop.Tests.Platform;

/// <summary>What is asked at the same time is answered together, in batches that the test ends one by one.</summary>
public sealed class GatheringTests
{
    readonly Dictionary<string, TaskCompletionSource> _under = [];
    readonly Lock _lock = new();

    [Fact]
    public async Task Who_comes_alone_goes_alone_and_who_comes_meanwhile_shares_the_next_batch()
    {
        var gathering = new Gathering<int, string>(answerers: 1, few: 0, most: 3, AnswerAsync);

        var first = gathering.AskAsync(1);
        await UnderWayAsync("1");
        var others = Enumerable.Range(2, 4).Select(gathering.AskAsync).ToList();
        End("1");
        Assert.Equal("1 of 1", await first);
        await UnderWayAsync("2 3 4"); // no more than three
        End("2 3 4");
        Assert.Equal(["2 of 2 3 4", "3 of 2 3 4", "4 of 2 3 4"], await Task.WhenAll(others[..3]));
        await UnderWayAsync("5");
        End("5");
        Assert.Equal("5 of 5", await others[3]);
    }

    [Fact]
    public async Task Another_batch_begins_beside_it_once_more_than_a_few_wait()
    {
        var gathering = new Gathering<int, string>(answerers: 2, few: 2, most: 9, AnswerAsync);

        _ = gathering.AskAsync(1);
        await UnderWayAsync("1");
        _ = gathering.AskAsync(2);
        _ = gathering.AskAsync(3);
        Assert.Equal(["1"], UnderWay);
        _ = gathering.AskAsync(4);
        await UnderWayAsync("2 3 4");
        foreach (var n in (int[])[5, 6, 7, 8])
            _ = gathering.AskAsync(n);
        Assert.Equal(["1", "2 3 4"], UnderWay); // no third
        End("1");
        await UnderWayAsync("5 6 7 8");
    }

    [Fact]
    public async Task A_few_wait_for_the_batch_under_way_also_when_another_has_ended_and_are_not_forgotten()
    {
        var gathering = new Gathering<int, string>(answerers: 2, few: 2, most: 9, AnswerAsync);

        var first = gathering.AskAsync(1);
        await UnderWayAsync("1");
        foreach (var n in (int[])[2, 3, 4])
            _ = gathering.AskAsync(n);
        await UnderWayAsync("2 3 4");
        _ = gathering.AskAsync(5);
        _ = gathering.AskAsync(6);
        End("1");
        await first;
        await Task.Delay(50); // time enough to take the two
        _ = gathering.AskAsync(7);
        await UnderWayAsync("5 6 7");
        var last = gathering.AskAsync(8);
        End("2 3 4");
        await Task.Delay(50);
        Assert.Equal(["5 6 7"], UnderWay);
        End("5 6 7");
        await UnderWayAsync("8");
        End("8");
        Assert.Equal("8 of 8", await last);
    }

    [Fact]
    public async Task While_it_is_held_back_all_wait_for_the_batch_under_way_and_none_for_a_second()
    {
        var held = true;
        var gathering = new Gathering<int, string>(answerers: 2, few: 0, most: 9, AnswerAsync, () => held);

        _ = gathering.AskAsync(1);
        await UnderWayAsync("1"); // who comes alone does not wait
        _ = gathering.AskAsync(2);
        _ = gathering.AskAsync(3);
        Assert.Equal(["1"], UnderWay);
        End("1");
        await UnderWayAsync("2 3");
        held = false;
        _ = gathering.AskAsync(4);
        await UnderWayAsync("4");
        Assert.Equal(["2 3", "4"], UnderWay);
    }

    [Fact]
    public async Task A_fault_is_that_of_its_batch_and_the_next_is_answered()
    {
        var gathering = new Gathering<int, string>(answerers: 1, few: 0, most: 9, AnswerAsync);

        var faulty = gathering.AskAsync(0);
        await UnderWayAsync("0");
        var next = gathering.AskAsync(1);
        End("0");
        await Assert.ThrowsAsync<DivideByZeroException>(() => faulty);
        await UnderWayAsync("1");
        End("1");
        Assert.Equal("1 of 1", await next);
    }

    async Task<IReadOnlyList<string>> AnswerAsync(IReadOnlyList<int> asked)
    {
        var batch = string.Join(' ', asked);
        await Of(batch).Task;
        lock (_lock)
            _under.Remove(batch);
        return asked.Contains(0) ? throw new DivideByZeroException() : [.. asked.Select(n => $"{n} of {batch}")];
    }

    IReadOnlyList<string> UnderWay
    {
        get
        {
            lock (_lock)
                return [.. _under.Keys.Order(StringComparer.Ordinal)];
        }
    }

    TaskCompletionSource Of(string batch)
    {
        lock (_lock)
            return _under.TryGetValue(batch, out var end) ? end : _under[batch] = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    async Task UnderWayAsync(string batch)
    {
        while (!UnderWay.Contains(batch))
            await Task.Delay(1, TestContext.Current.CancellationToken);
    }

    void End(string batch) => Of(batch).SetResult();
}
