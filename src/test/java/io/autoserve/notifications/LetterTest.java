package io.autoserve.notifications;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Event;
import io.autoserve.model.EventPage;
import io.autoserve.model.Receiver;
import io.autoserve.model.Scope;
import io.autoserve.model.Topic;
import io.autoserve.store.ReceiverTable.Destination;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests what is sent to a receiver, in which portions, and when it is sent again. */
class LetterTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_614_265_330);

    @Test
    void a_webhook_gets_json_with_the_signature_of_standard_webhooks() {
        var destination =
                Destination.web("https://example.com/in", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

        var letter =
                (Letter.Post)
                        Letter.of(
                                receiver(Receiver.Form.WEBHOOK), destination, batch(event(7)), NOW);

        assertThat(letter.url()).isEqualTo("https://example.com/in");
        assertThat(letter.body())
                .isEqualTo(
                        "{\"receiver\":\"team\",\"events\":[{\"seq\":7,\"timeline\":3,\"at\":\"2021-02-25T15:02:10Z\","
                                + "\"topic\":\"rolled-back\",\"type\":\"RolloutRolledBack\",\"app\":\"shop\","
                                + "\"actor\":\"controller-1\",\"reason\":\"1 < 2 & failed\"}]}");
        assertThat(letter.headers())
                .containsEntry("webhook-id", "team-7-7-3")
                .containsEntry("webhook-timestamp", "1614265330")
                // computed by a library of another language
                .containsEntry(
                        "webhook-signature", "v1,YSlfInjDuIU6XmLO8V3CSM2QG81evRG8KpzNHrhF31M=");
    }

    @Test
    void each_test_has_an_id_of_its_own_so_that_no_receiver_takes_it_for_a_repetition() {
        var first = test(NOW);
        var second = test(NOW.plusSeconds(1));

        assertThat(first).isEqualTo("team-test-1614265330000").isNotEqualTo(second);
    }

    private static String test(Instant now) {
        var letter =
                Letter.of(
                        receiver(Receiver.Form.SLACK),
                        Destination.web("https://example.com/in", null),
                        batch(event(7, "Test", null)),
                        now);
        return String.valueOf(((Letter.Post) letter).headers().get("webhook-id"));
    }

    @Test
    void without_a_key_there_is_no_signature() {
        assertThat(chat(event(7)).headers()).doesNotContainKey("webhook-signature");
    }

    @Test
    void a_chat_gets_a_line_for_each_event() {
        assertThat(chat(event(7), event(8)).body())
                .isEqualTo(
                        "{\"text\":\"*shop* RolloutRolledBack: 1 &lt; 2 &amp; failed\\n"
                                + "*shop* RolloutRolledBack: 1 &lt; 2 &amp; failed\"}");
    }

    @Test
    void a_mail_has_a_paragraph_for_each_event_and_an_id_that_stays_the_same() {
        var destination =
                new Destination(
                        "smtps://ann:secret@mail.example.com", null, "ops@a.test", "auto@a.test");

        var mail =
                (Letter.Mail)
                        Letter.of(
                                receiver(Receiver.Form.EMAIL),
                                destination,
                                batch(event(7), event(8)),
                                NOW);

        assertThat(mail.subject()).isEqualTo("[autoserve] shop: RolloutRolledBack and 1 more");
        assertThat(mail.text())
                .isEqualTo(
                        """
                        shop RolloutRolledBack, 2021-02-25T15:02:10Z, event 7
                        1 < 2 & failed

                        shop RolloutRolledBack, 2021-02-25T15:02:10Z, event 8
                        1 < 2 & failed\
                        """);
        assertThat(mail.id()).isEqualTo("team-7-8-3.auto@a.test");
        assertThat(mail.toString()).doesNotContain("secret");
    }

    @Test
    void a_notification_has_at_most_twenty_events() {
        var receiver = receiver(Receiver.Form.SLACK);
        var page = LongStream.rangeClosed(1, 50).mapToObj(LetterTest::event).toList();

        var first = Batch.of(receiver, 0, new EventPage(3, page));
        var last = Batch.of(receiver, 20, new EventPage(3, page.subList(20, 35)));

        assertThat(first.events()).isEqualTo(page.subList(0, 20));
        assertThat(first.through()).isEqualTo(20);
        assertThat(last.events()).hasSize(15);
        assertThat(last.through()).isEqualTo(35);
        assertThat(Batch.of(receiver, 50, new EventPage(3, List.of())))
                .isEqualTo(new Batch(3, List.of(), 50));
    }

    @ParameterizedTest(name = "{0} {1}: {2}")
    @CsvSource({
        "RolloutRolledBack, shop-web, true",
        "RolloutRolledBack, blog, false",
        "RolloutRolledBack, , false",
        "RolloutCompleted, shop-web, false",
        "FromANewerVersion, shop-web, false"
    })
    void a_receiver_wants_events_of_its_topics_and_apps(
            String type, @Nullable String app, boolean wanted) {
        var receiver = receiver(Receiver.Form.SLACK, new Scope(List.of("shop-*")));

        assertThat(receiver.wants(event(1, type, app))).isEqualTo(wanted);
    }

    @Test
    void failures_are_retried_less_and_less_often_for_a_day() {
        var random = new Random(1);
        for (var failures = 1; failures <= 30; failures++) {
            var most = Math.min(600, 5L << Math.min(failures - 1, 20));
            assertThat(Retry.after(failures, random))
                    .isBetween(Duration.ofMillis(most * 500), Duration.ofSeconds(most));
        }
        assertThat(Retry.hopeless(NOW, NOW.plus(Duration.ofHours(23)))).isFalse();
        assertThat(Retry.hopeless(NOW, NOW.plus(Duration.ofHours(24)))).isTrue();
    }

    private static Letter.Post chat(Event... events) {
        return (Letter.Post)
                Letter.of(
                        receiver(Receiver.Form.SLACK),
                        Destination.web("https://example.com/in", null),
                        batch(events),
                        NOW);
    }

    private static Batch batch(Event... events) {
        return new Batch(3, List.of(events), 0);
    }

    private static Receiver receiver(Receiver.Form kind) {
        return receiver(kind, Scope.EVERYTHING);
    }

    private static Receiver receiver(Receiver.Form kind, Scope apps) {
        return new Receiver(
                "team",
                kind,
                "example.com",
                List.of(Topic.ROLLED_BACK),
                apps,
                "ann",
                NOW,
                0,
                0,
                null,
                null,
                null);
    }

    private static Event event(long seq) {
        return event(seq, Event.Type.RolloutRolledBack.name(), "shop");
    }

    private static Event event(long seq, String type, @Nullable String app) {
        return new Event(
                seq,
                NOW,
                1,
                "controller-1",
                app,
                type,
                "1 < 2 & failed",
                new Event.Change.Nothing());
    }
}
