using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Referrals;

/// <summary>Lists: filters, pages and cursors know only what the reader may know (P6).</summary>
public abstract class ReferralListTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Pages_are_full_over_whatever_is_hidden_between()
    {
        var exchange = await StartAsync(new());
        var clinic = new Clinic(exchange);
        var visible = new List<Guid>();
        var hidden = new List<Case>();
        for (var i = 0; i < 18; i++)
        {
            var it = await Case.SendAsync(exchange);
            if (i % 3 == 1 || i is 0 or 2 or 8 or 17)
                hidden.Add(it);
            else
                visible.Add(it.Id);
        }
        foreach (var it in hidden)
            (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200);
        visible.Reverse();

        foreach (var limit in new[] { 1, 2, 4, visible.Count, 50 })
        {
            var pages = await PagesAsync(clinic, "/v1/referrals", limit);
            Assert.Equal(visible, pages.SelectMany(p => p));
            Assert.All(pages.SkipLast(1), p => Assert.Equal(limit, p.Count));
            Assert.Equal((visible.Count + limit - 1) / limit, pages.Count); // no empty page at the end tells of more
        }
        Assert.Equal(18, (await PagesAsync(new Court(exchange), "/v1/referrals", 7)).Sum(p => p.Count));
        Assert.Equal([0], (await PagesAsync(new Court(exchange, "libertad-vigilada"), "/v1/referrals", 7)).Select(p => p.Count));
    }

    [Fact]
    public async Task A_cursor_names_the_last_one_shown_and_nothing_hidden()
    {
        var exchange = await StartAsync(new());
        var first = await Case.SendAsync(exchange);
        var hidden = await Case.SendAsync(exchange);
        var last = await Case.SendAsync(exchange);
        (await hidden.RevokeByCourtAsync(hidden.ReferralConsent)).Is(200);

        var page = (await first.Clinic.GetAsync("/v1/referrals?limit=1")).Is(200);

        Assert.Equal(last.Id, Guid.Parse(page["items[0].id"]!));
        Assert.Equal(last.Id.ToString("N"), System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(page["next"]!)));
    }

    [Fact]
    public async Task A_status_filter_holds_against_the_status_that_is_seen()
    {
        var it = await Case.AdmitAsync(Exchange);

        Assert.Empty(await FindAsync(it.Court, "status=admitted"));
        Assert.Single(await FindAsync(it.Court, "status=accepted"));
        Assert.Single(await FindAsync(it.Clinic, "status=admitted"));
        Assert.Empty(await FindAsync(it.Clinic, "status=accepted"));
        await it.MonitorAsync("treatment-status");
        Assert.Single(await FindAsync(it.Court, "status=admitted"));
        Assert.Single(await FindAsync(it.Supervision, "status=admitted"));

        async Task<IReadOnlyList<System.Text.Json.Nodes.JsonNode>> FindAsync(Party party, string filter) =>
            (await party.GetAsync($"/v1/referrals?person={it.Person}&{filter}")).Is(200).Items;
    }

    [Fact]
    public async Task Updated_since_does_not_betray_an_update_that_is_not_seen()
    {
        var it = await Case.SendAsync(Exchange);
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        var seen = DateTimeOffset.Parse((await it.Court.ReadAsync(it.Id)).Is(200)["updatedAt"]!, null);
        (await it.Clinic.AdmitAsync(it.Id)).Is(200);

        Assert.Single(await SinceAsync(it.Court, seen));
        Assert.Empty(await SinceAsync(it.Court, seen.AddTicks(10)));
        Assert.Single(await SinceAsync(it.Clinic, seen.AddTicks(10)));

        async Task<IReadOnlyList<System.Text.Json.Nodes.JsonNode>> SinceAsync(Party party, DateTimeOffset since) =>
            (await party.GetAsync($"/v1/referrals?person={it.Person}&updatedSince={A.Time(since)}")).Is(200).Items;
    }

    [Fact]
    public async Task Filters_find_by_matter_number_matter_id_and_intercept()
    {
        var it = await Case.SendAsync(Exchange, A.Referral().With("intercept", "trial"));
        var number = it.Referral["matter.number"];

        foreach (var (filter, found) in new[] { ($"matter={number}", 1), ($"matter={it.Matter}", 1), ($"matter={number}&intercept=trial", 1), ($"matter={number}&intercept=arrest", 0), ("matter=none", 0) })
            Assert.Equal((filter, found), (filter, (await it.Clinic.GetAsync($"/v1/referrals?{filter}")).Is(200).Items.Count));
    }

    [Theory]
    [InlineData("limit=0", "limit number.range")]
    [InlineData("limit=501", "limit number.range")]
    [InlineData("limit=-1", "limit number.range")]
    [InlineData("limit=1e2", "limit number.range")]
    [InlineData("limit=99999999999999999999", "limit number.range")]
    [InlineData("limit=", "limit text.empty")]
    [InlineData("limit=1&limit=2", "limit query.repeated")]
    [InlineData("cursor=x", "cursor cursor.bad")]
    [InlineData("cursor=%00", "cursor text.control")]
    [InlineData("cursor=AAAA", "cursor cursor.bad")]
    [InlineData("cursor=', drop table", "cursor cursor.bad")]
    [InlineData("status=open", "status code.unknown")]
    [InlineData("person=ana", "person type.uuid")]
    [InlineData("updatedSince=2026-13-01", "updatedSince type.instant")]
    [InlineData("updatedSince=0001-01-01T00:00:00Z", "updatedSince type.instant")]
    [InlineData("statsu=sent", "statsu query.unknown")]
    [InlineData("limit=0&cursor=x&status=open", "limit number.range", "cursor cursor.bad", "status code.unknown")]
    public async Task A_bad_query_is_named_and_finds_nothing(string query, params string[] faults) =>
        (await new Clinic(Exchange).GetAsync($"/v1/referrals?{query}")).Refuses(400, faults);

    static async Task<List<List<Guid>>> PagesAsync(Party party, string path, int limit)
    {
        var pages = new List<List<Guid>>();
        string? cursor = null;
        do
        {
            var page = (await party.GetAsync($"{path}?limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}")).Is(200);
            pages.Add([.. page.Items.Select(i => Guid.Parse(i["id"]!.ToString()))]);
            cursor = page["next"];
        }
        while (cursor is not null && pages.Count < 100);
        return pages;
    }
}

public sealed class ReferralListOnSqlite(SqliteExchange shared) : ReferralListTests(shared);

public sealed class ReferralListOnPostgreSql(PostgreSqlExchange shared) : ReferralListTests(shared);
