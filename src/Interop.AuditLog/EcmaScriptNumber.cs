using System.Globalization;
using System.Text;

namespace Interop.AuditLog;

/// <summary>
/// ECMAScript's Number::toString (ECMA-262, 6.1.6.1.20), which RFC 8785, 3.2.2.3 prescribes. The runtime's "R" gives
/// the same shortest digits; only their layout differs.
/// </summary>
internal static class EcmaScriptNumber
{
    /// <summary>The canonical text of a JSON number. FormatException when no finite double is near it.</summary>
    internal static string Format(string json)
    {
        var number = double.Parse(json, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(number)) throw new FormatException("A number is beyond the range of a double.");
        if (number == 0) return "0"; // minus zero too
        var (digits, point) = Shortest(Math.Abs(number));
        return (number < 0 ? "-" : "") + Layout(digits, point);
    }

    /// <summary>Digits without zeros at either end, and where the point stands, counted from their left: 0.<i>digits</i> × 10^point.</summary>
    private static (string Digits, int Point) Shortest(double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        var exponent = 0;
        if (text.IndexOf('E', StringComparison.Ordinal) is >= 0 and var at)
        {
            exponent = int.Parse(text.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            text = text[..at];
        }
        var whole = text.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? dot : text.Length;
        var digits = text.Replace(".", "", StringComparison.Ordinal);
        var significant = digits.TrimStart('0');
        return (significant.TrimEnd('0'), whole + exponent - (digits.Length - significant.Length));
    }

    private static string Layout(string digits, int point)
    {
        var count = digits.Length;
        if (count <= point && point <= 21) return digits + new string('0', point - count);
        if (0 < point && point <= 21) return digits.Insert(point, ".");
        if (-6 < point && point <= 0) return "0." + new string('0', -point) + digits;

        var text = new StringBuilder().Append(digits[0]);
        if (count > 1) text.Append('.').Append(digits, 1, count - 1);
        var exponent = point - 1;
        return text.Append('e').Append(exponent < 0 ? '-' : '+')
            .Append(Math.Abs(exponent).ToString(CultureInfo.InvariantCulture)).ToString();
    }
}
