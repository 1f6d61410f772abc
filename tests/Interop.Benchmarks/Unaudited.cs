using Interop.Audit;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Server;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Benchmarks;

/// <summary>
/// The exchange in a process of the benchmark's own, once as it is and once with auditing stubbed: entries are made, and not written, so
/// that a read commits nothing and waits for no disk. The product has no such switch.
/// </summary>
internal static class UnauditedHost
{
    public const string Command = "host";
    const string Unaudited = "--unaudited";

    /// <returns>The arguments with which this program serves so.</returns>
    public static string[] Arguments(bool audited) => audited ? [Command, "serve", "--demo"] : [Command, Unaudited, "serve", "--demo"];

    public static async Task ServeAsync(string[] args)
    {
        var isStubbed = args[0] == Unaudited;
        await using var app = InteropServer.Build(isStubbed ? args[1..] : args, services =>
        {
            if (!isStubbed)
                return;
            var real = services.Last(s => s.ServiceType == typeof(Engine));
            services.AddSingleton<Engine>(p => new WithoutLog((Engine)real.ImplementationFactory!(p)));
        });
        await app.ServeAsync(demonstration: true);
    }

    /// <summary>An engine that writes everything but the log.</summary>
    sealed class WithoutLog(Engine real) : Engine
    {
        public override string Name => real.Name;
        public override bool IsEmbedded => real.IsEmbedded;
        public override string ForUpdate => real.ForUpdate;
        public override string SkipLocked => real.SkipLocked;
        public override string CreateMigrationsTable => real.CreateMigrationsTable;

        public override Task CommitAsync(Db db, Rows rows) => real.CommitAsync(db, Others(rows));
        public override Task WriteAsync(Db db, Rows rows, CancellationToken ct) => real.WriteAsync(db, Others(rows), ct);

        public override void Use(DbContextOptionsBuilder options) => real.Use(options);
        public override void Configure(ModelConfigurationBuilder conventions) => real.Configure(conventions);
        public override Task<IAsyncDisposable> BeginAsync(Db db, CancellationToken ct) => real.BeginAsync(db, ct);
        public override Task SelectAsync(Db db, IReadOnlyList<Select> selects, CancellationToken ct) => real.SelectAsync(db, selects, ct);
        public override Task<bool> TryLeaseAsync(Db db, Lease lease, CancellationToken ct) => real.TryLeaseAsync(db, lease, ct);
        public override Task LeaseAsync(Db db, Lease lease, CancellationToken ct) => real.LeaseAsync(db, lease, ct);
        public override Task<bool> HasTableAsync(Db db, string table, CancellationToken ct) => real.HasTableAsync(db, table, ct);
        public override Task<int> MakeMonthsAsync(Db db, CancellationToken ct) => real.MakeMonthsAsync(db, ct);
        public override Task<int> NumberAsync(Db db, long last, CancellationToken ct) => real.NumberAsync(db, last, ct);
        public override bool IsConflict(Exception e) => real.IsConflict(e);
        public override bool IsUnavailable(Exception e) => real.IsUnavailable(e);
        public override bool IsInDoubt(Exception e) => real.IsInDoubt(e);
        public override bool IsMisconfigured(Exception e) => real.IsMisconfigured(e);
        public override object Time(DateTimeOffset t) => real.Time(t);
        public override DateTimeOffset Now(Clock clock) => real.Now(clock);

        public override Task<Locks> LockAsync(Db db, Whom persons, bool exclusive, Clock clock, IReadOnlyList<Select> then, CancellationToken ct) =>
            real.LockAsync(db, persons, exclusive, clock, then, ct);

        public override Task<Locks> TryLockAsync(Db db, IReadOnlyCollection<Guid> persons, Clock clock, IReadOnlyList<Select> then, CancellationToken ct) =>
            real.TryLockAsync(db, persons, clock, then, ct);

        static Rows Others(Rows rows)
        {
            var others = new Rows();
            foreach (var row in rows.Inserted.Where(r => r is not (AuditEntry or AuditConsent or AuditQueued)))
                others.Insert(row);
            foreach (var row in rows.Updated)
                others.Update(row);
            return others;
        }
    }
}

/// <summary>Reading a referral, with its durable entry and without, in turns.</summary>
internal static class AuditedReading
{
    const double Target = 0.7;
    const int Referrals = 1000;

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Bench bench)
    {
        await using var audited = await Exchange.StartHostedAsync(bench.Server, UnauditedHost.Arguments(audited: true));
        await using var stubbed = await Exchange.StartHostedAsync(bench.Server, UnauditedHost.Arguments(audited: false));
        await using var transactions = await Transactions.PrepareAsync(audited.Database);
        var postmaster = await transactions.PostmasterAsync();
        var read = await ReaderAsync(audited, bench);
        var readStubbed = await ReaderAsync(stubbed, bench);
        await bench.WarmAsync(read);
        await bench.WarmAsync(readStubbed);
        return [await Figures.CompareAsync("GET /fhir/Task/{id} with its durable entry, 32 clients", "the same read, auditing stubbed", Target, bench.Options, readStubbed, read, () => audited.Process, () => postmaster)];
    }

    static async Task<Func<Task<Load>>> ReaderAsync(Exchange exchange, Bench bench)
    {
        var ids = (await exchange.ReferAsync(bench.Options.Tiny ? 10 : Referrals)).Select(r => r.Referral).ToList();
        return async () => await Wrk.RunAsync(exchange.Address, FhirReading.Script(await exchange.TokenAsync(Exchange.Clinic), ids), bench.Options.Seconds);
    }
}
