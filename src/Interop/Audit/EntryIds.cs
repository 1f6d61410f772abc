using System.Buffers.Binary;

namespace Interop.Audit;

/// <summary>
/// Ids of entries are of version 7, made of their times: in the order of time, and within bounds that a time gives. The bounds are asked
/// for beside the times, so that the database looks only into the months concerned.
/// </summary>
internal static class EntryIds
{
    const long Last = (1L << 48) - 1;

    /// <summary>The least id that an entry of this instant can have: its time to the millisecond, and nothing else.</summary>
    public static Guid First(DateTimeOffset at) => Of(at.ToUnixTimeMilliseconds());

    /// <summary>Greater than every id of an entry of this instant.</summary>
    public static Guid End(DateTimeOffset at) => Of(at.ToUnixTimeMilliseconds() + 1);

    /// <summary>The ids of a month, by its first day, UTC: from the first, before the end.</summary>
    public static (Guid First, Guid End) Bounds(DateOnly month) => (First(Instant(month)), First(Instant(month.AddMonths(1))));

    /// <summary>When an entry of this id was written, to the millisecond.</summary>
    public static DateTimeOffset TimeOf(Guid id) => DateTimeOffset.FromUnixTimeMilliseconds(MillisecondsOf(id));

    /// <summary>By how much the second was written later than the first. Of any two ids: what was put into the database past us may tell a time that there is not.</summary>
    public static TimeSpan Between(Guid first, Guid second) => TimeSpan.FromMilliseconds(MillisecondsOf(second) - MillisecondsOf(first));

    /// <summary>The first day of the month in which an entry of this id was written, UTC.</summary>
    public static DateOnly MonthOf(Guid id)
    {
        var at = TimeOf(id);
        return new(at.Year, at.Month, 1);
    }

    static long MillisecondsOf(Guid id) => BinaryPrimitives.ReadInt64BigEndian(id.ToByteArray(bigEndian: true)) >>> 16;

    static DateTimeOffset Instant(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    static Guid Of(long milliseconds)
    {
        var ms = Math.Clamp(milliseconds, 0, Last);
        return new((uint)(ms >> 16), (ushort)ms, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    extension(IQueryable<AuditEntry> entries)
    {
        /// <summary>Of this instant or later; null: of all times.</summary>
        public IQueryable<AuditEntry> From(DateTimeOffset? from)
        {
            if (from is not { } instant)
                return entries;
            var first = First(instant);
            return entries.Where(e => e.At >= instant && e.Id >= first);
        }

        /// <summary>Before this instant; null: of all times.</summary>
        public IQueryable<AuditEntry> Before(DateTimeOffset? to)
        {
            if (to is not { } instant)
                return entries;
            var end = End(instant);
            return entries.Where(e => e.At < instant && e.Id < end);
        }

        /// <summary>At this instant or before.</summary>
        public IQueryable<AuditEntry> Until(DateTimeOffset instant)
        {
            var end = End(instant);
            return entries.Where(e => e.At <= instant && e.Id < end);
        }

        public IQueryable<AuditEntry> Within(DateTimeOffset? from, DateTimeOffset? to) => entries.From(from).Before(to);
    }
}
