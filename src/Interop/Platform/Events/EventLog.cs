using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Interop.Platform.Events;

/// <summary>Something that happened, recorded in the transaction in which it happened (P1). Never changed; relayed once.</summary>
internal sealed class RecordedEvent
{
    public required Guid Id { get; init; }

    /// <summary>CloudEvents type: <c>org.interop.referral.sent.v1</c>.</summary>
    public required string Type { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>What it is about, in the domain's words; a lane keeps the order of one subject.</summary>
    public required string Subject { get; init; }

    /// <summary>Rises with every event of one subject.</summary>
    public required long Position { get; init; }
    public Guid? PersonId { get; init; }

    /// <summary>
    /// Whom it may concern, at the time: organisations, each of which the gate still decides on. Those that a consent for the
    /// matter names join when it is relayed.
    /// </summary>
    public required IReadOnlyList<string> Audience { get; init; }

    /// <summary>What the gate decides on, as the Consent module wrote it; null where the event tells of no person.</summary>
    public string? Facts { get; init; }

    /// <summary>The id-only data of the CloudEvent, as JSON.</summary>
    public required string Data { get; init; }
    public string? TraceParent { get; init; }
    public DateTimeOffset? RelayedAt { get; init; }

    /// <summary>The subject of an event whose person was erased.</summary>
    public const string Erased = "erased";

    public bool IsErased => Subject == Erased;
}

/// <summary>A module's answer to an event, in the same transaction; its class name is the sentence.</summary>
internal interface IReaction
{
    bool IsTo(RecordedEvent e);

    Task ReactAsync(RecordedEvent e, CancellationToken ct);
}

/// <summary>The one way to record an event.</summary>
internal sealed class EventLog(Work work, WhenAsked<IEnumerable<IReaction>> reactions)
{
    public async Task<RecordedEvent> RecordAsync(string type, string subject, long position, Guid? person, IReadOnlyList<string> audience, string? facts, object data, CancellationToken ct)
    {
        var e = new RecordedEvent
        {
            Id = Randomness.Version7(work.Now),
            Type = type,
            At = work.Now,
            Subject = subject,
            Position = position,
            PersonId = person,
            Audience = [.. audience.Distinct()],
            Facts = facts,
            Data = JsonSerializer.Serialize(data, data.GetType(), Http.Json.Options),
            TraceParent = Activity.Current?.Id,
        };
        work.Insert(e);
        work.Raise(Signal.EventsRecorded);
        work.Count(PlatformMetrics.EventsRecorded, ("type", type));
        foreach (var reaction in reactions.Value)
            if (reaction.IsTo(e))
                await reaction.ReactAsync(e, ct);
        return e;
    }
}

/// <summary>How much waits for the relay, and how long it has.</summary>
internal sealed class RelayGauge : IGauge
{
    public async Task SampleAsync(Db db, DateTimeOffset now, CancellationToken ct)
    {
        var waiting = db.RecordedEvents.AsNoTracking().Where(e => e.RelayedAt == null);
        PlatformMetrics.Unrelayed.Record(await waiting.OrderBy(e => e.At).Take(Gauges.Most).CountAsync(ct));
        var oldest = await waiting.OrderBy(e => e.At).ThenBy(e => e.Id).Select(e => (DateTimeOffset?)e.At).FirstOrDefaultAsync(ct);
        PlatformMetrics.RelayAge.Record(oldest is { } at ? (now - at).TotalSeconds : 0);
    }
}

internal static class EventTables
{
    extension(Db db)
    {
        public DbSet<RecordedEvent> RecordedEvents => db.Set<RecordedEvent>();
    }

    public static Tables Tables { get; } = new(model =>
    {
        var e = model.Entity<RecordedEvent>().ToTable("recorded_events", "platform");
        e.HasKey(x => x.Id);
        e.Property(x => x.Audience).AsJson();
        e.Ignore(x => x.IsErased);
    });
}
