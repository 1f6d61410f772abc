namespace Interop.AuditLog;

/// <summary>Reads a file of the log by its path below the log's address: <c>checkpoint</c>, <c>tile/0/000</c>. Null when it is not there.</summary>
public delegate Task<byte[]?> ReadResource(string path, CancellationToken ct);

/// <summary>Whom a verifier believes.</summary>
/// <param name="Keys">The log's keys. One of them must have signed.</param>
/// <param name="Witnesses">Cosigners that it knows.</param>
/// <param name="Quorum">How many of the witnesses must have cosigned.</param>
public sealed record LogTrust(IReadOnlyList<VerifierKey> Keys, IReadOnlyList<VerifierKey> Witnesses, int Quorum)
{
    public LogTrust(params IReadOnlyList<VerifierKey> keys) : this(keys, [], 0)
    {
    }
}

/// <summary>Something that is not as a sound log has it.</summary>
/// <param name="Code">Stable, for software.</param>
/// <param name="Message">For a person, in English.</param>
/// <param name="Entry">The first entry that is wrong, where one can be named.</param>
public sealed record Finding(string Code, string Message, long? Entry = null);

/// <summary>A witness's line under a checkpoint.</summary>
/// <param name="At">When it cosigned, in seconds since 1970.</param>
public sealed record Cosigned(VerifierKey Witness, long At);

/// <summary>What was checked, and what was found. It <see cref="Holds"/> when nothing was.</summary>
public sealed record LogReport
{
    /// <summary>The checkpoint that everything was checked against; null when there was none to read.</summary>
    public Checkpoint? Checkpoint { get; init; }

    public IReadOnlyList<VerifierKey> SignedBy { get; init; } = [];
    public IReadOnlyList<Cosigned> CosignedBy { get; init; } = [];

    /// <summary>How many entries were read and hashed.</summary>
    public long Entries { get; init; }

    /// <summary>
    /// Of an export: of how many of these the text was erased with its person. That each is what the log holds is proved; what it said
    /// is not, and whether it was rightly erased the entries of erasures tell.
    /// </summary>
    public long Erased { get; init; }

    /// <summary>Of an archive: how many are sealed under a person's key. Proved as erased ones are; who has the keys can open them.</summary>
    public long Sealed { get; init; }

    /// <summary>Of an export: how many it leaves to archives, as entries of the log tell.</summary>
    public long Archived { get; init; }

    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>What to keep for the next time; null unless everything holds.</summary>
    public LogMemory? Memory { get; init; }

    public bool Holds => Findings.Count == 0;

    /// <summary>The first entry that is wrong, where one can be named.</summary>
    public long? FirstWrong => Findings.Min(f => f.Entry);
}
