using Interop.Consent;
using Interop.Contracts;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Events;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Interop.Referrals;

/// <summary>What a move carries beside itself.</summary>
internal sealed record MoveDetails
{
    public string? Reason { get; init; }
    public string? Discharge { get; init; }
    public Id<Appointment>? Appointment { get; init; }
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>The maker saw an open referral where there was a closed one: see <see cref="ReferralEntry.SeenAs"/>.</summary>
    public bool InEyesOfJusticeOnly { get; init; }
}

/// <summary>The door of the module: finds referrals and moves them, state, entry, timers and event in one.</summary>
internal sealed class ReferralBook(Db db, Engine engine, Work work, EventLog events, IOptions<ReferralOptions> options)
{
    /// <summary>As it was committed; for whom it concerns and whom to lock.</summary>
    public Task<Referral?> FindAsync(Id<Referral> id, CancellationToken ct) => db.Referrals.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, ct);

    /// <summary>To be changed: nobody else changes it until this unit of work ends. Take the person's lock first.</summary>
    /// <exception cref="DbUpdateConcurrencyException">It was erased since it was found: begun anew, this unit of work does not find it.</exception>
    public async Task<Referral> TakeAsync(Id<Referral> id, CancellationToken ct) => await FindToChangeAsync(id, ct) ?? throw new DbUpdateConcurrencyException();

    /// <summary>The same, of one that may be there no more.</summary>
    public async Task<Referral?> FindToChangeAsync(Id<Referral> id, CancellationToken ct) =>
        (await engine.TakeAsync(db.Referrals, "select * from referrals where id = {0}", id.Value, ct)).SingleOrDefault();

    public async Task<ReferralEntry> ApplyAsync(Referral referral, Move move, Caller by, MoveDetails details, CancellationToken ct)
    {
        var now = work.Now;
        var before = referral.Facts;
        referral.Version++;
        referral.UpdatedAt = now;
        var entry = new ReferralEntry
        {
            ReferralId = referral.Id,
            Version = referral.Version,
            At = now,
            Act = move.Act,
            Status = details.InEyesOfJusticeOnly ? null : move.To,
            SeenAs = details.InEyesOfJusticeOnly ? move.To : null,
            Provider = referral.Provider,
            By = by.Organisation,
            Client = by.Client,
            Actor = by.Actor,
            Content = move.Content,
            Category = move.Category,
            OccurredAt = details.OccurredAt,
            Reason = details.Reason,
            Discharge = details.Discharge,
            AppointmentId = details.Appointment,
        };
        work.Insert(entry);
        work.Count(ReferralMetrics.Moves, ("act", move.Act));
        if (move == Moves.Cancel)
            referral.CancellationConfirmed = !referral.Accepted;
        else if (move == Moves.ConfirmCancellation)
            referral.CancellationConfirmed = true;
        if (entry.Status is { } status)
        {
            referral.Status = status;
            referral.Accepted |= status == Statuses.Accepted;
            if (move != Moves.Create)
                await SetTimersAsync(referral, status, now, ct);
        }
        else if (move == Moves.ScheduleAgain && referral.Status == Statuses.Scheduled)
            await SetTimersAsync(referral, referral.Status, now, ct);
        if (move.Event is { } type)
            await events.RecordAsync(type, $"referrals/{referral.Id}", ++referral.Events, referral.PersonId.Value, [referral.Referrer, referral.Provider],
                Gate.Write(before, entry.ToContent()), new ReferralEventData(referral.Id.Value, referral.Version, $"/v1/referrals/{referral.Id}"), ct);
        return entry;
    }

    /// <summary>A report came: the next one is due a period later.</summary>
    public async Task ReportedAsync(Referral referral, string category, CancellationToken ct)
    {
        if (referral.Reporting.FirstOrDefault(r => r.Category == category) is not { } reporting)
            return;
        if (await db.ReferralTimers.SingleOrDefaultAsync(t => t.ReferralId == referral.Id && t.Kind == TimerKinds.Report && t.Category == category, ct) is { } timer)
            timer.Due = work.Now + TimerKinds.Period(reporting);
    }

    async Task SetTimersAsync(Referral referral, string status, DateTimeOffset now, CancellationToken ct)
    {
        var open = await db.ReferralTimers.Where(t => t.ReferralId == referral.Id).ToListAsync(ct);
        var reports = status is Statuses.Admitted or Statuses.OnHold;
        var left = open.Where(t => !reports || t.Kind != TimerKinds.Report).ToList();
        db.ReferralTimers.RemoveRange(left);
        if (reports)
        {
            foreach (var reporting in referral.Reporting.Where(r => open.All(t => t.Kind != TimerKinds.Report || t.Category != r.Category)))
                db.ReferralTimers.Add(new() { ReferralId = referral.Id, Kind = TimerKinds.Report, Category = reporting.Category, Due = now + TimerKinds.Period(reporting) });
            return;
        }
        if (left.Count > 0)
            await db.SaveChangesAsync(ct); // the row of the state that was left makes room for one of the same kind
        var appointments = status == Statuses.Scheduled ? await db.Appointments.Where(a => a.ReferralId == referral.Id && a.Provider == referral.Provider).ToListAsync(ct) : [];
        if (TimerKinds.Of(status, now, referral, appointments.Select(a => (DateTimeOffset?)a.At).Max(), options.Value) is { } timer)
            db.ReferralTimers.Add(new() { ReferralId = referral.Id, Kind = timer.Kind, Category = "", Due = timer.Due });
    }
}

/// <summary>A person's consent lets the referrals that waited for it leave.</summary>
internal sealed class SendReferralsOnConsent(Db db, Gate gate, ReferralBook book, Persons.PersonRegister persons) : IReaction
{
    public bool IsTo(RecordedEvent e) => e.Type == EventTypes.ConsentGranted;

    public async Task ReactAsync(RecordedEvent e, CancellationToken ct)
    {
        var person = new Id<Persons.Person>(e.PersonId!.Value);
        foreach (var waiting in await db.Referrals.AsNoTracking().Where(r => r.PersonId == person && r.Status == Statuses.AwaitingConsent).ToListAsync(ct))
            await SendIfConsentedAsync(waiting.Id, ct);
    }

    public async Task<bool> SendIfConsentedAsync(Id<Referral> id, CancellationToken ct) => await SendIfConsentedAsync(await book.TakeAsync(id, ct), ct);

    /// <param name="referral">Taken, or new in this unit of work.</param>
    public async Task<bool> SendIfConsentedAsync(Referral referral, CancellationToken ct)
    {
        if (referral.Status != Statuses.AwaitingConsent || !gate.MayLeave(referral.Facts))
            return false;
        await persons.MakeKnownAsync(referral.PersonId, referral.Provider, ct);
        await book.ApplyAsync(referral, Moves.Send, Caller.Exchange, new(), ct);
        return true;
    }
}
