using Interop.Persons;
using Xunit;

namespace Interop.Tests.Persons;

public sealed class DisclosureCsvTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("Juzgado Central", "Juzgado Central")]
    [InlineData("Ñandú", "Ñandú")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("a\r\nb", "\"a\r\nb\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\tx", "'\tx")]
    [InlineData("\rx", "\"'\rx\"")]
    [InlineData("=A,\"B\"", "\"'=A,\"\"B\"\"\"")]
    [InlineData("a=b", "a=b")]
    public void A_field_is_quoted_where_it_must_be_and_is_no_formula(string value, string field) => Assert.Equal(field, DisclosureCsv.Field(value));
}
