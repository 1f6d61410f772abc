using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Interop.Server.Tests.World;

/// <summary>One act that a client asked for, and what is known of it.</summary>
/// <param name="Operation">As the log names it.</param>
/// <param name="Key">Its Idempotency-Key, if it has one.</param>
internal sealed record Deed(string Operation, string By, string Path, JsonObject Body, string? Key)
{
    /// <summary>The success that was answered; null while nobody knows whether it was done.</summary>
    public Reply? Answer { get; set; }

    /// <summary>It was answered that nothing had been changed.</summary>
    public bool IsUndone { get; set; }
}

/// <summary>One referral's life as its parties drive it, until somebody gets no answer.</summary>
internal sealed class Story(int number)
{
    public int Number => number;

    /// <summary>The number of its matter, by which it is found whatever was answered.</summary>
    public string Matter { get; } = A.Unique("crash");

    public ConcurrentQueue<Deed> Deeds { get; } = new();

    /// <summary>What its last step met instead of an answer.</summary>
    public string? BrokenOffBy { get; set; }
}

/// <summary>
/// Work of several parties at once, through the public door: referrals, consents, acceptances, appointments and reports, some under
/// an Idempotency-Key. It remembers what was acknowledged and what was asked for without an answer; <see cref="Books"/> holds an
/// exchange against that.
/// </summary>
/// <param name="seed">What each story does follows from it. In which order the server meets the stories does not.</param>
internal sealed class Load(Door door, int seed)
{
    public const string Court = "juzgado-central";
    public const string Clinic = "centro-esperanza";

    /// <summary>Of a client that got no answer, before it tries something else.</summary>
    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    static int s_keys;
    readonly ConcurrentQueue<Story> _stories = new();
    int _acknowledged;
    int _last;

    public Door Door => door;

    public int Seed => seed;

    public IReadOnlyCollection<Story> Stories => _stories;

    public int Acknowledged => _acknowledged;

    /// <summary>What was answered with no success.</summary>
    public ConcurrentQueue<Reply> Refused { get; } = new();

    /// <summary>So many lanes tell one story after the other, until they are told to end. A story that gets no answer is broken off.</summary>
    public Task RunAsync(int lanes, CancellationToken until) => Task.WhenAll(Enumerable.Range(0, lanes).Select(async _ =>
    {
        while (!until.IsCancellationRequested)
        {
            var story = new Story(Interlocked.Increment(ref _last));
            _stories.Enqueue(story);
            try
            {
                await TellAsync(story, new(unchecked(seed * 1_000_003 + story.Number)), until);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or NoAnswerException or IOException)
            {
                story.BrokenOffBy = e.Message;
                await Task.Delay(s_pause);
            }
        }
    }));

    /// <summary>Until so many more acts have been acknowledged.</summary>
    public async Task AcknowledgedAsync(int more)
    {
        var goal = _acknowledged + more;
        await Eventually.HoldsAsync($"{more} more acts were acknowledged", () => _acknowledged >= goal);
    }

    /// <summary>
    /// What was asked for under a key and not answered is asked for again, and so is what was answered: whatever became of it, it is
    /// done now, once. Without a key its client cannot know.
    /// </summary>
    public Task SettleAsync(IEnumerable<Story> stories) => Parallel.ForEachAsync(stories, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (story, _) =>
    {
        foreach (var deed in story.Deeds.Where(d => d.Key is not null))
        {
            var again = await door.PostAsync(deed.By, deed.Path, deed.Body, deed.Key);
            Assert.True(again.Status is 200 or 201, $"Seed {seed}: {deed.Operation} repeated under its key: {again.Status} {again.Text}");
            if (deed.Answer is { } first)
                Assert.True((first.Status, first["id"], first.Headers.Location) == (again.Status, again["id"], again.Headers.Location),
                    $"Seed {seed}: {deed.Operation} was answered {first.Status} {first["id"]} {first.Headers.Location}, and repeated under its key {again.Status} {again["id"]} {again.Headers.Location}.");
            deed.Answer ??= again;
        }
    });

    /// <summary>Of a process that was asked to end it is expected that it answers whatever it has begun.</summary>
    public void NothingUnansweredWasDone()
    {
        foreach (var deed in _stories.SelectMany(s => s.Deeds).Where(d => d.Answer is null))
            deed.IsUndone = true;
    }

    /// <summary>Tells these addresses of everything that may be told to the two parties.</summary>
    public async Task SubscribeAsync(string url)
    {
        foreach (var party in (string[])[Court, Clinic])
            (await door.PostAsync(party, "/v1/subscriptions", new() { ["channel"] = "webhook", ["url"] = $"{url}/{party}", ["events"] = new JsonArray("*"), ["payload"] = "id-only" })).Is(201);
    }

    async Task TellAsync(Story story, Random chance, CancellationToken until)
    {
        var referral = await DoAsync("referral.create", Court, "/v1/referrals", A.Referral().With("matter.number", story.Matter));
        await DoAsync("consent.capture", Court, "/v1/consents", A.ReferralConsent(referral, Door.Now));
        await DoAsync("consent.capture", Clinic, "/v1/consents", A.MonitoringConsent(referral, Door.Now, "attendance", "treatment-status"));
        var path = $"/v1/referrals/{referral.Id}";
        await DoAsync("referral.accept", Clinic, $"{path}/acceptance", []);
        var appointment = await DoAsync("referral.schedule", Clinic, $"{path}/appointments", new() { ["at"] = A.Time(Door.Now.AddDays(2)), ["kind"] = "assessment" });
        await DoAsync("appointment.outcome", Clinic, $"{path}/appointments/{appointment.Id}/outcome", new() { ["outcome"] = chance.Next(2) == 0 ? "missed" : "attended" });
        for (var reports = chance.Next(1, 4); reports > 0; reports--)
            await DoAsync("compliance.report", Clinic, $"{path}/compliance-updates", A.Report("attendance", "attended", Door.Now));
        await DoAsync("referral.admit", Clinic, $"{path}/admission", []);

        async Task<Reply> DoAsync(string operation, string by, string at, JsonObject body)
        {
            until.ThrowIfCancellationRequested();
            var key = chance.Next(3) > 0 ? string.Create(CultureInfo.InvariantCulture, $"{story.Matter}-{Interlocked.Increment(ref s_keys)}") : null;
            var deed = new Deed(operation, by, at, body, key);
            story.Deeds.Enqueue(deed);
            var reply = await door.PostAsync(by, at, body, key);
            if (reply.Status is not (200 or 201))
            {
                Refused.Enqueue(reply);
                deed.IsUndone = !reply.Text.Contains("in-doubt", StringComparison.Ordinal);
                throw new NoAnswerException($"{operation}: {reply.Status} {reply.Text}");
            }
            deed.Answer = reply;
            Interlocked.Increment(ref _acknowledged);
            return reply;
        }
    }

    sealed class NoAnswerException(string message) : Exception(message);
}
