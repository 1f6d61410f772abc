using Interop.Platform;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using OpenIddict.Server;
using OpenIddict.Validation;

namespace Interop.Identity;

/// <summary>
/// Looks into the key folder every few seconds, so that a key that was added is published, signs when its time has come, and is
/// gone when it was removed, on every node and without a restart.
/// </summary>
internal sealed partial class SigningKeyWatch(
    SigningKeys keys, Clock clock, SigningKeysChanged<OpenIddictServerOptions> server, SigningKeysChanged<OpenIddictValidationOptions> validation, ILogger<SigningKeyWatch> log) : BackgroundService
{
    /// <summary>How long a node may not know of a key. A key is used no sooner than several times this after it was made.</summary>
    public static TimeSpan Every { get; } = TimeSpan.FromSeconds(5);

    string? _seen;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock.Time);
        try
        {
            do
                Look();
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    public void Look()
    {
        try
        {
            var files = string.Join('\n', keys.FilesNewestFirst().Select(k => k.Name));
            if (files == _seen)
                return;
            if (_seen is not null)
            {
                keys.NewestFirst(); // a file that is no key must not take the place of those that work
                server.Tell();
                validation.Tell(); // takes what it checks with from the server's
                Log.Changed(log);
            }
            _seen = files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            Log.NotRead(log, e.Message);
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The signing keys have changed.")]
        public static partial void Changed(ILogger logger);

        [LoggerMessage(Level = LogLevel.Error, Message = "The key folder could not be read; the signing keys stay as they are. {Reason}")]
        public static partial void NotRead(ILogger logger, string reason);
    }
}

/// <summary>Has these options made anew.</summary>
internal sealed class SigningKeysChanged<TOptions> : IOptionsChangeTokenSource<TOptions>, IDisposable
{
    CancellationTokenSource _source = new();

    public string Name => Options.DefaultName;

    public IChangeToken GetChangeToken() => new CancellationChangeToken(Volatile.Read(ref _source).Token);

    public void Tell()
    {
        using var told = Interlocked.Exchange(ref _source, new());
        told.Cancel();
    }

    public void Dispose() => _source.Dispose();
}
