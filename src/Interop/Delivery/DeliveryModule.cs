using Interop.Delivery.Amqp;
using Interop.Platform;
using Interop.Platform.Events;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Delivery;

internal static class DeliveryModule
{
    static readonly TimeSpan s_atMost = TimeSpan.FromMilliseconds(250);

    public static IServiceCollection AddDelivery(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(DeliveryTables.Tables)
        .AddPartnerClient(configuration)
        .AddSingleton<SubscriptionSecrets>()
        .AddSingleton(SubscriptionSecrets.Boxes)
        .AddSingleton<ISender, WebhookSender>()
        .AddAmqp(configuration)
        .AddSingleton<IGauge, DeliveryGauge>()
        .AddScoped<IErasure, EraseDeliveries>().AddScoped<IKept, KeepDeliveries>().AddScoped<IKept, KeepEvents>()
        .AddScoped<Admission>()
        .AddScoped<Suspension>()
        .AddScoped<Courier>()
        .AddWorker<Relay>(Signal.EventsRecorded, s_atMost)
        .AddWorker<Dispatcher>(Signal.DeliveriesDue, s_atMost)
        .AddScoped<IReaction, WithdrawWhatRestedOnIt>()
        .AddWorker<Withdrawal>(Signal.WithdrawalsDue, s_atMost)
        .AddWorker<ClockSetBack>(Signal.Clock, TimeSpan.FromSeconds(30));

    public static IEndpointRouteBuilder MapDelivery(this IEndpointRouteBuilder routes)
    {
        routes.MapSubscriptions();
        routes.MapEvents();
        return routes;
    }

    /// <summary>The client for every address that a partner names. Not logged: such an address can be a secret in itself.</summary>
    static IServiceCollection AddPartnerClient(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(new AddressGuard(configuration)); // made now: a network that is none stops the start
        services.AddHttpClient(WebhookSender.Client, client =>
            {
                client.Timeout = WebhookSender.Timeout;
                client.MaxResponseContentBufferSize = 1024 * 1024;
            })
            .ConfigurePrimaryHttpMessageHandler(p => p.GetRequiredService<AddressGuard>().NewHandler())
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan) // the handler itself asks for addresses anew
            .RemoveAllLoggers();
        return services;
    }
}
