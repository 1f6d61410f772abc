using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Fhir;

internal sealed class EraseWritten(Db db) : IErasure
{
    public async Task<IReadOnlyList<Guid>> EraseAsync(Guid person, CancellationToken ct)
    {
        await db.FhirWritten.Where(w => w.PersonId == person).ExecuteDeleteAsync(ct); // and its identifiers with it
        return [];
    }
}
