using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Consent;

/// <summary>Before signing, a person can read in plain words what a consent would let each organisation see.</summary>
public abstract class PreviewTests(SharedExchange shared) : ExchangeTests(shared)
{
    static readonly string[] s_closedList = ["attendance", "progress", "phase", "drug-test", "treatment-status"];

    [Theory]
    [InlineData("en", "Juzgado Central will see whether you attended and when your next appointment is, not what you said.", "Juzgado Central will not see the results of drug tests.")]
    [InlineData("es-GT", "Juzgado Central verá si usted asistió y cuándo es su próxima cita, no lo que usted dijo.", "Juzgado Central no verá los resultados de las pruebas de detección de sustancias.")]
    [InlineData("fr", "Juzgado Central verra si vous étiez présent et quand est votre prochain rendez-vous, pas ce que vous avez dit.", "Juzgado Central ne verra pas les résultats des tests de dépistage.")]
    [InlineData("pt-BR", "Juzgado Central verá se você compareceu e quando é a sua próxima consulta, não o que você disse.", "Juzgado Central não verá os resultados de testes toxicológicos.")]
    public async Task It_says_in_the_consents_language_what_each_would_see_and_what_not(string language, string sees, string hidden)
    {
        var it = await Case.SendAsync(Exchange);

        var preview = (await PreviewAsync(it, A.MonitoringConsent(it.Referral, Exchange.Now, "attendance").With("language", language))).Is(200);

        Assert.Equal(language[..2], preview["language"]);
        var court = Organisation(preview, "juzgado-central");
        Assert.Equal(sees, Category(court, "attendance")["text"]!.ToString());
        Assert.Equal(hidden, Category(court, "drug-test")["text"]!.ToString());
        Assert.Contains(sees, court["text"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(["juzgado-central", "libertad-vigilada"], preview.Json!["organisations"]!.AsArray().Select(o => o!["id"]!.ToString()));
    }

    [Theory]
    [InlineData("attendance")]
    [InlineData("treatment-status", "drug-test")]
    [InlineData("attendance", "progress", "phase", "drug-test", "treatment-status")]
    public async Task What_it_promises_is_what_the_consent_then_does(params string[] categories)
    {
        var it = await Case.AdmitAsync(Exchange);
        var draft = A.MonitoringConsent(it.Referral, Exchange.Now, categories);
        var promised = Organisation((await PreviewAsync(it, draft)).Is(200), "juzgado-central");
        (string, string)[] reports = [("attendance", "attended"), ("progress", "on-track"), ("phase", "2"), ("drug-test", "negative"), ("treatment-status", "admitted")];
        foreach (var (category, value) in reports)
            (await it.Clinic.ReportAsync(it.Id, category, value)).Is(201);

        (await it.Clinic.PostAsync("/v1/consents", draft)).Is(201);

        var told = (await it.Court.ReportsAsync(it.Id)).Is(200).Items.Select(r => r["category"]!.ToString()).ToHashSet();
        Assert.All(s_closedList, c => Assert.Equal((bool)Category(promised, c)["sees"]!, told.Contains(c)));
    }

    [Fact]
    public async Task Of_a_referral_consent_the_clinic_sees_the_referral_and_the_court_only_the_answer()
    {
        var it = await Case.OpenAsync(Exchange);

        var preview = (await it.Court.PostAsync("/v1/consents/preview", A.ReferralConsent(it.Referral, Exchange.Now))).Is(200);

        Assert.True((bool)Category(Organisation(preview, "centro-esperanza"), "referral")["sees"]!);
        var court = Organisation(preview, "juzgado-central");
        Assert.True((bool)Category(court, "answer")["sees"]!);
        Assert.All(s_closedList, c => Assert.False((bool)Category(court, c)["sees"]!));
    }

    [Fact]
    public async Task Its_end_and_its_withdrawal_are_said_in_words()
    {
        var it = await Case.SendAsync(Exchange);
        var draft = A.MonitoringConsent(it.Referral, Exchange.Now, "attendance").With("language", "es")
            .With("until", "2100-05-22").With("untilEvent", "end-of-treatment").With("revocable", new JsonObject { ["from"] = "2100-03-01", ["event"] = "final-disposition" });

        var preview = (await PreviewAsync(it, draft)).Is(200);

        Assert.Equal("Hasta el 22 de mayo de 2100, ese día incluido. Hasta que termine su tratamiento. Hasta que su caso se decida definitivamente. Lo que ocurra primero.", preview["ends"]);
        Assert.Equal("Usted puede retirar este consentimiento a partir del 1 de marzo de 2100, no antes. O cuando su caso se decida definitivamente, si es antes.", preview["revocation"]);
        var attendance = Category(Organisation(preview, "juzgado-central"), "attendance");
        Assert.Equal(("2100-05-23T00:00:00Z", "end-of-treatment"), (attendance["until"]!.ToString(), attendance["untilEvent"]!.ToString()));
    }

    [Fact]
    public async Task It_keeps_nothing_and_needs_no_signature()
    {
        var it = await Case.SendAsync(Exchange);
        var before = (await it.Clinic.GetAsync($"/v1/consents?person={it.Person}")).Is(200).Items.Count;

        (await PreviewAsync(it, A.MonitoringConsent(it.Referral, Exchange.Now, "attendance").Without("signature"))).Is(200);

        Assert.Equal(before, (await it.Clinic.GetAsync($"/v1/consents?person={it.Person}")).Is(200).Items.Count);
        Assert.Contains(await it.Clinic.AuditedAsync(), e => e.Operation == "consent.preview" && e.Person == it.Person);
    }

    [Fact]
    public async Task It_is_held_to_the_rules_of_a_consent()
    {
        var it = await Case.SendAsync(Exchange);

        (await PreviewAsync(it, A.MonitoringConsent(it.Referral, Exchange.Now, "diagnosis").With("recipients", new[] { "nadie" }).Without("untilEvent")))
            .Refuses(422, "categories[0] code.unknown", "recipients[0] organisation.unknown", "until consent.no-end");
    }

    [Fact]
    public async Task A_stranger_to_the_person_learns_nothing_from_it()
    {
        var it = await Case.SendAsync(Exchange);
        var draft = A.MonitoringConsent(it.Referral, Exchange.Now, "attendance");
        var stranger = new Clinic(Exchange, "hospital-ajeno");

        (await stranger.PostAsync("/v1/consents/preview", draft)).Refuses(422, "personId person.unknown");
        (await stranger.PostAsync("/v1/consents/preview", draft.With("personId", Guid.CreateVersion7(Exchange.Now)))).Refuses(422, "personId person.unknown");
    }

    static Task<Reply> PreviewAsync(Case it, JsonObject draft) => it.Clinic.PostAsync("/v1/consents/preview", draft);

    static JsonNode Organisation(Reply preview, string id) => preview.Json!["organisations"]!.AsArray().Single(o => o!["id"]!.ToString() == id)!;

    static JsonNode Category(JsonNode organisation, string category) => organisation["categories"]!.AsArray().Single(c => c!["category"]!.ToString() == category)!;
}

public sealed class PreviewOnSqlite(SqliteExchange shared) : PreviewTests(shared);

public sealed class PreviewOnPostgreSql(PostgreSqlExchange shared) : PreviewTests(shared);
