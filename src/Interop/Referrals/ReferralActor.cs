using System.Text.Json;
using Interop.Audit;
using Interop.Consent;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Referrals;

/// <summary>
/// How every act on a referral goes: lock, see it as its maker sees it (404), hold If-Match against that (412), read the body
/// (422), ask whether the state allows it (409), move, and answer with the view as it is then.
/// </summary>
internal sealed class ReferralActor(Call call, Db db, Work work, Gate gate, ReferralReader reader, ReferralBook book, ReferralSight sight)
{
    /// <summary>An act that is one move.</summary>
    public Task<IResult> MoveAsync<T>(Id<Referral> id, string operation, Move move, Func<Fields, T> read, Func<T, MoveDetails> details, CancellationToken ct) where T : class =>
        ActAsync(id, MoveOf(operation, move, read, details, ct), ct);

    public Act<T> MoveOf<T>(string operation, Move move, Func<Fields, T> read, Func<T, MoveDetails> details, CancellationToken ct) where T : class => new(
        operation, read,
        (referral, request) => MoveAsync(referral, move, details(request), ct),
        seen => move.Refuse(seen.Status)
            ?? (move == Moves.ConfirmCancellation && seen.Last(move.Act) is not null ? Refusal.Conflict("", "referral.confirmed") : null));

    /// <summary>An act that answers with the referral.</summary>
    public Task<IResult> ActAsync<T>(Id<Referral> id, Act<T> act, CancellationToken ct) where T : class => ActAsync(
        id, act, async (referral, request) => { await act.Apply(referral, request); return new Done(200, id.ToString()); }, _ => ShowAsync(id, act.Operation, sight.View, ct), ct);

    /// <summary>An act that answers with something of its own.</summary>
    public Task<IResult> ActAsync<T, TView>(Id<Referral> id, Act<T> act, Func<Referral, T, Task<Done>> apply, Func<Done, Task<Answer<TView>>> view, CancellationToken ct)
        where T : class where TView : class =>
        call.ActAsync(body => ActOnceAsync(id, body, act, apply, versionRequired: false, ct), view, ct);

    public Task MoveAsync(Referral referral, Move move, MoveDetails details, CancellationToken ct)
    {
        // A court cancels what it sees as open. Where it may not know that treatment has ended, that stays as it is.
        if (move == Moves.Cancel && !Statuses.Open.Contains(referral.Status))
            details = details with { InEyesOfJusticeOnly = true };
        return book.ApplyAsync(referral, move, call.Caller, details, ct);
    }

    public Task SaveAsync(CancellationToken ct) => work.SaveAsync(ct);

    public Task<Answer<T>> ShowAsync<T>(Id<Referral> id, string operation, Func<Disclosure, ReferralRecord, T> view, CancellationToken ct) where T : class =>
        ShowAsync(id, operation, (disclosure, record) => Task.FromResult(view(disclosure, record)), ct);

    public async Task<Answer<T>> ShowAsync<T>(Id<Referral> id, string operation, Func<Disclosure, ReferralRecord, Task<T>> view, CancellationToken ct) where T : class
    {
        if (await book.FindAsync(id, ct) is not { } found)
            return Refusal.NotFound;
        if (call.IsRepeat)
            await gate.OpenAsync([found.PersonId.Value], ct);
        var record = await reader.LoadAsync(id, ct);
        return gate.Disclose(call.Caller, record.Referral.Facts, new(call.IsRepeat ? Actions.Read : Actions.Update, operation), acting: true) is { } disclosure
            ? await view(disclosure, record)
            : gate.Denied(record.Referral.Facts);
    }

    public Task<Answer<ScheduledView>> ShowAppointmentAsync(Id<Referral> id, Id<Appointment> appointment, string operation, CancellationToken ct) =>
        ShowAsync(id, operation, (disclosure, record) =>
        {
            var a = record.Appointments.Single(a => a.Id == appointment);
            var view = sight.View(disclosure, record);
            return new ScheduledView(a.Id, id, a.At, a.Kind, a.Outcome ?? "scheduled", a.Outcome, view.Version, view);
        }, ct);

    /// <summary>The act itself, in a unit of work that the caller of this has begun.</summary>
    public Task<Answer<Done>> ActOnceAsync<T>(Id<Referral> id, JsonElement body, Act<T> act, Func<Referral, T, Task<Done>> apply, bool versionRequired, CancellationToken ct) where T : class
    {
        var request = Fields.Read(body, act.Read, out var invalid);
        return ActOnceAsync(id, request, invalid, act, apply, versionRequired, ct);
    }

    /// <summary>The same for a request that another face has read in its own way: REST and FHIR share the rules.</summary>
    /// <param name="invalid">What is wrong with the request; said only when it is its turn.</param>
    public async Task<Answer<Done>> ActOnceAsync<T>(Id<Referral> id, T request, Refusal? invalid, Act<T> act, Func<Referral, T, Task<Done>> apply, bool versionRequired, CancellationToken ct) where T : class
    {
        if (await book.FindAsync(id, ct) is not { } found)
            return Refusal.NotFound;
        var others = invalid is null && act.AlsoLock is { } also ? await also(request) : [];
        await gate.OpenAsync([found.PersonId.Value, .. others], ct, exclusive: act.Exclusive || others.Any(o => o != found.PersonId.Value));
        var referral = await book.TakeAsync(id, ct);
        if (gate.Decide(call.Caller.Organisation, call.Caller.Kind, referral.Facts, acting: true) is not { } disclosure)
            return gate.Denied(referral.Facts);
        if (disclosure.Standing is Standing.Named or Standing.Ordered or Standing.Emergency)
            return Refusal.Forbidden; // it may see the referral, and is told so; acting on it is the referrer's
        if (act.Exists is { } exists && !await exists(referral))
            return Refusal.NotFound.Of(found.PersonId.Value, "Referral", id.Value);
        var seen = Seen.Of(disclosure, await db.ReferralEntries.AsNoTracking().Where(e => e.ReferralId == id).ToListAsync(ct));
        var refusal = call.CheckVersion(seen.Version, versionRequired) ?? invalid;
        if (refusal is null && act.Check is { } check)
            refusal = await check(referral, request);
        refusal ??= act.Refuse(seen);
        return refusal is null ? await apply(referral, request) : refusal;
    }
}

/// <summary>What one act on a referral reads, does, and is refused for.</summary>
/// <param name="Read">The body; its faults are a 422.</param>
/// <param name="Apply">The change.</param>
/// <param name="Refuse">409, by the state as its maker sees it.</param>
internal sealed record Act<T>(string Operation, Func<Fields, T> Read, Func<Referral, T, Task> Apply, Func<Seen, Refusal?> Refuse)
{
    /// <summary>Further persons whom it links, and so locks.</summary>
    public Func<T, Task<IReadOnlyList<Guid>>>? AlsoLock { get; init; }

    /// <summary>404 where what the path names under the referral is not there.</summary>
    public Func<Referral, Task<bool>>? Exists { get; init; }

    /// <summary>422 that only the database can tell.</summary>
    public Func<Referral, T, Task<Refusal?>>? Check { get; init; }

    /// <summary>It changes a consent or a link: alone with the person.</summary>
    public bool Exclusive { get; init; }
}
