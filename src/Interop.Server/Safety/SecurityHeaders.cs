namespace Interop.Server.Safety;

/// <summary>
/// What every answer says to browsers, errors included. Nothing here is a page but Swagger's, which may run its own files, and one
/// to print, which runs nothing; what says nothing of being kept is not kept.
/// </summary>
internal static class SecurityHeaders
{
    const string Nothing = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    const string Year = "max-age=31536000";

    /// <param name="connect">Where else the page may send requests: to an authority that issues tokens.</param>
    static string Page(string connect) =>
        $"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'{connect}; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app, Uri? authority)
    {
        var page = Page(authority is null ? "" : " " + authority.GetLeftPart(UriPartial.Authority));
        var (plain, plainHttps, ofPage, ofPageHttps) = (Say(null, isHttps: false), Say(null, isHttps: true), Say(page, isHttps: false), Say(page, isHttps: true));
        return app.Use((http, next) =>
        {
            var isPage = http.Request.Path.StartsWithSegments("/swagger");
            var isHttps = http.Request.IsHttps; // as it came: the identity server's paths go on under the issuer's scheme
            // When the answer starts, so that whatever clears it for an error clears none of these.
            http.Response.OnStarting(isPage ? isHttps ? ofPageHttps : ofPage : isHttps ? plainHttps : plain, http);
            return next(http);
        });
    }

    /// <param name="page">What a page may do; null: it is none.</param>
    static Func<object, Task> Say(string? page, bool isHttps) => http =>
    {
        var headers = ((HttpContext)http).Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.XFrameOptions = "DENY";
        if (page is not null || headers.ContentSecurityPolicy.Count == 0) // a page that stands alone says what it needs
            headers.ContentSecurityPolicy = page ?? Nothing;
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (isHttps)
            headers.StrictTransportSecurity = Year;
        if (headers.CacheControl.Count == 0 && page is null)
            headers.CacheControl = "no-store";
        return Task.CompletedTask;
    };
}
