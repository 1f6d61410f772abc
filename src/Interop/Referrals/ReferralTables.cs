using Interop.Consent;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Referrals;

/// <summary>What the court wants to be told of, how often (ISO 8601 duration).</summary>
internal sealed record Reporting(string Category, string Every);

/// <summary>A referral to treatment as it stands. How it came to stand so is in its entries.</summary>
internal sealed class Referral
{
    public required Id<Referral> Id { get; init; }

    /// <summary>How many entries it has. What a party is shown counts only the entries that it may see.</summary>
    public required int Version { get; set; }
    public required Id<Person> PersonId { get; init; }
    public required Id<Matter> MatterId { get; init; }
    public required string Referrer { get; init; }
    public required string Provider { get; set; }
    public required string Status { get; set; }
    public required string Intercept { get; init; }
    public required int SequentialIntercept { get; init; }
    public required string Service { get; init; }
    public required IReadOnlyList<string> Needs { get; init; }
    public required IReadOnlyList<Reporting> Reporting { get; init; }
    public string? Note { get; init; }
    public DateTimeOffset? RespondBy { get; init; }

    /// <summary>How many events were recorded of it: their order.</summary>
    public required long Events { get; set; }

    /// <summary>The present provider has accepted it once.</summary>
    public required bool Accepted { get; set; }

    /// <summary>Cancelled, and the provider who had accepted it has confirmed so; or it had nothing to confirm.</summary>
    public required bool CancellationConfirmed { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }

    public ReferralFacts Facts => new(Id.Value, PersonId.Value, MatterId.Value, Referrer, Provider, Accepted);
}

/// <summary>One thing that happened to a referral: who, when, why. Never changed.</summary>
internal sealed class ReferralEntry
{
    public required Id<Referral> ReferralId { get; init; }
    public required int Version { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Act { get; init; }

    /// <summary>The status it led to; null where it left the status as it was.</summary>
    public string? Status { get; init; }

    /// <summary>
    /// The status it led to in the eyes of the justice side alone: a court that may not know that treatment had ended cancels what
    /// it sees as open, and must not learn from a refusal what it may not know.
    /// </summary>
    public string? SeenAs { get; init; }

    /// <summary>Whose referral it was at the time.</summary>
    public required string Provider { get; init; }
    public required string By { get; init; }
    public required string Client { get; init; }
    public string? Actor { get; init; }
    public required ContentKind Content { get; init; }
    public string? Category { get; init; }
    public DateTimeOffset? OccurredAt { get; init; }
    public string? Reason { get; init; }
    public string? Discharge { get; init; }
    public Id<Appointment>? AppointmentId { get; init; }

    public Content ToContent() => new(Content, Provider, By, Category, OccurredAt);
}

internal sealed class Appointment
{
    public required Id<Appointment> Id { get; init; }
    public required Id<Referral> ReferralId { get; init; }
    public required string Provider { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Kind { get; init; }
    public string? Outcome { get; set; }
    public DateTimeOffset? OutcomeAt { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>When an open state must have led to something. A lapse is an event: no referral goes silent.</summary>
internal sealed class ReferralTimer
{
    public required Id<Referral> ReferralId { get; init; }
    public required string Kind { get; init; }

    /// <summary>Of a report: its category; else empty.</summary>
    public required string Category { get; init; }
    public required DateTimeOffset Due { get; set; }
}

internal static class ReferralTables
{
    extension(Db db)
    {
        public DbSet<Referral> Referrals => db.Set<Referral>();
        public DbSet<ReferralEntry> ReferralEntries => db.Set<ReferralEntry>();
        public DbSet<Appointment> Appointments => db.Set<Appointment>();
        public DbSet<ReferralTimer> ReferralTimers => db.Set<ReferralTimer>();
    }

    public static Tables Tables { get; } = new(model =>
    {
        var referral = model.Entity<Referral>().ToTable("referrals", "referrals");
        referral.HasKey(r => r.Id);
        referral.Property(r => r.Version).IsConcurrencyToken();
        referral.Property(r => r.Needs).AsJson();
        referral.Property(r => r.Reporting).AsJson();
        referral.Ignore(r => r.Facts);
        var entry = model.Entity<ReferralEntry>().ToTable("referral_entries", "referrals");
        entry.HasKey(e => new { e.ReferralId, e.Version });
        entry.Property(e => e.Content).HasConversion<string>();
        model.Entity<Appointment>().ToTable("appointments", "referrals").HasKey(a => a.Id);
        model.Entity<ReferralTimer>().ToTable("referral_timers", "referrals").HasKey(t => new { t.ReferralId, t.Kind, t.Category });
    }, typeof(Referral), typeof(Appointment));
}
