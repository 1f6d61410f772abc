namespace Interop.Consent.Evaluation;

/// <summary>What a provision does. By the order of its values: at equal depth deny wins.</summary>
internal enum Effect : byte
{
    Permit,
    Deny,
}

/// <summary>
/// One provision with its own effect and the constraints in force for it: its own and, where it does not restate one, its
/// parent's. null: not constrained.
/// </summary>
internal sealed class Provision
{
    public required Effect Effect { get; init; }

    /// <summary>0 is the root's.</summary>
    public required int Depth { get; init; }

    /// <summary>Where it stands in the consent: <c>provision.provision[2]</c>.</summary>
    public required ProvisionPath Path { get; init; }
    public Interval? Period { get; init; }
    public ActorSet? Actors { get; init; }
    public CodeSet? Actions { get; init; }
    public LabelSet? Labels { get; init; }
    public CodeSet? Purposes { get; init; }
    public CodeSet? Classes { get; init; }
    public CodeSet? Codes { get; init; }
    public Interval? DataPeriod { get; init; }
    public DataSet? Data { get; init; }

    bool SeesData => Labels is not null || Codes is not null || DataPeriod is not null || Data is not null;

    /// <summary>Whether it can always be told of data if it is meant.</summary>
    public bool IsCertain => DataPeriod is null && Data is null && Codes?.IsOpaque is not true && Classes?.IsOpaque is not true;

    /// <summary>Provisions of a consent that mean the same data share it; 0 where all data is meant.</summary>
    public int DataKey { get; set; }

    /// <summary>Of a justice consent, a permit that names no recipient or no purpose: it binds nobody, so it permits nothing.</summary>
    public bool IsUnbound { get; set; }

    /// <summary>It is about somebody or something by name, not about everybody and everything.</summary>
    public bool Names => Actors is not null || Classes is not null || SeesData;

    /// <summary>Whether, to a question about no item, it can speak of some of the data only.</summary>
    public bool IsOfSomeData(Question q) => SeesData || (Classes is not null && q.Classes is null);
}

/// <summary>A place in the tree, told only when somebody asks.</summary>
internal sealed record ProvisionPath(ProvisionPath? Parent, int Index)
{
    public static ProvisionPath Root { get; } = new(null, 0);

    public override string ToString()
    {
        var steps = new Stack<int>();
        for (var at = this; at.Parent is not null; at = at.Parent)
            steps.Push(at.Index);
        return string.Concat(steps.Select(i => $".provision[{i}]").Prepend("provision"));
    }
}
