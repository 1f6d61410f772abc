using System.Net.Sockets;
using Interop.Platform.Engines;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Xunit;

namespace Interop.Tests.Platform;

/// <summary>Which failures are the database's weather: answered 503 and waited for, where anything else is a fault of ours and 500.</summary>
public sealed class UnavailableTests : IDisposable
{
    readonly PostgreSql _postgreSql = new("Host=nowhere");
    readonly string _folder = System.IO.Directory.CreateTempSubdirectory("interop-unavailable-").FullName;
    readonly Sqlite _sqlite;

    public UnavailableTests() => _sqlite = new(Path.Combine(_folder, "interop.db"));

    public void Dispose()
    {
        _postgreSql.Dispose();
        _sqlite.Dispose();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("08000")]
    [InlineData("08006")]
    [InlineData("25006")] // read-only
    [InlineData("28P01")] // the password was changed
    [InlineData("3D000")] // the database was dropped
    [InlineData("53100")] // disk full
    [InlineData("53200")] // out of memory
    [InlineData("53300")] // too many connections
    [InlineData("55P03")] // lock not available
    [InlineData("57014")] // cancelled by an operator, or by statement_timeout
    [InlineData("57P01")] // shut down
    [InlineData("57P02")] // crashed
    [InlineData("57P03")] // starting up
    [InlineData("57P05")] // idle for too long
    [InlineData("58030")] // I/O error
    public void PostgreSql_says_so_by_its_state(string state) => Assert.True(_postgreSql.IsUnavailable(Wrapped(Said(state))));

    [Theory]
    [InlineData("22P02")] // a value that is none
    [InlineData("23502")] // not null
    [InlineData("42601")] // syntax
    [InlineData("42P01")] // no such table
    [InlineData("P0001")] // a trigger of ours refuses
    public void What_is_wrong_with_a_statement_is_no_weather(string state) => Assert.False(_postgreSql.IsUnavailable(Wrapped(Said(state))));

    public static TheoryData<Exception> OfTheWay =>
    [
        new NpgsqlException("No suitable host was found."), // whose IsTransient is false
        new NpgsqlException("Unable to connect to a suitable host.", new AggregateException(new NpgsqlException("Failed to connect", new SocketException((int)SocketError.ConnectionRefused)))),
        new NpgsqlException("Failed to connect to /nowhere/.s.PGSQL.5432", new SocketException((int)SocketError.AddressNotAvailable)),
        new NpgsqlException("The connection pool has been exhausted", new TimeoutException()),
        new NpgsqlException("Exception while reading from stream", new EndOfStreamException()),
    ];

    [Theory]
    [MemberData(nameof(OfTheWay), DisableDiscoveryEnumeration = true)]
    public void The_driver_says_so_of_the_way_to_it(Exception e) => Assert.True(_postgreSql.IsUnavailable(Wrapped(e)));

    [Theory]
    [InlineData("28P01", true)]
    [InlineData("28000", true)]
    [InlineData("3D000", true)]
    [InlineData("57P03", false)]
    [InlineData("53300", false)]
    public void What_somebody_has_to_mend_is_not_waited_for_at_the_start(string state, bool misconfigured) => Assert.Equal(misconfigured, _postgreSql.IsMisconfigured(Wrapped(Said(state))));

    [Theory]
    [InlineData("57P01", true)] // it may have waited for its standby
    [InlineData("53100", false)]
    [InlineData("23505", false)]
    public void A_server_that_answers_a_commit_with_an_error_has_not_done_it(string state, bool inDoubt) => Assert.Equal(inDoubt, _postgreSql.IsInDoubt(Said(state)));

    [Fact]
    public void A_commit_without_an_answer_is_in_doubt() => Assert.True(_postgreSql.IsInDoubt(new NpgsqlException("Exception while reading from stream", new EndOfStreamException())));

    [Theory]
    [InlineData(5)] // busy
    [InlineData(8)] // read-only
    [InlineData(10)] // I/O error
    [InlineData(13)] // full
    [InlineData(14)] // cannot open
    public void Sqlite_says_so_by_its_code(int code) => Assert.True(_sqlite.IsUnavailable(Wrapped(new SqliteException("", code))));

    [Theory]
    [InlineData(1)] // syntax
    [InlineData(11)] // corrupt
    [InlineData(19)] // constraint
    [InlineData(20)] // a value of the wrong kind
    public void Other_faults_of_Sqlite_are_no_weather(int code) => Assert.False(_sqlite.IsUnavailable(Wrapped(new SqliteException("", code))));

    static PostgresException Said(string state) => new("", "ERROR", "ERROR", state);

    /// <summary>As the mapper hands it on.</summary>
    static Exception Wrapped(Exception e) => new InvalidOperationException("likely due to a transient failure", new DbUpdateException("", e));
}
