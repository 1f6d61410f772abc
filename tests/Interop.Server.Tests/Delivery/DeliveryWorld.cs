using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json;
using Interop.Audit;
using Interop.Consent;
using Interop.Contracts;
using Interop.Delivery;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Events;
using Interop.Platform.Http;
using Interop.Server.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Interop.Server.Tests.Delivery;

/// <summary>The exchange with its own clock and without running workers: a test runs each batch itself.</summary>
internal sealed class DeliveryWorld : IAsyncDisposable
{
    public const string Court = "juzgado-central";
    public const string Provider = "centro-esperanza";

    readonly string _folder = System.IO.Directory.CreateTempSubdirectory("interop-delivery").FullName;
    readonly WebApplication _app;
    readonly Storage _storage;

    DeliveryWorld(Storage storage)
    {
        _storage = storage;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["INTEROP_DATA"] = _folder,
            ["ConnectionStrings:Interop"] = storage.ConnectionString,
            ["Delivery:AllowedNetworks"] = "127.0.0.0/8",
            ["Identity:Issuer"] = "https://exchange.example",
        });
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddInterop(builder.Configuration);
        // The mapper keeps one model for an engine in a process: the first that is made must be the whole program's.
        builder.Services.AddSingleton(Interop.Identity.ClientTables.Tables).AddSingleton(Interop.Fhir.FhirTables.Tables);
        builder.Services.AddScoped<IReferralSeen>(_ => new SeenTimesTen());
        builder.Services.RemoveAll<IReaction>(); // what other modules do about an event is theirs to test
        builder.Services.RemoveWorkers();
        _app = builder.Build();
        _app.UseRouting();
        _app.Use((http, next) =>
        {
            if (http.Request.Headers["organisation"].ToString() is { Length: > 0 } organisation)
            {
                var kind = KindOf(organisation);
                http.User = new(new ClaimsIdentity(
                [
                    new(Doorkeeper.OrganisationClaim, organisation), new(Doorkeeper.KindClaim, kind.Code), new(Doorkeeper.ClientClaim, organisation),
                    new(Doorkeeper.ScopeClaim, string.Join(' ', Scopes.For(kind))),
                ], "test"));
            }
            return next(http);
        });
        _app.Use((http, next) => EveryCallIsAudited.InvokeAsync(http, new(next)));
        _app.Use((http, next) => Doorkeeper.InvokeAsync(http, new(next)));
        _app.MapDelivery();
    }

    public static async Task<DeliveryWorld> StartAsync(Storage storage)
    {
        Assert.SkipWhen(storage.Missing is not null, storage.Missing ?? "");
        await storage.CreateAsync();
        var world = new DeliveryWorld(storage);
        await using (var scope = world._app.Services.CreateAsyncScope())
            await scope.ServiceProvider.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None);
        await world._app.StartAsync();
        await world.Partner.StartAsync();
        return world;
    }

    public FakeTime Time { get; } = new();

    public Partner Partner { get; } = new();

    // What happens.

    public Guid Person { get; } = Guid.CreateVersion7(DateTimeOffset.UnixEpoch);

    public Guid Matter { get; } = Guid.CreateVersion7(DateTimeOffset.UnixEpoch);

    /// <summary>An event of a referral that the court may be told of only while <see cref="ConsentAsync"/>'s consent is in force.</summary>
    public Task<Guid> HappenAsync(Guid referral, long position, string type = EventTypes.ReferralAdmitted) =>
        RecordAsync(type, $"referrals/{referral}", position, [Court], new ReferralEventData(referral, position, $"/v1/referrals/{referral}"),
            Gate.Write(new(referral, Person, Matter, Court, Provider, Accepted: true), new(ContentKind.Category, Provider, Provider, Categories.TreatmentStatus, Time.GetUtcNow())), Person);

    /// <summary>An event that tells of no person.</summary>
    public Task<Guid> DisposeOfAsync(Guid matter, long position, string organisation = Court) =>
        RecordAsync(EventTypes.MatterDisposed, $"matters/{matter}", position, [organisation], new MatterEventData(matter, $"/v1/matters/{matter}"), null, null);

    async Task<Guid> RecordAsync(string type, string subject, long position, IReadOnlyList<string> audience, EventData data, string? facts, Guid? person)
    {
        var id = Guid.Empty;
        await InWorkAsync(async services =>
            id = (await services.GetRequiredService<EventLog>().RecordAsync(type, subject, position, person, audience, facts, data, CancellationToken.None)).Id);
        return id;
    }

    public async Task<Id<ConsentGiven>> ConsentAsync()
    {
        var id = Id<ConsentGiven>.New(Time.GetUtcNow());
        await InWorkAsync(services =>
        {
            services.GetRequiredService<Db>().Consents.Add(new()
            {
                Id = id, Version = 1, PersonId = new Id<Person>(Person), Kind = Kinds.JusticeMonitoring, MatterId = new(Matter), Discloser = Provider,
                Recipients = [Court], Purposes = [Purposes.JusticeMonitoring], Categories = [Categories.TreatmentStatus],
                From = Time.GetUtcNow().AddDays(-1), Until = Time.GetUtcNow().AddYears(1), Signature = new("paper", Time.GetUtcNow(), "P", null),
                Language = "es", CapturedBy = Provider, CreatedAt = Time.GetUtcNow(), BegunAt = Time.GetUtcNow(),
            });
            return Task.CompletedTask;
        });
        return id;
    }

    public Task RevokeAsync(Id<ConsentGiven> id) => InWorkAsync(async services =>
    {
        await services.GetRequiredService<Gate>().OpenAsync([Person], CancellationToken.None, exclusive: true);
        var consent = await services.GetRequiredService<Db>().Consents.SingleAsync(c => c.Id == id);
        (consent.EndedAt, consent.EndedBy, consent.Version) = (Time.GetUtcNow(), ConsentEnds.Revoked, 2);
    });

    // What the exchange does.

    public Task<int> RelayAsync() => In(s => s.GetRequiredService<Relay>().RunOnceAsync(CancellationToken.None));

    public Task<int> DispatchAsync() => In(s => s.GetRequiredService<Dispatcher>().RunOnceAsync(CancellationToken.None));

    public async Task RunAsync()
    {
        while (await RelayAsync() + await DispatchAsync() > 0)
        {
        }
    }

    public Task<IReadOnlyList<Leased>> ClaimAsync() => In(s => s.GetRequiredService<Dispatcher>() is var d ? d.ClaimAsync(d.RoomBeside([]), CancellationToken.None) : null!);

    /// <summary>Leases, decides and sends; then the process is gone.</summary>
    public async Task SendAndCrashAsync()
    {
        foreach (var leased in await ClaimAsync())
            await In(async s => await s.GetRequiredService<ISender>().SendAsync((await s.GetRequiredService<Courier>().AdmitAsync(leased, CancellationToken.None))!));
    }

    /// <summary>The entries about something, in order; not those that say no more than that a call was made.</summary>
    public Task<List<(string Operation, string Outcome)>> LogAsync(string operation) => In(async s =>
        (await s.GetRequiredService<Db>().AuditEntries.Where(e => e.Operation == operation && e.ResourceId != null).OrderBy(e => e.At).ThenBy(e => e.Id).ToListAsync()).Select(e => (e.Operation, e.Outcome)).ToList());

    /// <summary>Until when the only delivery is somebody's.</summary>
    public Task<DateTimeOffset?> LeasedUntilAsync() => In(s => s.GetRequiredService<Db>().Deliveries.AsNoTracking().Select(d => d.LeasedUntil).SingleAsync());

    public Task ExecuteAsync(FormattableString sql) => In(s => s.GetRequiredService<Db>().Database.ExecuteSqlAsync(sql));

    // What a client asks for.

    public async Task<(int Status, JsonElement Body)> CallAsync(HttpMethod method, string path, object? body = null, string organisation = Court, string? ifMatch = null, string? key = null)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(new Uri(_app.Urls.Single()), path)) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("organisation", organisation);
        if (ifMatch is not null)
            request.Headers.Add("If-Match", ifMatch);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }

    public async Task<(string Id, string Secret)> SubscribeAsync(string path = "/hook", string organisation = Court, string payload = "id-only", params string[] events)
    {
        var (status, body) = await CallAsync(HttpMethod.Post, "/v1/subscriptions",
            new { channel = "webhook", url = Partner.Url + path, events = events.Length == 0 ? ["*"] : events, payload }, organisation);
        Assert.Equal(201, status);
        return (body.GetProperty("id").GetString()!, body.GetProperty("secret").GetString()!);
    }

    public async Task<JsonElement> SubscriptionAsync(string id) => (await CallAsync(HttpMethod.Get, $"/v1/subscriptions/{id}")).Body;

    public async Task<List<JsonElement>> DeliveriesAsync(string id, string query = "") =>
        [.. (await CallAsync(HttpMethod.Get, $"/v1/subscriptions/{id}/deliveries{query}")).Body.GetProperty("items").EnumerateArray()];

    public async ValueTask DisposeAsync()
    {
        await Partner.DisposeAsync();
        await _app.DisposeAsync();
        await _storage.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    Task InWorkAsync(Func<IServiceProvider, Task> act) => In(s => s.GetRequiredService<Work>().RunAsync<DeliveryWorld>(async () =>
    {
        await act(s);
        return this;
    }, CancellationToken.None));

    async Task<T> In<T>(Func<IServiceProvider, Task<T>> act)
    {
        await using var scope = _app.Services.CreateAsyncScope();
        return await act(scope.ServiceProvider);
    }

    static OrganisationKind KindOf(string organisation) => organisation == Court ? OrganisationKind.Court : OrganisationKind.Provider;

    /// <summary>Stands for the Referrals module: a recipient's version is told apart from the real one.</summary>
    sealed class SeenTimesTen : IReferralSeen
    {
        public Task<SeenReferral?> SeenAsync(Disclosure disclosure, Guid referral, long version, bool full, CancellationToken ct) =>
            Task.FromResult<SeenReferral?>(new(version * 10, full ? JsonSerializer.SerializeToElement(new { id = referral, seenBy = disclosure.Recipient }) : null));
    }
}

internal sealed class FakeTime : TimeProvider
{
    DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Pass(TimeSpan time) => _now += time;
}
