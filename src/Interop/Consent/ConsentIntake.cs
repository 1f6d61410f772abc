using System.Text.Json;
using Interop.Directory;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Http;

namespace Interop.Consent;

/// <summary>A consent as it was asked for, held against what the exchange knows.</summary>
/// <param name="Faults">Every one, in the body and against the registers; the rest is sound only where there is none.</param>
internal sealed record ConsentTaken(ConsentRequest Request, Id<Person> Person, Matter? Matter, IReadOnlyList<Fault> Faults);

/// <summary>Takes in a consent, given or about to be: its elements, and whether those whom it names exist and can be what it says.</summary>
internal sealed class ConsentIntake(Call call, Work work, Gate gate, PersonRegister persons, Organisations organisations, ConsentParties parties)
{
    /// <param name="given">Signed, and about to be kept: the person is locked alone (P3). Else only looked at.</param>
    public async Task<ConsentTaken> ReadAsync(JsonElement body, bool given, CancellationToken ct)
    {
        var own = await organisations.RecallAsync(call.Caller.Organisation, ct);
        var request = Fields.Read(body, f => ConsentRequest.Read(f, own?.Zone ?? TimeZoneInfo.Utc, work.Now, given), out var refusal);
        var faults = refusal?.Faults.Select(ConsentElements.Named).ToList() ?? [];
        var person = new Id<Person>(request.PersonId);
        var (matters, concerning) = request.Matter is { } text ? (MattersOf(text), new Select<MatterPerson>("person_id", [person.Value])) : default;
        if (faults.All(f => f.Path != "personId"))
        {
            if (await OpenAsync(person, given, ct, also: matters is null ? [] : [matters, concerning]) is { } unknown)
                faults.Add(unknown);
        }
        // Only of a person whom the caller knows: else the fault that is missing would say that the two belong together (P6).
        var matter = matters is not null && faults.All(f => f.Path != "personId") ? OneOf(matters.Rows, concerning.Rows, faults) : null;
        faults.AddRange(await parties.FaultsAsync(request, person, matter, ct));
        return new(request, person, matter, faults);
    }

    /// <summary>Opens the gate for a person whom the caller knows.</summary>
    /// <param name="also">Read once the lock is held.</param>
    public async Task<Fault?> OpenAsync(Id<Person> person, bool given, CancellationToken ct, IReadOnlyList<Select>? also = null)
    {
        if (!await persons.KnowsAsync(call.Caller.Organisation, person, ct))
            return new("personId", "person.unknown");
        await gate.OpenAsync([person.Value], ct, exclusive: given, also);
        return null;
    }

    /// <summary>By id any matter; by number only the caller's own.</summary>
    Select<Matter> MattersOf(string text) => Guid.TryParseExact(text, "D", out var id) ? new("id", [id]) : new("organisation = $1 and number = $2", call.Caller.Organisation, text);

    static Matter? OneOf(IReadOnlyList<Matter> matters, IReadOnlyList<MatterPerson> concerning, List<Fault> faults)
    {
        var found = matters.Where(m => concerning.Any(c => c.MatterId == m.Id)).ToList();
        if (found is [var only])
            return only;
        faults.Add(new("matter", found.Count == 0 ? "matter.unknown" : "matter.ambiguous"));
        return null;
    }

    public static ConsentGiven New(ConsentRequest r, Caller caller, Id<Person> person, Id<Matter>? matter, DateTimeOffset now, AsWritten? written = null) => new()
    {
        Id = Id<ConsentGiven>.New(now),
        Version = 1,
        PersonId = person,
        Kind = r.Kind,
        MatterId = matter,
        Discloser = r.Discloser,
        Recipients = [.. r.Recipients.Distinct()],
        Purposes = [.. r.Purposes.Distinct()],
        Categories = [.. r.Categories.Distinct()],
        From = r.From,
        Until = r.Until,
        UntilEvent = r.UntilEvent,
        Revocable = r.Revocable is { } v ? new(v.From, v.Event) : null,
        Signature = new(r.Signature.Method, r.Signature.At, r.Signature.By, r.Signature.Witness),
        Language = r.Language,
        CapturedBy = caller.Organisation,
        CreatedAt = now,
        Written = written,
    };
}
