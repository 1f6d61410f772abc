using Interop.AuditLog;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Audit;

/// <summary>What proves that an entry is in the log, and that the log was only appended to, for those entitled to entries.</summary>
public abstract class LogProofTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task An_entry_is_proved_in_every_tree_that_holds_it()
    {
        var exchange = await StartAsync(new());
        await exchange.FillAsync(300);
        await exchange.BuildAsync();
        var signed = Checkpoint.Parse((await exchange.CheckpointAsync()).Text);
        await exchange.FillAsync(50);
        await exchange.BuildAsync();
        var latest = await exchange.CheckpointAsync();
        var oversight = new Party(exchange, "contraloria");
        foreach (var index in new[] { 0L, 17, 255, 256, signed.Size - 1 })
        {
            var entry = (await oversight.GetAsync($"/v1/audit/entries/{index}")).Is(200);
            foreach (var (query, checkpoint) in new[] { ("", Checkpoint.Parse(latest.Text)), ($"?size={signed.Size}", signed) })
            {
                var proof = (await oversight.GetAsync($"/v1/audit/entries/{index}/proof{query}")).Is(200);
                Assert.Equal((index, checkpoint.Size), ((long)proof.Json!["index"]!, (long)proof.Json["size"]!));
                Assert.Equal(entry["leaf"], proof["leaf"]);
                Assert.True(Proofs.VerifyInclusion(index, checkpoint.Size, Convert.FromBase64String(entry["leaf"]!), Hashes(proof), checkpoint.Root));
                Assert.Equal(checkpoint, Checkpoint.Parse(SignedNote.Parse(proof["checkpoint"]!).Text));
            }
            // Of a size that no checkpoint has, too.
            var between = (await oversight.GetAsync($"/v1/audit/entries/{index}/proof?size={signed.Size + 7}")).Is(200);
            Assert.Null(between["checkpoint"]);
        }
        Assert.Contains(await oversight.AuditedAsync(), e => e is { Operation: "audit.proof", Outcome: "permitted", ResourceId: "17" });
    }

    [Fact]
    public async Task That_it_was_only_appended_to_is_proved()
    {
        var exchange = await StartAsync(new());
        var oversight = new Party(exchange, "contraloria");
        (await oversight.GetAsync("/v1/audit/consistency?from=1")).Refuses(409, " log.not-signed-yet");
        await exchange.FillAsync(300);
        await exchange.BuildAsync();
        var before = Checkpoint.Parse((await exchange.CheckpointAsync()).Text);
        await exchange.FillAsync(500);
        await exchange.BuildAsync();
        var after = Checkpoint.Parse((await exchange.CheckpointAsync()).Text);
        var proof = (await oversight.GetAsync($"/v1/audit/consistency?from={before.Size}")).Is(200);
        Assert.True(Proofs.VerifyConsistency(before.Size, after.Size, before.Root, after.Root, Hashes(proof)));
        (await oversight.GetAsync($"/v1/audit/consistency?from={before.Size}&to={before.Size}")).Is(200);
        (await oversight.GetAsync("/v1/audit/consistency")).Refuses(400, "from required");
        (await oversight.GetAsync("/v1/audit/consistency?from=0&to=x&at=1")).Refuses(400, "at query.unknown", "from number.range", "to number.range");
        (await oversight.GetAsync($"/v1/audit/consistency?from=1&to={after.Size + 1}")).Refuses(422, "to log.size-beyond");
        (await oversight.GetAsync("/v1/audit/consistency?from=2&to=1")).Refuses(422, "from log.size-beyond");
    }

    [Fact]
    public async Task A_proof_that_cannot_be_is_refused_in_the_order_of_the_contract()
    {
        var exchange = await StartAsync(new());
        await exchange.FillAsync(20);
        await exchange.BuildAsync();
        var size = await exchange.SignedAsync();
        var oversight = new Party(exchange, "contraloria");
        foreach (var query in new[] { "size=0", "size=-1", "size=x", "size=1e3", "size=99999999999999999999" })
            (await oversight.GetAsync($"/v1/audit/entries/x/proof?{query}")).Refuses(400, "size number.range");
        (await oversight.GetAsync("/v1/audit/entries/3/proof?sise=1")).Refuses(400, "sise query.unknown");
        foreach (var index in new[] { "x", "-1", "+1", "9999999", "99999999999999999999" })
            (await oversight.GetAsync($"/v1/audit/entries/{index}/proof?size={size}")).Is(404);
        (await oversight.GetAsync($"/v1/audit/entries/3/proof?size={size + 1}")).Refuses(422, "size log.size-beyond");
        (await oversight.GetAsync("/v1/audit/entries/3/proof?size=3")).Refuses(422, "size log.size-before-entry");
        (await oversight.GetAsync($"/v1/audit/entries/{size}/proof?size={size}")).Refuses(409, " log.not-signed-yet"); // what was asked above has a number by now, and no checkpoint
        foreach (var organisation in new[] { "juzgado-central", "centro-esperanza", "observatorio", "admin" })
        foreach (var path in new[] { "entries/1/proof?size=x", "consistency?from=x", "export?person=x" })
            (await new Party(exchange, organisation).GetAsync($"/v1/audit/{path}")).Is(403);
    }

    [Fact]
    public async Task An_entry_that_was_just_written_can_be_proved_at_once()
    {
        var exchange = await StartAsync(new());
        var oversight = new Party(exchange, "contraloria");
        (await oversight.GetAsync("/v1/audit/entries?limit=1")).Is(200);
        var newest = (await oversight.GetAsync("/v1/audit/entries?limit=1")).Is(200).Items[0]["index"]!.ToString();

        var proof = (await oversight.GetAsync($"/v1/audit/entries/{newest}/proof")).Is(200);

        Assert.Equal(newest, proof["index"]);
        Assert.NotNull(proof["checkpoint"]);
    }

    static IReadOnlyList<byte[]> Hashes(Reply proof) => [.. proof.Json!["hashes"]!.AsArray().Select(h => Convert.FromBase64String(h!.ToString()))];
}

public sealed class LogProofOnSqlite(SqliteExchange shared) : LogProofTests(shared);

public sealed class LogProofOnPostgreSql(PostgreSqlExchange shared) : LogProofTests(shared);
