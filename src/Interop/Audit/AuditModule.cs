using Interop.Audit.Archive;
using Interop.Audit.Log;
using Interop.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Audit;

internal static class AuditModule
{
    public static IServiceCollection AddAudit(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(AuditTables.Tables)
        .AddSingleton(ArchiveTables.Tables)
        .AddLog(configuration)
        .AddScoped<Trail>().AddScoped<JointEntries>().AddSingleton<Together<JointEntries, Entry, Written>>()
        .AddScoped<EntryBodies>()
        .AddScoped<LogSearch>()
        .AddScoped<Archives>()
        .AddScoped<Archivist>()
        .AddScoped<SavedQueries>()
        .AddScoped<Digest>()
        .AddWorker<Months>(Signal.Clock, TimeSpan.FromHours(1))
        .AddWorker<ClientDays>(Signal.Clock, TimeSpan.FromMinutes(10))
        .AddSingleton<IGauge, AuditGauge>()
        .AddWorker<Sequencer>(Signal.AuditRecorded, TimeSpan.FromMilliseconds(500), rest: TimeSpan.FromMilliseconds(100));
}
