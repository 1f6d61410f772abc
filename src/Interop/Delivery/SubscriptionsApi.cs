using System.Text.Json;
using Interop.Audit;
using Interop.Contracts;
using Interop.Delivery.Amqp;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Events;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Interop.Delivery;

internal static class SubscriptionsApi
{
    /// <summary>An organisation needs a handful; this bounds what each event costs.</summary>
    const int MostPerOrganisation = 100;

    public static void MapSubscriptions(this IEndpointRouteBuilder routes)
    {
        var subscriptions = routes.MapGroup("/v1/subscriptions").WithTags("Delivery");
        subscriptions.MapPost("/", Create).Does("subscription.create", Actions.Create, Scopes.SubscriptionsWrite)
            .WithSummary("Subscribe to events").Takes<SubscriptionRequest>().Gives<SubscriptionView>(201, 409, 422);
        subscriptions.MapGet("/", List).Does("subscription.list", Actions.Query, Scopes.SubscriptionsWrite)
            .WithSummary("The organisation's subscriptions").Gives<Page<SubscriptionView>>(200).Pages();
        subscriptions.MapGet("/{id}", Read).Does("subscription.read", Actions.Read, Scopes.SubscriptionsWrite)
            .WithSummary("One subscription").Gives<SubscriptionView>(200, 404);
        subscriptions.MapDelete("/{id}", Delete).Does("subscription.delete", Actions.Delete, Scopes.SubscriptionsWrite)
            .WithSummary("End a subscription and withdraw what waits").GivesNothing(404, 412);
        subscriptions.MapPost("/{id}/resume", Resume).Does("subscription.resume", Actions.Update, Scopes.SubscriptionsWrite)
            .WithSummary("Go on where it stopped").Gives<SubscriptionView>(200, 404, 412);
        subscriptions.MapPost("/{id}/rotation", Rotate).Does("subscription.rotate", Actions.Update, Scopes.SubscriptionsWrite)
            .WithSummary("A new secret; the old one signs on for a day").Gives<SubscriptionView>(200, 404, 409, 412);
        subscriptions.MapPost("/{id}/test", Test).Does("subscription.test", Actions.Create, Scopes.SubscriptionsWrite)
            .WithSummary("Send a test event").Gives<TestView>(202, 404, 412);
        subscriptions.MapGet("/{id}/deliveries", DeliveriesApi.List).Does("delivery.list", Actions.Query, Scopes.SubscriptionsWrite)
            .WithSummary("What was sent and what became of it").Gives<Page<DeliveryView>>(200, 404)
            .Asks("status", "What became of it.", codes: DeliveryStatus.All).Pages();
    }

    /// <summary>
    /// Subscribes the caller's organisation. The secret of a webhook, in the answer, is shown this once. Does not call the address:
    /// that is what <c>test</c> is for.
    /// </summary>
    internal static async Task<IResult> Create(
        Call call, Db db, Work work, AddressGuard guard, IEnumerable<ISender> senders, SubscriptionSecrets secrets, QueueTasks queues, Trail trail, CancellationToken ct)
    {
        // Names are resolved before the unit of work: no transaction waits for the network.
        var address = await AddressFaultAsync(call, guard, ct);
        var broker = senders.Any(s => s.Channel == Channels.Amqp);
        string? secret = null;
        return await call.ActAsync(
            async body =>
            {
                var request = Fields.Read(body, f => SubscriptionRequest.Read(f, address, broker), out var refusal);
                if (refusal is not null)
                    return refusal;
                if (await db.Subscriptions.CountAsync(s => s.Organisation == call.Caller.Organisation, ct) >= MostPerOrganisation)
                    return Refusal.Conflict("", "subscription.too-many", MostPerOrganisation);
                var id = Id<Subscription>.New(work.Now);
                var (made, box) = secrets.New(id);
                secret = request.Channel == Channels.Webhook ? made : null; // nobody is shown one that signs nothing
                var subscription = New(id, request, call.Caller, box, work.Now);
                db.Subscriptions.Add(subscription);
                if (request.Channel == Channels.Amqp)
                    await queues.AskAsync(QueueTask.Make, subscription, ct);
                trail.Write(call.Caller, About(id, Actions.Create, "subscription.create"));
                return new Done(201, id.ToString(), $"/v1/subscriptions/{id}");
            },
            done => ShowAsync(db, call, done, secret, ct),
            ct);
    }

    /// <summary>The caller's own subscriptions, newest first.</summary>
    internal static Task<IResult> List(HttpContext http, Call call, Db db, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        var (limit, cursor) = (query.Limit(), query.CursorId());
        if (query.Refusal() is { } refusal)
            return Task.FromResult(refusal.ToResult());
        return call.ReadAsync<Page<SubscriptionView>>(async () =>
        {
            // At most a hundred rows.
            var own = await db.Subscriptions.AsNoTracking().Where(s => s.Organisation == call.Caller.Organisation).ToListAsync(ct);
            var rest = own.OrderByDescending(s => s.Id.Value).Where(s => cursor is null || s.Id.Value < cursor).ToList();
            trail.Write(call.Caller, new(Actions.Query, "subscription.list"));
            return new Page<SubscriptionView>([.. rest.Take(limit).Select(s => SubscriptionView.Of(s))], rest.Count > limit ? Query.WriteCursor(rest[limit - 1].Id.Value) : null);
        }, ct);
    }

    /// <summary>One of the caller's own subscriptions: its status, and since when it fails.</summary>
    internal static Task<IResult> Read(Id<Subscription> id, Call call, Db db, Trail trail, CancellationToken ct) =>
        call.ReadAsync<SubscriptionView>(async () =>
        {
            if (await OwnAsync(db, call, id, ct) is not { } subscription)
                return Refusal.NotFound;
            trail.Write(call.Caller, About(id, Actions.Read, "subscription.read"));
            return SubscriptionView.Of(subscription);
        }, ct);

    /// <summary>Ends a subscription. What waits is withdrawn; what is under way may still arrive within ten seconds. A queue is removed, with what is in it.</summary>
    internal static Task<IResult> Delete(Id<Subscription> id, Call call, Db db, Engine engine, QueueTasks queues, Trail trail, CancellationToken ct) =>
        call.ActAsync<Nothing>(
            async _ =>
            {
                await engine.LeaseAsync(db, Lease.Relay, ct); // the relay adds no row to what is being deleted
                if (await OwnAsync(db, call, id, ct) is not { } subscription)
                    return Refusal.NotFound;
                if (call.CheckVersion(subscription.Version) is { } stale)
                    return stale;
                await db.Deliveries.Where(d => d.SubscriptionId == id).ExecuteDeleteAsync(ct); // their attempts with them
                await db.Subscriptions.Where(s => s.Id == id).ExecuteDeleteAsync(ct);
                if (subscription.Channel == Channels.Amqp)
                    await queues.AskAsync(QueueTask.Remove, subscription, ct);
                trail.Write(call.Caller, About(id, Actions.Delete, "subscription.delete"));
                return new Done(204, id.ToString());
            },
            _ => Task.FromResult<Answer<Nothing>>(new Nothing()),
            ct);

    /// <summary>Sends on from where it stopped: everything that waits is due now, in order, its retry schedule begun anew.</summary>
    internal static Task<IResult> Resume(Id<Subscription> id, Call call, Db db, Suspension suspension, Trail trail, CancellationToken ct) =>
        ChangeAsync(id, "subscription.resume", call, db, trail, async s =>
        {
            await suspension.ResumeAsync(s, call.Caller.Client, ct);
            return null;
        }, null, ct);

    /// <summary>
    /// Makes a new secret, shown this once. For 24 hours every webhook carries a signature by the old one too. A queue has none: its
    /// readers' passwords are the broker's.
    /// </summary>
    internal static Task<IResult> Rotate(Id<Subscription> id, Call call, Db db, Work work, SubscriptionSecrets secrets, Trail trail, CancellationToken ct)
    {
        string? secret = null;
        return ChangeAsync(id, "subscription.rotate", call, db, trail, s =>
        {
            if (s.Channel != Channels.Webhook)
                return Task.FromResult<Refusal?>(Refusal.Conflict("", "subscription.no-secret"));
            secret = secrets.Rotate(s, work.Now);
            s.UpdatedAt = work.Now;
            s.Version++;
            return Task.FromResult<Refusal?>(null);
        }, () => secret, ct);
    }

    /// <summary>
    /// Sends <c>org.interop.test.v1</c> through the same queue to this subscription alone; once, where it is suspended. Answers with
    /// the id of the delivery; what became of it is in the list of deliveries.
    /// </summary>
    internal static Task<IResult> Test(Id<Subscription> id, Call call, Db db, Work work, EventLog events, Trail trail, CancellationToken ct) =>
        call.ActAsync<TestView>(
            async body =>
            {
                if (await OwnAsync(db, call, id, ct) is not { } subscription)
                    return Refusal.NotFound;
                if (call.CheckVersion(subscription.Version) is { } stale)
                    return stale;
                if (ReadNothing(body) is { } refusal)
                    return refusal;
                var subject = $"tests/{Randomness.Version7(work.Now)}"; // a lane of its own
                var test = await events.RecordAsync(EventTypes.Test, subject, 1, null, [], null, new TestEventData(call.Text("delivery.test")), ct);
                await work.SaveAsync(ct); // the event before the delivery that names it: the mapper does not know that key
                var delivery = Relay.New(test, id, work.Now, work.Now);
                db.Deliveries.Add(delivery);
                work.Raise(Signal.DeliveriesDue);
                trail.Write(call.Caller, About(id, Actions.Create, "subscription.test"));
                return new Done(202, delivery.Id.ToString("D"), $"/v1/subscriptions/{id}/deliveries");
            },
            async done =>
            {
                var key = Guid.ParseExact(done.Subject, "D");
                var row = await db.Deliveries.AsNoTracking().SingleOrDefaultAsync(d => d.Id == key && d.SubscriptionId == id, ct);
                return row is null ? Refusal.NotFound : new TestView(row.Id, row.EventId, row.Status);
            },
            ct);

    static Task<IResult> ChangeAsync(Id<Subscription> id, string operation, Call call, Db db, Trail trail, Func<Subscription, Task<Refusal?>> change, Func<string?>? secret, CancellationToken ct) =>
        call.ActAsync(
            async body =>
            {
                if (await OwnAsync(db, call, id, ct) is not { } subscription)
                    return Refusal.NotFound;
                if (call.CheckVersion(subscription.Version) is { } stale)
                    return stale;
                if (ReadNothing(body) is { } refusal)
                    return refusal;
                if (await change(subscription) is { } refused)
                    return refused;
                trail.Write(call.Caller, About(id, Actions.Update, operation));
                return new Done(200, id.ToString());
            },
            done => ShowAsync(db, call, done, secret?.Invoke(), ct),
            ct);

    static async Task<Answer<SubscriptionView>> ShowAsync(Db db, Call call, Done done, string? secret, CancellationToken ct) =>
        await OwnAsync(db, call, new(Guid.ParseExact(done.Subject, "D")), ct) is { } subscription ? SubscriptionView.Of(subscription, secret) : Refusal.NotFound;

    internal static Task<Subscription?> OwnAsync(Db db, Call call, Id<Subscription> id, CancellationToken ct) =>
        db.Subscriptions.SingleOrDefaultAsync(s => s.Id == id && s.Organisation == call.Caller.Organisation, ct);

    static Refusal? ReadNothing(JsonElement body)
    {
        Fields.Read(body, _ => true, out var refusal);
        return refusal;
    }

    static async Task<Fault?> AddressFaultAsync(Call call, AddressGuard guard, CancellationToken ct)
    {
        var (body, _, refusal) = await call.ReadBodyAsync(ct);
        if (refusal is not null || body.ValueKind is not JsonValueKind.Object || !body.TryGetProperty("url", out var url) || url.ValueKind is not JsonValueKind.String)
            return null;
        try
        {
            return await guard.CheckAsync("url", url.GetString()!, ct);
        }
        catch (InvalidOperationException) // half of a surrogate pair; the fields say so
        {
            return null;
        }
    }

    static Subscription New(Id<Subscription> id, SubscriptionRequest r, Caller caller, byte[] secret, DateTimeOffset now) => new()
    {
        Id = id,
        Version = 1,
        Organisation = caller.Organisation,
        OrganisationKind = caller.Kind,
        Client = caller.Client,
        Channel = r.Channel,
        Url = r.Url,
        Events = r.Events,
        Payload = r.Payload!,
        Status = SubscriptionStatus.Active,
        Secret = secret,
        EarlierSecrets = [],
        CreatedAt = now,
        UpdatedAt = now,
    };

    static Record About(Id<Subscription> id, string action, string operation) =>
        new(action, operation) { ResourceType = "Subscription", ResourceId = id.ToString() };
}
