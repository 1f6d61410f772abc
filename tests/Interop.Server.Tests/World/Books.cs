using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Interop.Server.Tests.Delivery;

namespace Interop.Server.Tests.World;

/// <summary>
/// What an exchange has in its books, read through its public door: referrals with their histories, consents and reports; each
/// party's events; the log. All of it of one load: nobody else has written there.
/// </summary>
internal sealed class Books
{
    const string Auditor = "contraloria";

    /// <summary>Which operation of the log an entry of a history comes of; <c>sent</c> comes of a consent.</summary>
    static readonly Dictionary<string, string> s_operations = new()
    {
        ["created"] = "referral.create",
        ["accepted"] = "referral.accept",
        ["scheduled"] = "referral.schedule",
        ["unattended"] = "appointment.outcome",
        ["appointment-outcome"] = "appointment.outcome",
        ["admitted"] = "referral.admit",
    };

    /// <summary>What is told of an entry of a history, to both parties.</summary>
    static readonly HashSet<string> s_told = ["sent", "accepted", "scheduled", "unattended", "admitted"];

    readonly ConcurrentDictionary<Guid, Found> _found = new();
    readonly List<string> _faults = [];
    readonly Load _load;
    List<JsonNode> _log = [];

    Books(Load load) => _load = load;

    Door Door => _load.Door;

    sealed record Found(string Matter, List<JsonNode> History, List<JsonNode> Reports, List<JsonNode> Consents);

    /// <summary>
    /// Holds the books against what was acknowledged, and each against the others. <paramref name="partner"/> has received what
    /// <see cref="Load.SubscribeAsync"/> asked for, or is waited for.
    /// </summary>
    public static async Task BalanceAsync(Load load, Partner? partner = null)
    {
        var books = new Books(load);
        await books.ReadAsync();
        books.HoldWhatWasAcknowledged();
        books.HoldNothingTwiceAndNothingElse();
        await books.HoldEventsAsync(partner);
        books.HoldTheLog();
        Assert.True(books._faults.Count == 0, $"Seed {load.Seed}:\n{string.Join('\n', books._faults.Take(30))}\n{books._faults.Count} in all.");
    }

    /// <summary>Only that what was acknowledged in these stories is there: quick, between two rounds.</summary>
    public static async Task HasAcknowledgedAsync(Load load, IEnumerable<Story> stories)
    {
        var books = new Books(load);
        // A story that was told to end as it began has no deed.
        await books.ReadAsync([.. stories.Select(s => s.Deeds.FirstOrDefault()?.Answer?.Id).OfType<Guid>()]);
        books.HoldWhatWasAcknowledged(stories);
        Assert.True(books._faults.Count == 0, $"Seed {load.Seed}:\n{string.Join('\n', books._faults)}");
    }

    async Task ReadAsync()
    {
        var referrals = await Door.AllAsync(Load.Court, "/v1/referrals");
        await ReadAsync([.. referrals.Select(r => Guid.Parse(r["id"]!.ToString()))]);
        // Numbered when it is asked for: what was committed by now is in it.
        _log = await Door.AllAsync(Auditor, "/v1/audit/entries");
    }

    Task ReadAsync(IReadOnlyCollection<Guid> referrals) => Parallel.ForEachAsync(referrals, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (id, _) =>
    {
        var referral = (await Door.GetAsync(Load.Court, $"/v1/referrals/{id}")).Is(200);
        var seen = await Door.GetAsync(Load.Clinic, $"/v1/referrals/{id}/history");
        var (history, reports) = seen.Status == 404 // before the person has consented
            ? ((await Door.GetAsync(Load.Court, $"/v1/referrals/{id}/history")).Is(200).Items, [])
            : (seen.Is(200).Items, await Door.AllAsync(Load.Clinic, $"/v1/referrals/{id}/compliance-updates"));
        _found[id] = new(referral["matter.number"]!, [.. history], [.. reports], await Door.AllAsync(Load.Court, $"/v1/consents?person={referral["personId"]}"));
    });

    /// <summary>Every act that was answered is there, with its entry in the history.</summary>
    void HoldWhatWasAcknowledged(IEnumerable<Story>? stories = null)
    {
        foreach (var story in stories ?? _load.Stories)
        {
            var answered = story.Deeds.Where(d => d.Answer is not null).ToList();
            if (answered.Count == 0)
                continue;
            if (!_found.TryGetValue(answered[0].Answer!.Id, out var found))
            {
                Fault(story, "was acknowledged and is not there");
                continue;
            }
            foreach (var deed in answered)
                if (!Shows(found, deed))
                    Fault(story, $"{deed.Operation} was acknowledged ({deed.Answer!.Text[..Math.Min(120, deed.Answer.Text.Length)]}) and is not there");
        }
    }

    static bool Shows(Found found, Deed deed) => deed.Operation switch
    {
        "consent.capture" => found.Consents.Any(c => IdOf(c) == deed.Answer!.Id),
        "compliance.report" => found.Reports.Any(r => IdOf(r) == deed.Answer!.Id),
        "referral.schedule" or "appointment.outcome" => found.History.Any(h => OperationOf(h) == deed.Operation && h["appointmentId"]?.ToString() == deed.Answer!["id"]),
        _ => found.History.Any(h => OperationOf(h) == deed.Operation),
    };

    /// <summary>What is there was asked for, and is there once. What nobody answered may be there or not; what was refused is not.</summary>
    void HoldNothingTwiceAndNothingElse()
    {
        var stories = _load.Stories.ToDictionary(s => s.Matter);
        foreach (var twice in _found.Values.GroupBy(f => f.Matter).Where(g => g.Count() > 1))
            Fault(stories[twice.Key], $"is there {twice.Count()} times");
        foreach (var found in _found.Values)
        {
            if (!stories.TryGetValue(found.Matter, out var story))
            {
                _faults.Add($"{found.Matter} is there, and nobody asked for it");
                continue;
            }
            foreach (var operation in s_operations.Values.Distinct())
                Count(operation, found.History.Count(h => OperationOf(h) == operation));
            Count("consent.capture", found.Consents.Count);
            Count("compliance.report", found.Reports.Count);

            void Count(string operation, int there)
            {
                var (most, answered) = (story.Deeds.Count(d => d.Operation == operation && (d.Answer is not null || !d.IsUndone)), story.Deeds.Count(d => d.Operation == operation && d.Answer is not null));
                if (there < answered || there > most)
                    Fault(story, $"{operation} was done {answered} times at least and {most} times at most, and is there {there} times");
            }
        }
    }

    /// <summary>Both parties are told of what is in the histories, of nothing else, in its order; and the partner has it all, in that order.</summary>
    async Task HoldEventsAsync(Partner? partner)
    {
        foreach (var party in (string[])[Load.Court, Load.Clinic])
        {
            var feed = await FeedAsync(party);
            var bySubject = feed.ToLookup(e => e["subject"]!.ToString(), e => e["type"]!.ToString().Split('.')[^2]);
            foreach (var (id, found) in _found)
            {
                // Reports are told to the justice side, and stand in no history.
                Same($"{party} is told of {found.Matter}", found.History.Select(h => h["act"]!.ToString()).Where(s_told.Contains), bySubject[$"referrals/{id}"].Where(t => t != "reported"));
                Same($"{party} is told of the reports on {found.Matter}", found.Reports.Where(_ => party == Load.Court).Select(_ => "reported"), bySubject[$"referrals/{id}"].Where(t => t == "reported"));
                foreach (var consent in found.Consents)
                    Same($"{party} is told of consent {IdOf(consent)}", ["granted"], bySubject[$"consents/{IdOf(consent)}"]);
            }
            var known = _found.Keys.Select(id => $"referrals/{id}").Concat(_found.Values.SelectMany(f => f.Consents).Select(c => $"consents/{IdOf(c)}")).ToHashSet();
            _faults.AddRange(feed.Where(e => !known.Contains(e["subject"]!.ToString())).Select(e => $"{party} is told of {e["subject"]}, which is not there: {e["type"]}"));
            if (partner is not null)
                await HoldArrivalsAsync(party, feed, partner);
        }
    }

    /// <summary>Each at least once, under one id; the first arrivals of a subject in its order.</summary>
    async Task HoldArrivalsAsync(string party, List<JsonNode> feed, Partner partner)
    {
        var told = feed.Select(e => e["id"]!.ToString()).ToHashSet();
        await Eventually.HoldsAsync($"all {told.Count} events arrived at {party} (seed {_load.Seed})", () => told.IsSubsetOf(Arrived().Select(r => r.Event.Id).ToHashSet()));
        var arrived = Arrived();
        _faults.AddRange(arrived.Where(r => !told.Contains(r.Event.Id)).Select(r => $"{party} received {r.Event.Type} of {r.Event.Subject}, which was never recorded"));
        var first = arrived.DistinctBy(r => r.Event.Id).ToLookup(r => r.Event.Subject!, r => r.Event.Id);
        foreach (var subject in feed.GroupBy(e => e["subject"]!.ToString(), e => e["id"]!.ToString()))
            Same($"{party} received of {subject.Key}", subject, first[subject.Key]);

        IEnumerable<Received> Arrived() => partner.Received.Where(r => r.Path == $"/{party}");
    }

    /// <summary>Each act has its one entry in the log, no entry is without its act, and the numbers go from 0 without gap or double.</summary>
    void HoldTheLog()
    {
        var numbers = _log.Select(e => e["index"]!.GetValue<long>()).Order().ToList();
        if (!numbers.SequenceEqual(Enumerable.Range(0, numbers.Count).Select(i => (long)i)))
            _faults.Add($"the log's {numbers.Count} numbers go from {numbers[0]} to {numbers[^1]}: {numbers.Count - numbers.Distinct().Count()} of them are double");
        var there = _found.SelectMany(f => f.Value.History.Select(h => (OperationOf(h), Id: f.Key)).Where(o => o.Item1 is not null)
            .Concat(f.Value.Consents.Select(c => ((string?)"consent.capture", IdOf(c))))
            .Concat(f.Value.Reports.Select(r => ((string?)"compliance.report", IdOf(r)))));
        var written = _log.Where(e => e["action"]!.ToString() is "create" or "update" && e["outcome"]!.ToString() == "permitted" && e["organisation"]!.ToString() is Load.Court or Load.Clinic
                && e["operation"]!.ToString() != "subscription.create")
            .Select(e => ((string?)e["operation"]!.ToString(), Guid.Parse(e["resourceId"]!.ToString())));
        Same("the log has, of what is there", there.Select(t => $"{t}").Order(StringComparer.Ordinal), written.Select(t => $"{t}").Order(StringComparer.Ordinal));
    }

    /// <summary>The party's events, oldest first.</summary>
    async Task<List<JsonNode>> FeedAsync(string party)
    {
        // What is recorded is relayed by a worker, a moment later.
        var expected = _found.Values.Sum(f => f.History.Count(h => s_told.Contains(h["act"]!.ToString())) + f.Consents.Count + (party == Load.Court ? f.Reports.Count : 0));
        List<JsonNode> feed = [];
        await Eventually.HoldsAsync($"{party} is told of {expected} events (seed {_load.Seed})", async () =>
        {
            var after = feed.Count == 0 ? "" : $"&after={feed[^1]["number"]}";
            var page = (await Door.GetAsync(party, $"/v1/events?limit=500{after}")).Is(200);
            feed.AddRange(page.Items);
            return page.Items.Count == 0 && feed.Count >= expected;
        });
        return feed;
    }

    void Same(string what, IEnumerable<string> expected, IEnumerable<string> found)
    {
        var (e, f) = (expected.ToList(), found.ToList());
        if (!e.SequenceEqual(f))
            _faults.Add($"{what}: [{string.Join(", ", Differences(e, f).Take(12))}]");
    }

    static IEnumerable<string> Differences(List<string> expected, List<string> found)
    {
        var (missing, more) = (Less(expected, found).Select(x => $"-{x}").ToList(), Less(found, expected).Select(x => $"+{x}").ToList());
        return missing.Count + more.Count > 0 ? missing.Concat(more) : found.Prepend("in this order:");
    }

    static List<string> Less(List<string> from, List<string> what)
    {
        var rest = from.ToList();
        what.ForEach(x => rest.Remove(x));
        return rest;
    }

    void Fault(Story story, string what) => _faults.Add($"story {story.Number} ({story.Matter}, broken off by {story.BrokenOffBy ?? "nothing"}): {what}");

    static Guid IdOf(JsonNode node) => Guid.Parse(node["id"]!.ToString());

    static string? OperationOf(JsonNode entry) => s_operations.GetValueOrDefault(entry["act"]!.ToString());
}
