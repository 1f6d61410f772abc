using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Interop.Delivery;
using Interop.Platform.Events;
using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Monitoring;

/// <summary>One trace from the request to the partner.</summary>
public abstract class TraceTests(SharedExchange shared) : ExchangeTests(shared)
{
    readonly string _trace = ActivityTraceId.CreateRandom().ToHexString();

    string Parent => $"00-{_trace}-00f067aa0ba902b7-01";

    [Fact]
    public async Task The_trace_of_a_request_goes_on_through_the_event_and_the_relay_to_the_partner()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name is "Interop" or "Microsoft.AspNetCore",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var partner = new Partner();
        var (exchange, it) = await ConsentUnderTraceAsync(partner);

        var request = spans.Single(s => s.TraceId.ToHexString() == _trace && s.ParentSpanId.ToHexString() == "00f067aa0ba902b7");
        var recorded = await exchange.LookAsync(db => db.RecordedEvents.AsNoTracking().SingleAsync(e => e.Subject == $"referrals/{it.Id}"));
        Assert.Equal(request.Id, recorded.TraceParent);
        var relay = spans.Single(s => s.OperationName == "relay" && s.Links.Any(l => l.Context.TraceId.ToHexString() == _trace));
        Assert.Contains(relay.Links, l => l.Context.SpanId == request.SpanId);
        var delivery = spans.Single(s => s.OperationName == "deliver webhook" && s.TraceId.ToHexString() == _trace);
        Assert.Equal((request.SpanId, ActivityKind.Producer), (delivery.ParentSpanId, delivery.Kind));
        Assert.Equal(204, delivery.GetTagItem("http.response.status_code"));

        var received = Assert.Single(partner.Received);
        Assert.Equal(delivery.Id, received.Headers["traceparent"]);
        Assert.Equal(request.Id, received.Event.TraceParent);
        Assert.Contains(spans, s => s.Source.Name == "Microsoft.AspNetCore" && s.ParentId == delivery.Id); // the partner's own server goes on with it
    }

    [Fact]
    public async Task Where_nobody_listens_a_partner_still_gets_the_trace_of_the_request()
    {
        await using var partner = new Partner();
        await ConsentUnderTraceAsync(partner);
        Assert.StartsWith($"00-{_trace}-", Assert.Single(partner.Received).Headers["traceparent"], StringComparison.Ordinal);
    }

    /// <summary>A consent that the court captures within a trace of its own sends a referral, of which the clinic is told.</summary>
    async Task<(Exchange Exchange, Case It)> ConsentUnderTraceAsync(Partner partner)
    {
        var exchange = await StartAsync(new());
        await partner.StartAsync();
        var it = await Case.OpenAsync(exchange);
        (await it.Clinic.PostAsync("/v1/subscriptions", new() { ["channel"] = "webhook", ["url"] = partner.Url + "/hook", ["events"] = new JsonArray("org.interop.referral.sent.v1") })).Is(201);
        (await it.Court.PostAsync("/v1/consents", A.ReferralConsent(it.Referral, exchange.Now), ("traceparent", Parent))).Is(201);
        await exchange.RunAsync<Relay>();
        await exchange.RunAsync<Dispatcher>();
        return (exchange, it);
    }
}

public sealed class TraceOnSqlite(SqliteExchange shared) : TraceTests(shared);

public sealed class TraceOnPostgreSql(PostgreSqlExchange shared) : TraceTests(shared);
