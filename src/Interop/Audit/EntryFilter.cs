using System.Linq.Expressions;

namespace Interop.Audit;

/// <summary>What an entry concerns: any of these as the person, the resource, or a consent that it rests on.</summary>
internal sealed record Concern
{
    public IReadOnlyList<Guid> Persons { get; init; } = [];
    public IReadOnlyList<Guid> Consents { get; init; } = [];
    public IReadOnlyList<string> Resources { get; init; } = [];
}

/// <summary>What is looked for in the log: within a list any will do, the lists must all hold; null asks for nothing.</summary>
internal sealed record EntryFilter
{
    public IReadOnlyList<Guid>? Ids { get; init; }

    /// <summary>Each must hold.</summary>
    public IReadOnlyList<Concern> Concerns { get; init; } = [];
    public IReadOnlyList<string>? Organisations { get; init; }
    public IReadOnlyList<string>? Clients { get; init; }
    public IReadOnlyList<string>? Actors { get; init; }
    public IReadOnlyList<string>? Actions { get; init; }
    public IReadOnlyList<string>? Operations { get; init; }
    public IReadOnlyList<string>? Outcomes { get; init; }

    /// <summary>At this instant or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before this instant.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>What else must hold.</summary>
    public IReadOnlyList<Expression<Func<AuditEntry, bool>>> Where { get; init; } = [];

    public bool IsEmpty => this is
    {
        Ids: null, Concerns: [], Organisations: null, Clients: null, Actors: null, Actions: null, Operations: null, Outcomes: null, From: null, To: null, Where: [],
    };
}
