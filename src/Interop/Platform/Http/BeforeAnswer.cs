using Microsoft.AspNetCore.Http;

namespace Interop.Platform.Http;

/// <summary>
/// What remains to be done before an answer's first byte. Done by whoever writes the answer, while a failure can still become
/// another answer: in the server's own callback for this it could only break the answer off.
/// </summary>
internal static class BeforeAnswer
{
    public static void Set(HttpContext http, Func<HttpContext, Task> act) => http.Items[typeof(BeforeAnswer)] = act;

    /// <summary>Does it, once.</summary>
    public static Task DoAsync(HttpContext http) =>
        http.Items.Remove(typeof(BeforeAnswer), out var act) ? ((Func<HttpContext, Task>)act!)(http) : Task.CompletedTask;
}
