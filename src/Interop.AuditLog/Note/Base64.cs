namespace Interop.AuditLog;

internal static class Base64
{
    /// <summary>The bytes, or null: RFC 4648, section 4, with padding, without white space, in the one form that encoding them gives.</summary>
    internal static byte[]? Strict(string text)
    {
        var bytes = new byte[text.Length / 4 * 3];
        return Convert.TryFromBase64String(text, bytes, out var length) && Convert.ToBase64String(bytes, 0, length) == text ? bytes[..length] : null;
    }
}
