using Interop.Audit.Log;
using Interop.AuditLog;
using Interop.Server.AuditTools;
using Interop.Server.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Audit;

/// <summary>Somebody else who keeps an eye on the log: the witness that ships with the product, as the log asks it.</summary>
public abstract class WitnessTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task What_a_witness_cosigned_is_shown_with_its_signature()
    {
        await using var witness = new Watcher();
        var exchange = await StartAsync(witness);
        await exchange.FillAsync(300);
        await exchange.BuildAsync();
        Assert.Empty((await exchange.CheckpointAsync()).Verified([witness.Key])); // shown at once, before any witness was asked
        Assert.Equal(1, await exchange.RunAsync<Cosigner>());
        Assert.Equal([witness.Key], (await exchange.CheckpointAsync()).Verified([witness.Key]));
        Assert.Equal(0, await exchange.RunAsync<Cosigner>());

        await exchange.FillAsync(300);
        await exchange.BuildAsync();
        Assert.Equal(1, await exchange.RunAsync<Cosigner>()); // with a proof from what it cosigned last
        using var place = new LogPlace(exchange.Log());
        var report = await exchange.VerifyAsync(trust: new(await place.KeysAsync(CancellationToken.None), [witness.Key], 1));
        Assert.Empty(report.Findings);
        Assert.Equal(witness.Key, Assert.Single(report.CosignedBy).Witness);
        Assert.Equal(await exchange.SignedAsync(), witness.Last(report.Checkpoint!.Origin)!.Size);
    }

    [Fact]
    public async Task A_witness_that_knows_more_or_less_than_the_log_believes_is_shown_from_where_it_stands()
    {
        await using var witness = new Watcher();
        var exchange = await StartAsync(witness);
        await exchange.FillAsync(30);
        await exchange.BuildAsync();
        await exchange.RunAsync<Cosigner>();
        await exchange.TamperAsync(db => db.Cosignatures.ExecuteDeleteAsync()); // what the log knew of it is lost
        await exchange.FillAsync(30);
        await exchange.BuildAsync();
        Assert.Equal(1, await exchange.RunAsync<Cosigner>());
        await witness.ForgetAsync();
        await exchange.FillAsync(30);
        await exchange.BuildAsync();
        Assert.Equal(1, await exchange.RunAsync<Cosigner>());
        Assert.Null(await exchange.WrongAsync());
    }

    [Fact]
    public async Task A_witness_that_is_away_delays_nothing()
    {
        await using var witness = new Watcher();
        var exchange = await StartAsync(witness);
        await witness.StopAsync();
        await exchange.FillAsync(3);
        await exchange.BuildAsync();
        Assert.Equal(0, await exchange.RunAsync<Cosigner>());
        Assert.Empty((await exchange.VerifyAsync()).Findings);
        Assert.Null(await exchange.WrongAsync());
    }

    [Fact]
    public async Task A_backup_put_back_with_its_keys_is_noticed_by_what_a_witness_holds()
    {
        await using var witness = new Watcher();
        var exchange = await StartAsync(witness);
        await exchange.FillAsync(30);
        await exchange.BuildAsync();
        await exchange.RunAsync<Cosigner>();
        var keys = (await exchange.VerifyAsync()).SignedBy;

        // The database is that of the first day, and the file beside the keys with it.
        var restored = await StartAsync(witness);
        foreach (var key in System.IO.Directory.GetFiles(exchange.Keys, "audit-signing*"))
            File.Copy(key, Path.Combine(System.IO.Directory.CreateDirectory(restored.Keys).FullName, Path.GetFileName(key)), overwrite: true);
        await restored.FillAsync(5);
        await restored.BuildAsync();
        Assert.Equal(keys, (await restored.VerifyAsync()).SignedBy);
        Assert.Equal(0, await restored.RunAsync<Cosigner>());
        Assert.Contains("put back to an earlier state", await restored.WrongAsync(), StringComparison.Ordinal);
        Assert.Empty((await restored.CheckpointAsync()).Verified([witness.Key]));

        // Grown past what the witness holds, it is still another log.
        await restored.FillAsync(50);
        await restored.BuildAsync();
        Assert.Equal(0, await restored.RunAsync<Cosigner>());
        Assert.Contains("does not begin with", await restored.WrongAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_witness_setting_that_is_none_stops_the_start()
    {
        foreach (var setting in new[] { "http://localhost:1", "http://localhost:1 x+00000000+AAAA", "ftp://localhost x" })
        {
            var e = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(new ExchangeOptions { Settings = [$"Audit:Witnesses={setting}"] }));
            Assert.Contains("Audit:Witnesses", e.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>An exchange whose log the witness knows: one that had its keys before the witness was told.</summary>
    async Task<Exchange> StartAsync(Watcher witness)
    {
        var exchange = await StartAsync(new ExchangeOptions { Settings = [$"Audit:Witnesses={witness.Url} {witness.Key}"] });
        if (witness.Logs.Count == 0)
        {
            using var place = new LogPlace(exchange.Log());
            witness.Logs.AddRange(await place.KeysAsync(CancellationToken.None));
        }
        return exchange;
    }
}

public sealed class WitnessOnSqlite(SqliteExchange shared) : WitnessTests(shared)
{
    [Fact]
    public async Task It_keeps_what_it_cosigned_before_it_answers_and_over_a_restart()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("interop-witness-");
        var file = Path.Combine(folder.FullName, "state");
        var checkpoint = new Checkpoint("example.org/audit/log", 5, new byte[32]);
        using (var book = new WitnessBook(file))
        {
            Assert.Null(book.Last(checkpoint.Origin));
            Assert.Throws<IOException>(() => new WitnessBook(file)); // two that cosign in one name would not know of each other
            book.Keep(checkpoint);
            book.Keep(checkpoint with { Origin = "example.org/other" });
            book.Keep(checkpoint with { Size = 7 });
        }
        await File.AppendAllTextAsync(file, "\"example.org/audit/log\\n9\\n"); // cut short by a crash: it was not answered
        using (var book = new WitnessBook(file))
        {
            Assert.Equal(7, book.Last(checkpoint.Origin)!.Size);
            for (var size = 8; size < 20_000; size++)
                if (size % 500 == 0)
                    book.Keep(checkpoint with { Size = size });
        }
        using (var padding = new StreamWriter(file, append: true)) // longer than it lets it grow
            for (var i = 0; i < 20_000; i++)
                await padding.WriteAsync($"\"example.org/third\\n{i + 1}\\n{Convert.ToBase64String(new byte[32])}\\n\"\n");
        using (var book = new WitnessBook(file))
            Assert.Equal((19_500L, 5L, 20_000L), (book.Last(checkpoint.Origin)!.Size, book.Last("example.org/other")!.Size, book.Last("example.org/third")!.Size));
        Assert.True(new FileInfo(file).Length < 1000);
        using (var book = new WitnessBook(file))
            Assert.Equal(20_000L, book.Last("example.org/third")!.Size);
        await File.WriteAllTextAsync(file, "something else\n");
        Assert.Throws<FormatException>(() => new WitnessBook(file));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task It_answers_what_is_no_request_of_a_log_that_it_knows()
    {
        await using var witness = new Watcher();
        using var http = new HttpClient();
        foreach (var (body, status) in new[] { ("", 400), ("old 1\n\nx\n\n— y AAAAAAA=\n", 400), ("old 0\n\nelsewhere\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— y AAAAAAA=\n", 404), (new string('x', 300_000), 413) })
        {
            using var answer = await http.PostAsync($"{witness.Url}add-checkpoint", new StringContent(body));
            Assert.Equal(status, (int)answer.StatusCode);
        }
        Assert.Equal($"{witness.Key}\n", await http.GetStringAsync(witness.Url));
    }
}

public sealed class WitnessOnPostgreSql(PostgreSqlExchange shared) : WitnessTests(shared);

/// <summary>The witness as its command builds it, on a port of its own.</summary>
sealed class Watcher : IAsyncDisposable
{
    readonly string _folder = System.IO.Directory.CreateTempSubdirectory("interop-witness-").FullName;
    readonly NoteSigner _signer = new("witness.example/w1", NoteAlgorithm.Cosignature, LogWorld.NewPem());
    WitnessBook _book;
    WebApplication? _app;

    public Watcher()
    {
        _book = new(Path.Combine(_folder, "state"));
        _app = WitnessCommand.Build("http://127.0.0.1:0", _signer, Logs, _book);
        _app.StartAsync().GetAwaiter().GetResult();
        Url = _app.Urls.Single() + "/";
    }

    public string Url { get; }
    public VerifierKey Key => _signer.Key;

    /// <summary>The keys of the logs that it knows.</summary>
    public List<VerifierKey> Logs { get; } = [];

    public Checkpoint? Last(string origin) => _book.Last(origin);

    public async Task StopAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        _app = null;
        _book.Dispose();
    }

    /// <summary>It is set up anew, at the same address and with the same key.</summary>
    public async Task ForgetAsync()
    {
        await StopAsync();
        File.Delete(Path.Combine(_folder, "state"));
        _book = new(Path.Combine(_folder, "state"));
        _app = WitnessCommand.Build(Url, _signer, Logs, _book);
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        System.IO.Directory.Delete(_folder, recursive: true);
    }
}
