using System.Security.Cryptography;
using Interop.Audit;
using Interop.AuditLog;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Audit;

/// <summary>Entries that did not happen, put into the log past every door: for tests that need a day of them, or ten thousand.</summary>
internal static class LogWriter
{
    public static AuditEntry Entry(DateTimeOffset at, string organisation, Guid? person = null, string action = "read", string outcome = "permitted", string operation = "referral.read", string? client = null)
    {
        var id = Guid.CreateVersion7(at);
        return new()
        {
            Id = id,
            At = at,
            Organisation = organisation,
            Client = client ?? organisation,
            Action = action,
            Operation = operation,
            Outcome = outcome,
            Person = person,
            ResourceType = person is null ? null : "Referral",
            ResourceId = person?.ToString(),
            Canonical = $$"""{"action":"{{action}}","at":"{{A.Time(at)}}","id":"{{id}}"}""",
            Salt = RandomNumberGenerator.GetBytes(LogEntry.SaltSize),
        };
    }

    public static Task<int> WriteAsync(this Exchange exchange, params IReadOnlyList<AuditEntry> entries) => exchange.LookAsync(async db =>
    {
        foreach (var chunk in entries.Chunk(2000))
        {
            db.AuditEntries.AddRange(chunk);
            db.AuditQueue.AddRange(chunk.Select(e => new AuditQueued { EntryId = e.Id }));
            await db.SaveChangesAsync();
            db.ChangeTracker.Clear();
        }
        return entries.Count;
    });
}
