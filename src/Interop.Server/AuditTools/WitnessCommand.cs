using System.Text;
using Interop.Audit.Log;
using Interop.AuditLog;

namespace Interop.Server.AuditTools;

/// <summary>
/// A witness (C2SP tlog-witness) to be run by somebody else than the log's operator: cosigns what extends what it saw, and nothing
/// that contradicts it.
/// </summary>
internal static class WitnessCommand
{
    public const string Usage =
        """
        witness --log <vkey>... --key <file> --state <file> [--name <name>] [--urls <address>]
        """;

    const int MaxRequest = 256 * 1024;

    public static bool Knows(string[] args) => args is ["witness", ..];

    /// <returns>0 when it was stopped, 1 when it could not start, 2 not understood.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors, CancellationToken ct)
    {
        try
        {
            if (CommandLine.Parse(args.Skip(1), ["--log", "--key", "--state", "--name", "--urls"]) is not { Words.Count: 0 } line
                || line.All("--log") is not { Count: > 0 } logs || line.Last("--key") is not { } keyFile || line.Last("--state") is not { } state)
            {
                await errors.WriteLineAsync(Usage);
                return 2;
            }
            var keys = logs.Select(VerifierKey.Parse).ToList();
            var signer = new NoteSigner(line.Last("--name") ?? Environment.MachineName.ToLowerInvariant(), NoteAlgorithm.Cosignature, ReadOrMake(keyFile));
            using var book = new WitnessBook(state);
            await using var app = Build(line.Last("--urls") ?? "http://localhost:8090", signer, keys, book);
            await app.StartAsync(ct);
            foreach (var key in keys)
                await output.WriteLineAsync($"Witness of {key.Name}, {book.Last(key.Name)?.Size ?? 0} entries so far");
            await output.WriteLineAsync($"Verifier key {signer.Key}");
            await output.WriteLineAsync($"Now listening on: {string.Join(' ', app.Urls)}");
            await app.WaitForShutdownAsync(ct);
            return 0;
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync(e.Message);
            return 1;
        }
    }

    /// <summary>The witness, not yet started.</summary>
    internal static WebApplication Build(string urls, NoteSigner signer, IReadOnlyList<VerifierKey> keys, WitnessBook book)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration["urls"] = urls;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxRequest);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var app = builder.Build();
        var one = new Lock(); // from what was seen to what is kept, one request at a time
        app.MapGet("/", () => TypedResults.Text($"{signer.Key}\n"));
        app.MapPost("/add-checkpoint", async (HttpRequest request, CancellationToken ct) =>
        {
            using var body = new MemoryStream();
            AddCheckpoint asked;
            try
            {
                await request.Body.CopyToAsync(body, ct);
                asked = AddCheckpoint.Parse(body.GetBuffer().AsSpan(0, (int)body.Length));
            }
            catch (FormatException e)
            {
                return Answer(new(400, $"{e.Message}\n"));
            }
            catch (BadHttpRequestException e) // too long, or broken off
            {
                return Answer(new(e.StatusCode, $"{e.Message}\n"));
            }
            lock (one)
            {
                var answer = WitnessRule.Decide(asked, keys, book.Last);
                if (answer.Accepted is not { } accepted)
                    return Answer(answer);
                if (book.Last(accepted.Origin) != accepted)
                    book.Keep(accepted);
                return Answer(answer with { Body = signer.Sign(asked.Note.Text, TimeProvider.System.GetUtcNow()).Line });
            }
        });
        return app;
    }

    static IResult Answer(WitnessAnswer answer) => TypedResults.Text(answer.Body, answer.ContentType, statusCode: answer.Status);

    static string ReadOrMake(string file)
    {
        if (!File.Exists(file))
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var stream = new FileStream(file, options);
            stream.Write(NoteSigner.NewPem());
            stream.Flush(flushToDisk: true);
        }
        return File.ReadAllText(file, Encoding.ASCII);
    }
}
