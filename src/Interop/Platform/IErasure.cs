namespace Interop.Platform;

/// <summary>Where a module keeps what it has of a person, for who erases it. In the caller's unit of work, which holds the person's lock alone.</summary>
internal interface IErasure
{
    /// <summary>Deletes it. Returns the ids under which others may still name what was deleted.</summary>
    Task<IReadOnlyList<Guid>> EraseAsync(Guid person, CancellationToken ct);
}
