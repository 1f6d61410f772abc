using System.Text;
using Hl7.Fhir.Model;
using Interop.Audit;

namespace Interop.Fhir;

/// <summary>An entry of the log as FHIR AuditEvents, in the shapes of IHE BALP. Pure: the same entry gives the same events.</summary>
internal sealed class AuditEventMap
{
    const string Fhir = "fhir.";

    /// <summary>The exchange: it answers, it decides, and it is who tells of it.</summary>
    static ResourceReference Observer => new() { Type = "Device", Identifier = new(Systems.Organisation, "interop"), Display = "Interop" };

    readonly AuditEntry _entry;
    readonly EntryFacts _facts;
    readonly string _index;
    readonly string _address;

    AuditEventMap(Numbered numbered, string address) =>
        (_entry, _facts, _index, _address) = (numbered.Entry, EntryFacts.Of(numbered.Entry), numbered.Index.ToString(System.Globalization.CultureInfo.InvariantCulture), address);

    /// <param name="address">Under which the exchange is reached.</param>
    public static AuditEvent Of(Numbered numbered, AuditFacet facet, string address)
    {
        var map = new AuditEventMap(numbered, address);
        var e = new AuditEvent
        {
            Id = AuditFacets.IdOf(numbered.Entry, facet),
            Meta = new() { VersionId = "1", LastUpdated = numbered.Entry.At },
            Extension = [new(Systems.LogIndex, new FhirString(map._index))],
            Type = facet.Type,
            Recorded = numbered.Entry.At,
            Outcome = map.Outcome,
            OutcomeDesc = map._facts.Detail("problem") ?? map._facts.Detail("error"),
            Source = new() { Site = address, Observer = Observer, Type = [Balp.ApplicationServer] },
        };
        if (facet == AuditFacets.Call)
            map.FillCall(e);
        else if (facet == AuditFacets.Activity)
            map.FillActivity(e);
        else if (facet == AuditFacets.Transmission)
            map.FillTransmission(e);
        else if (facet == AuditFacets.Decision)
            map.FillDecision(e);
        else if (facet == AuditFacets.Export)
            map.FillExport(e);
        else
            map.FillImport(e);
        return e;
    }

    AuditEvent.AuditEventOutcome Outcome => _entry.Outcome switch
    {
        Outcomes.Permitted => AuditEvent.AuditEventOutcome.N0,
        Outcomes.Denied => AuditEvent.AuditEventOutcome.N8,
        _ => AuditEvent.AuditEventOutcome.N4,
    };

    bool IsQuery => AuditFacets.Queries(_entry);

    bool IsWrite => _entry.Action is Actions.Create or Actions.Update;

    void FillCall(AuditEvent e)
    {
        e.Action = Letter;
        e.Subtype = _entry.Action == Actions.Delete ? [Interaction] : [Interaction, new(Systems.Operation, _entry.Operation)];
        var (client, server) = _entry.Action == Actions.Delete ? (Balp.Application, Balp.Custodian)
            : IsWrite || IsQuery ? (Balp.Source, Balp.Destination)
            : (Balp.Destination, Balp.Source); // who sends what is at the source: what is read comes from the server
        e.Agent = [Client(client, isRequestor: User is null), Server(server), .. User is { } user ? [user] : Array.Empty<AuditEvent.AgentComponent>()];
        if (IsQuery)
            e.Entity.Add(new() { Type = Balp.SystemObject, Role = Balp.QueryRole, Query = QueryText });
        if (_entry.Person is not null)
            e.Entity.Add(Patient);
        if (!IsQuery || _entry.ResourceId is not null)
            e.Entity.Add(IsQuery ? Found : Data);
        e.Entity.AddRange(Consents);
        if (_entry.Outcome != Outcomes.Permitted)
            return; // the profiles are of what succeeded
        var profile = IsQuery ? "Query" : _entry.Action switch { Actions.Create => "Create", Actions.Update => "Update", Actions.Delete => "Delete", _ => "Read" };
        Claim(e, _entry.Person is null ? profile : "Patient" + profile);
        if (_facts.Token is not null)
            Claim(e, Balp.AccessToken);
    }

    void FillActivity(AuditEvent e)
    {
        e.Action = Letter;
        e.Subtype = [new(Systems.Operation, _entry.Operation)];
        e.Agent = [new() { Type = Concept(Balp.Application), Who = Observer, Requestor = true, Network = new() { Address = _address, Type = AuditEvent.AuditEventAgentNetworkType.N5 } }];
        if (_entry.Person is not null)
            e.Entity.Add(Patient);
        if (_entry.ResourceId is not null)
            e.Entity.Add(Data);
    }

    void FillTransmission(AuditEvent e)
    {
        e.Action = AuditEvent.AuditEventAction.R;
        e.Subtype = [new(Systems.Operation, _entry.Operation)];
        e.Agent = [Server(Balp.Source), Client(Balp.Destination, isRequestor: false), Organisation(Balp.Recipient)];
        if (_entry.Person is not null)
            e.Entity.Add(Patient);
        if (_entry.ResourceId is not null)
            e.Entity.Add(Data);
        e.Entity.AddRange(Consents);
    }

    void FillDecision(AuditEvent e)
    {
        e.Action = AuditEvent.AuditEventAction.E;
        e.Subtype = [Balp.ConsentDecision];
        e.Source.Type = [Balp.SecurityServer];
        if (_entry.Outcome == Outcomes.Denied)
            e.OutcomeDesc = "No consent in force permits it to this organisation.";
        // "Healthcare provider" is the profile's word for whoever asks, courts too.
        e.Agent =
        [
            Client(Balp.Application, isRequestor: false),
            Asking(Balp.Recipient),
            Organisation(Balp.Organisation),
            new() { Type = Concept(Balp.Authorizer), Who = Observer, Requestor = false },
        ];
        e.Entity.Add(Patient);
        if (_facts.Consents.Count == 0)
            e.Entity.Add(new() { Type = ConsentType, What = new() { Type = nameof(Consent), Display = "none in force" } });
        e.Entity.AddRange(Consents);
        if (_facts.Token is { } token)
            e.Entity.Add(new() { Type = Balp.TokenUser, What = new() { Identifier = new() { Value = Balp.TokenId + token } } });
        Claim(e, Balp.AuthZConsent);
    }

    void FillExport(AuditEvent e)
    {
        e.Action = AuditEvent.AuditEventAction.R;
        e.Subtype = [Balp.Disclose, _entry.Action == Actions.Deliver ? Balp.Transmit : Interaction];
        e.Agent =
        [
            Server(Balp.Source),
            Client(Balp.Destination, isRequestor: User is null && _entry.Action != Actions.Deliver),
            Organisation(Balp.Recipient),
            new() { Type = Concept(Balp.RecordKeeper), Who = OrganisationOf(_entry.Discloser!), Requestor = false },
            .. User is { } user ? [user] : Array.Empty<AuditEvent.AgentComponent>(),
        ];
        if (_entry.Ground == Grounds.Consent)
            e.Agent.Add(new() { Type = Concept(Balp.PatientAdvocate), Who = PatientOf(_entry.Person!.Value), Requestor = false });
        e.Entity = [Patient, Data, .. Consents];
        Claim(e, Balp.DisclosureSource);
    }

    void FillImport(AuditEvent e)
    {
        e.Action = AuditEvent.AuditEventAction.C;
        e.Subtype = [Balp.Disclose, Interaction];
        e.Agent =
        [
            Client(Balp.Source, isRequestor: User is null),
            Server(Balp.Destination),
            Organisation(Balp.RecordKeeper),
            .. User is { } user ? [user] : Array.Empty<AuditEvent.AgentComponent>(),
        ];
        e.Entity = [Patient, Data, .. Consents];
        Claim(e, Balp.DisclosureRecipient);
    }

    AuditEvent.AuditEventAction Letter => IsQuery ? AuditEvent.AuditEventAction.E : _entry.Action switch
    {
        Actions.Create => AuditEvent.AuditEventAction.C,
        Actions.Update => AuditEvent.AuditEventAction.U,
        Actions.Delete => AuditEvent.AuditEventAction.D,
        _ => AuditEvent.AuditEventAction.R,
    };

    Coding Interaction => new(Balp.Interaction, !IsQuery ? _entry.Action : _entry.Operation.StartsWith(Fhir, StringComparison.Ordinal) ? "search-type" : "search");

    /// <summary>As the log has it. Of lists by REST it keeps no text, whose values can name a person: then the operation's name.</summary>
    byte[] QueryText => _facts.Detail("query") is { } text ? Convert.FromBase64String(text) : Encoding.UTF8.GetBytes(_entry.Operation);

    AuditEvent.AgentComponent Client(Coding role, bool isRequestor) => new()
    {
        Type = Concept(role),
        Who = ClientOf(_entry.Client),
        Requestor = isRequestor,
        Network = _facts.Address is { } ip ? new() { Address = ip, Type = AuditEvent.AuditEventAgentNetworkType.N2 }
            : _facts.Detail("subscription") is { } subscription ? new() { Address = $"urn:interop:subscription:{subscription}", Type = AuditEvent.AuditEventAgentNetworkType.N5 }
            : new() { AddressElement = new() { Extension = [new(Systems.DataAbsent, new Code("unknown"))] } },
    };

    AuditEvent.AgentComponent Server(Coding role) => new()
    {
        Type = Concept(role),
        Who = Observer,
        Requestor = false,
        Network = new() { Address = _address, Type = AuditEvent.AuditEventAgentNetworkType.N5 },
    };

    AuditEvent.AgentComponent Organisation(Coding role) => new() { Type = Concept(role), Who = OrganisationOf(_entry.Organisation), Requestor = false };

    /// <summary>The human whom the client named, with the token that let the client in; the token alone where it named nobody.</summary>
    AuditEvent.AgentComponent? User => (_entry.Actor, _facts.Token) switch
    {
        (null, null) => null,
        (null, _) => Asking(),
        (_, not null) when _entry.Action == Actions.Delete => Asking(), // the profile of a deletion has no token with its user
        _ => Asking(IsWrite || _entry.Action == Actions.Delete ? Balp.Author : Balp.Recipient),
    };

    AuditEvent.AgentComponent Asking(params IEnumerable<Coding> roles)
    {
        var agent = new AuditEvent.AgentComponent
        {
            Type = new() { Coding = [.. roles, .. _facts.Token is null ? [] : new[] { Balp.TokenUser }] },
            Who = _entry.Actor is { } actor ? new() { Identifier = new(Systems.Actor, actor), Display = actor } : ClientOf(_entry.Client),
            Requestor = true,
        };
        if (_facts.Token is { } token)
            agent.Policy = [Balp.TokenId + token];
        return agent;
    }

    AuditEvent.EntityComponent Patient => new() { Type = Balp.Person, Role = Balp.PatientRole, What = PatientOf(_entry.Person!.Value) };

    AuditEvent.EntityComponent Data => new() { Type = Balp.SystemObject, Role = Balp.DomainResource, What = What };

    /// <summary>A record that a search showed. A second system object beside the query would break the profile's slice.</summary>
    AuditEvent.EntityComponent Found => new()
    {
        Type = _entry.ResourceType is { } type && ModelInfo.IsKnownResource(type) ? new(Balp.ResourceType, type) : new(Systems.ResourceType, _entry.ResourceType ?? "unknown"),
        Role = Balp.DomainResource,
        What = What,
    };

    IEnumerable<AuditEvent.EntityComponent> Consents =>
        _facts.Consents.Select(c => new AuditEvent.EntityComponent { Type = ConsentType, What = new($"Consent/{c.Id:D}/_history/{c.Version}") { Type = nameof(Consent) } });

    static Coding ConsentType => new(Balp.ResourceType, nameof(Consent));

    ResourceReference What => (_entry.ResourceType, _entry.ResourceId ?? _facts.Detail("asked")) switch
    {
        (_, null) => new() { Display = _entry.Operation },
        ("Referral", { } id) => new($"Task/{id}") { Type = "Task", Identifier = new(Systems.Referral, id) },
        ("Person", { } id) => new($"Patient/{id}") { Type = nameof(Hl7.Fhir.Model.Patient) },
        ("Task" or "ServiceRequest" or "Patient" or "Consent" or "AuditEvent", { } id) => new($"{_entry.ResourceType}/{id}") { Type = _entry.ResourceType },
        ("Organization", { } id) => OrganisationOf(id),
        ("Client", { } id) => ClientOf(id),
        ("AuditEntry", { } id) => new() { Type = nameof(AuditEvent), Identifier = new(Systems.LogIndex, id) },
        (null, { } id) => new() { Identifier = new() { Value = id }, Display = _entry.Operation },
        ({ } type, { } id) => new() { Identifier = new($"urn:interop:{Kebab(type)}-id", id) },
    };

    static ResourceReference PatientOf(Guid person) => new($"Patient/{person:D}") { Type = nameof(Hl7.Fhir.Model.Patient) };

    static ResourceReference OrganisationOf(string slug) => new() { Type = nameof(Organization), Identifier = new(Systems.Organisation, slug) };

    static ResourceReference ClientOf(string id) => new() { Type = nameof(Device), Identifier = new(Systems.Client, id) };

    static CodeableConcept Concept(Coding coding) => new() { Coding = [coding] };

    static void Claim(AuditEvent e, string profile) => e.Meta!.Profile = [.. e.Meta.Profile, Balp.Profile(profile)];

    static string Kebab(string type) => string.Concat(type.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
