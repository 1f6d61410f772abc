namespace Interop.Platform;

/// <summary>A kind of record that an organisation has, and that goes when the time is over that its law keeps it.</summary>
internal interface IKept
{
    /// <summary>As the packs name it: <c>retention.keep</c> of packs/schema.json.</summary>
    string Kind { get; }

    /// <summary>Deletes some of the organisation's records whose time began before that, in the caller's unit of work. Returns how many; none: there are no more. A refusal gives up the batch.</summary>
    Task<Answer<int>> PruneAsync(string organisation, DateTimeOffset before, CancellationToken ct);
}
