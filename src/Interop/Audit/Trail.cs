using System.Text.Json.Nodes;
using Interop.AuditLog;
using Interop.Platform;

namespace Interop.Audit;

internal static class Actions
{
    public const string Create = "create";
    public const string Read = "read";
    public const string Update = "update";
    public const string Delete = "delete";
    public const string Query = "query";
    public const string Deliver = "deliver";

    public static IReadOnlyList<string> All { get; } = [Create, Read, Update, Delete, Query, Deliver];
}

internal static class Outcomes
{
    /// <summary>Done, or disclosed.</summary>
    public const string Permitted = "permitted";

    /// <summary>Not disclosed: no consent in force, or no party to it.</summary>
    public const string Denied = "denied";

    /// <summary>Not done: the request, its scope, or the state did not allow it.</summary>
    public const string Refused = "refused";

    /// <summary>Permitted, but the partner could not be reached.</summary>
    public const string Failed = "failed";

    public static IReadOnlyList<string> All { get; } = [Permitted, Denied, Refused, Failed];
}

/// <summary>Why personal data may be disclosed.</summary>
internal static class Grounds
{
    /// <summary>The recipient put it in itself.</summary>
    public const string Authorship = "authorship";

    public const string Consent = "consent";

    /// <summary>What the recipient was told before was wrong.</summary>
    public const string Correction = "correction";

    /// <summary>A medical emergency in which the person could not consent (42 CFR 2.51).</summary>
    public const string Emergency = "emergency";

    /// <summary>A court order that authorises, with the subpoena that compels (42 CFR 2.61 to 2.66).</summary>
    public const string CourtOrder = "court-order";
}

/// <summary>A consent, in the version that a decision relied on.</summary>
internal sealed record ReliedConsent(Guid Id, int Version);

/// <summary>What is to be recorded of one act, read, refusal, decision or delivery.</summary>
internal sealed record Record(string Action, string Operation, string Outcome = Outcomes.Permitted)
{
    public Guid? Person { get; init; }
    public string? ResourceType { get; init; }
    public string? ResourceId { get; init; }
    public string? Ground { get; init; }
    public string? Discloser { get; init; }
    public IReadOnlyList<ReliedConsent> Consents { get; init; } = [];

    /// <summary>Further facts by name: strings, whole numbers, lists of strings. No value a person would not want in a log of reads.</summary>
    public JsonObject? Details { get; init; }
}

/// <summary>Writes the log: an entry is part of the transaction of what it tells (P1).</summary>
internal sealed class Trail(WhenAsked<Work> work)
{
    public const string CanonicalVersion = "1";

    /// <summary>Whether this request has written to the log.</summary>
    public bool HasWritten { get; private set; }

    /// <summary>Its entry was written in a unit of work that it shared with other requests.</summary>
    public void IsWritten() => HasWritten = true;

    /// <returns>The entry's id.</returns>
    public Guid Write(Caller caller, Record record) => Write(caller.Organisation, caller.Client, caller.Actor, record, caller.Token, caller.Address);

    public Guid Write(string organisation, string client, string? actor, Record record, string? token = null, string? address = null)
    {
        var at = work.Value.Now;
        var id = Randomness.Version7(at);
        var canonical = new CanonicalObject()
            .Add("action", record.Action)
            .Add("actor", actor)
            .Add("address", address)
            .Add("at", at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture))
            .Add("client", client)
            .Add("consents", record.Consents, static (consent, c) => consent.Add("id", c.Id).Add("version", c.Version))
            .Add("details", record.Details)
            .Add("discloser", record.Discloser)
            .Add("ground", record.Ground)
            .Add("id", id)
            .Add("operation", record.Operation)
            .Add("organisation", organisation)
            .Add("outcome", record.Outcome)
            .Add("person", record.Person)
            .Add("resourceId", record.ResourceId)
            .Add("resourceType", record.ResourceType)
            .Add("token", token)
            .Add("v", CanonicalVersion)
            .Finish();
        var salt = Randomness.Bytes(LogEntry.SaltSize);
        work.Value.Insert(new AuditEntry
        {
            Id = id,
            At = at,
            Organisation = organisation,
            Client = client,
            Actor = actor,
            Action = record.Action,
            Operation = record.Operation,
            Outcome = record.Outcome,
            Person = record.Person,
            ResourceType = record.ResourceType,
            ResourceId = record.ResourceId,
            Ground = record.Ground,
            Discloser = record.Discloser,
            Canonical = canonical,
            Salt = salt,
            Hash = LogEntry.Entry(salt, canonical),
        });
        foreach (var consent in record.Consents is [_] ? record.Consents : record.Consents.DistinctBy(c => c.Id))
            work.Value.Insert(new AuditConsent { ConsentId = consent.Id, At = at, EntryId = id, Version = consent.Version });
        work.Value.Insert(new AuditQueued { EntryId = id });
        work.Value.Count(AuditMetrics.Entries, ("outcome", record.Outcome));
        HasWritten = true;
        work.Value.Raise(Signal.AuditRecorded);
        return id;
    }
}
