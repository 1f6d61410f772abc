using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Referrals;

/// <summary>Referrals that come at the same time may be written together: each is as it would be alone.</summary>
public abstract class CompanyTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task What_comes_at_the_same_time_is_made_once_each_and_nobody_pays_for_another()
    {
        var (court, other) = (new Court(Exchange), new Court(Exchange, "fiscalia-central"));
        var (person, matter) = (A.Identifier(), A.Unique("C"));
        JsonObject Of(int n) => (n % 5) switch
        {
            0 => A.Referral(),
            1 => A.Referral().With("person.identifiers", new JsonArray(person.DeepClone())),
            2 => A.Referral().With("matter.number", matter),
            3 => A.Referral().With("providerId", "nadie"),
            _ => A.Referral().With("person.identifiers", new JsonArray(A.Identifier(), person.DeepClone())),
        };
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(n => (n < 40 ? court : other).PostAsync("/v1/referrals", Of(n))));

        var made = answers.Index().Where(a => a.Index % 5 != 3).Select(a => (a.Index, Reply: a.Item.Is(201))).ToList();
        Assert.All(answers.Index().Where(a => a.Index % 5 == 3), a => a.Item.Refuses(422, "providerId organisation.unknown"));
        Assert.Equal(made.Count, made.Select(m => m.Reply.Id).Distinct().Count());
        foreach (var own in made.GroupBy(m => m.Index < 40))
        {
            Assert.Single(own.Where(m => m.Index % 5 is 1 or 4).Select(m => m.Reply["personId"]).Distinct());
            Assert.Single(own.Where(m => m.Index % 5 is 2).Select(m => m.Reply["matter.id"]).Distinct());
            Assert.Equal(own.Count(m => m.Index % 5 is 0 or 2) + 1, own.Select(m => m.Reply["personId"]).Distinct().Count());
        }
        foreach (var (index, reply) in made)
        {
            if (index % 5 is 0 or 2) // nobody else said more of that person meanwhile
                Assert.Equal(reply.Text, (await (index < 40 ? court : other).ReadAsync(reply.Id)).Is(200).Json!.AsObject().With("warnings", reply.Json!["warnings"]?.DeepClone()).ToJsonString(s_asWritten));
            var entries = (await new Party(Exchange, "contraloria").GetAsync($"/v1/audit/entries?operation=referral.create&resource={reply.Id}")).Is(200).Items;
            Assert.Equal(("create", "permitted", reply["referrerId"], reply["personId"]), Assert.Single(entries.Select(e => (e.At("action")!.ToString(), e.At("outcome")!.ToString(), e.At("organisation")!.ToString(), e.At("person")!.ToString()))));
        }
    }

    static readonly System.Text.Json.JsonSerializerOptions s_asWritten = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

public sealed class CompanyOnSqlite(SqliteExchange shared) : CompanyTests(shared);

public sealed class CompanyOnPostgreSql(PostgreSqlExchange shared) : CompanyTests(shared);
