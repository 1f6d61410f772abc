namespace Interop.Consent.Evaluation;

/// <summary>Why a consent or a provision does not apply: the first constraint that is not met.</summary>
internal enum Reason : byte
{
    None,

    // of a consent
    Status,
    NotInForce,
    Category,
    OtherMatter,
    OtherDiscloser,
    OtherPerson,

    /// <summary>It has neither a provision that says permit or deny, nor a policy rule.</summary>
    Silent,

    // of a provision
    Period,
    Actor,
    Action,
    Purpose,
    Label,
    Class,
    Code,
    DataPeriod,
    Data,
    Unbound,

    // of one that applies, and yet does not decide
    Overridden,

    /// <summary>It says something of some of the data: see the obligations, or ask about the data.</summary>
    OfSomeData,
    Separate,
    Outvoted,
}

/// <summary>Whether a consent, and each of its provisions, applies to a question (DOMAIN.md, Evaluating a FHIR R4 Consent, 1 to 8).</summary>
internal static class Matching
{
    /// <summary>Rule 1, and what the consent as a whole is bound to.</summary>
    public static Reason Test(Directive d, Question q, Item? item) =>
        d.Status != "active" ? Reason.Status
        : !d.Period.Contains(q.At) ? Reason.NotInForce
        : q.Categories is { } categories && !categories.Overlaps(d.Categories) ? Reason.Category
        : q.Matter is not null && d.Matter is not null && d.Matter != q.Matter ? Reason.OtherMatter
        : q.Discloser is not null && d.Discloser is not null && d.Discloser != q.Discloser ? Reason.OtherDiscloser
        : item is not null && !item.Subject.IsEmpty && !d.Patient.IsEmpty && !d.Patient.Overlaps(item.Subject) ? Reason.OtherPerson
        : Reason.None;

    /// <summary>
    /// Rule 7: constraints are and'ed across elements, or'ed within one. Without an item, what depends on the data is left open.
    /// </summary>
    /// <param name="unresolved">Set where something could not be told, and a permit failed or a deny held for it (rule 8).</param>
    public static Reason Test(Provision p, Question q, Item? item, ref bool unresolved)
    {
        if (p.IsUnbound)
            return Reason.Unbound;
        if (p.Period is { } period && !period.Contains(q.At))
            return Reason.Period;
        if (p.Purposes is { } purposes && !Holds(purposes.Meets(q.Purposes), p, ref unresolved))
            return Reason.Purpose;
        if (p.Actors is { } actors && !Holds(actors.Meets(q.Actors), p, ref unresolved))
            return Reason.Actor;
        if (p.Actions is { } actions && q.Actions is { } acting && !Holds(actions.Meets(acting), p, ref unresolved))
            return Reason.Action;
        if ((item?.Classes ?? q.Classes) is { } asked && p.Classes is { } classes && !Holds(classes.Meets(asked), p, ref unresolved))
            return Reason.Class;
        return item is null ? Reason.None : TestData(p, item, ref unresolved);
    }

    static Reason TestData(Provision p, Item item, ref bool unresolved)
    {
        if (p.Labels is { } labels && !labels.Covers(item.Labels, p.Effect))
            return Reason.Label;
        if (p.Codes is { } codes && !Holds(codes.Meets(item.Codes), p, ref unresolved))
            return Reason.Code;
        if (p.DataPeriod is { } period && !Holds(item.Age is { } age ? period.Covers(age) : Match.Unknown, p, ref unresolved))
            return Reason.DataPeriod;
        if (p.Data is { } data && !Holds(data.Meets(item), p, ref unresolved))
            return Reason.Data;
        return Reason.None;
    }

    static bool Holds(Match match, Provision p, ref bool unresolved)
    {
        if (match is not Match.Unknown)
            return match is Match.Yes;
        unresolved = true;
        return p.Effect is Effect.Deny;
    }
}
