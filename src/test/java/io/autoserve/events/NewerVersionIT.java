package io.autoserve.events;

import static io.autoserve.testing.Eventually.await;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.App;
import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.EventQuery;
import io.autoserve.model.Refusal;
import io.autoserve.model.ViewVerdict;
import io.autoserve.store.DesiredState;
import io.autoserve.store.StateReader;
import io.autoserve.store.StateReader.UnreadableApp;
import io.autoserve.testing.Eventually;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.time.Time;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Writes data as a newer controller would, and checks how this version reads it. This happens in
 * every upgrade, because controllers are upgraded one at a time.
 */
class NewerVersionIT {
    private static final Duration SOON = Eventually.PATIENCE;

    @AutoClose private static final Postgres postgres = Postgres.start();

    private final View view = new View();
    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final Postgres.Database tables = store.tables();
    private final StateReader stateReader = store.stateReader();
    private final DesiredState desiredState = store.desiredState();
    private final Tail tail = new Tail(store.past(), Thread::startVirtualThread);
    private final AtomicInteger reloads = new AtomicInteger();
    private Feed feed;

    @BeforeEach
    void follow() {
        view.listen(tail);
        view.listen(new OnReload());
        feed =
                new Feed(
                        new DatabaseNews(store.databases()),
                        stateReader::clusterState,
                        view,
                        _ -> {},
                        Time.system(),
                        new Random(1));
        feed.start();
        await("the view is loaded", view::snapshot, Optional::isPresent);
        desiredState.apply(spec("web", rollout(1, 0)), "raw", By.actor("ann"));
    }

    @AfterEach
    void end() {
        feed.close();
    }

    @Test
    void what_it_tells_is_passed_on_and_kept_and_the_view_goes_on() {
        var told = new CopyOnWriteArrayList<Event>();
        tail.follow(0, told::add);

        tell("AppHibernated", "{\"kind\": \"PutHibernation\", \"app\": 1}");
        var after = desiredState.scale("web", 2, By.actor("ann"));

        view.reached(after.seq(), SOON).join();
        await("three events are told", () -> told, events -> events.size() == 3);
        assertThat(told)
                .extracting(Event::type)
                .containsExactly("AppRegistered", "AppHibernated", "AppScaled");
        assertThat(stateReader.events(EventQuery.behind(0, 10))).isEqualTo(List.copyOf(told));
        assertThat(replicas()).isEqualTo(2);
        assertThat(digest()).isEqualTo(Snapshot.of(stateReader.clusterState()).digest());
    }

    @Test
    void fields_that_only_it_knows_are_passed_over() {
        tell("AppDeleted", "{\"kind\": \"DropApp\", \"id\": 1, \"archivedAs\": \"web-1\"}");

        view.reached(2, SOON).join();
        assertThat(view.snapshot().orElseThrow().app("web")).isNull();
        assertThat(reloads).hasValue(1);
    }

    @Test
    void what_it_changes_in_its_own_words_is_read_from_the_tables() {
        tables.execute("update apps set replicas = 7");
        tell("AppScaled", "{\"kind\": \"ScaleApp\", \"id\": 1, \"replicas\": 7}");

        awaitReloads(2);
        assertThat(replicas()).isEqualTo(7);
        assertThat(digest()).isEqualTo(Snapshot.of(stateReader.clusterState()).digest());
    }

    @Test
    void what_its_event_changed_is_nobodys_fault() {
        var audit = new Audit(stateReader, view);
        view.reached(1, SOON).join();
        audit.remember();
        tables.execute("update apps set replicas = 7");
        tell("AppScaled", "{\"kind\": \"ScaleApp\", \"id\": 1, \"replicas\": 7}");
        awaitReloads(2);

        assertThat(audit.compare(Map.of()).own()).isEqualTo(ViewVerdict.UNKNOWN);
        for (var seconds = 0; seconds < 10; seconds++) {
            audit.remember();
        }
        assertThat(audit.compare(Map.of()).own()).isEqualTo(ViewVerdict.AGREES);
    }

    @Test
    void an_app_that_it_wrote_in_its_own_words_is_left_alone_and_the_others_go_on() {
        desiredState.apply(spec("shop", rollout(1, 0)), "raw", By.actor("ann"));
        hibernate("web");

        awaitReloads(2);
        assertThat(view.snapshot().orElseThrow().apps()).extracting(App::name).containsOnly("shop");
        assertThat(stateReader.clusterState().unreadableApps())
                .containsExactly(
                        new UnreadableApp(
                                "web",
                                "a newer version wrote data that this version does not know (intent HIBERNATE): use a newer controller"));
        assertThat(desiredState.scale("shop", 3, By.actor("ann")).app().replicas()).isEqualTo(3);
        assertThatThrownBy(() -> desiredState.scale("web", 3, By.actor("ann")))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("use a newer controller");
        assertThat(tables.execute("select intent || replicas from apps where name = 'web'"))
                .containsExactly("HIBERNATE1");
    }

    @Test
    void an_app_is_known_again_once_it_is_written_in_known_words() {
        hibernate("web");
        awaitReloads(2);

        tables.execute("update apps set intent = 'STOP'");
        tell("AppStopped", "{\"kind\": \"Nothing\"}");

        awaitReloads(3);
        assertThat(Objects.requireNonNull(view.snapshot().orElseThrow().app("web")).intent())
                .isEqualTo(App.Intent.STOP);
    }

    @Test
    void an_app_with_an_instance_in_a_state_that_only_it_knows_is_left_alone_as_a_whole() {
        tables.execute("alter table instances drop constraint instances_state_check");
        tables.execute(
                """
                insert into instances (app_id, index, id, state, revision, template, restart, port, health,
                    state_since, restarts, failures, reason)
                values (1, 0, 7, 'MIGRATING', 1, 1, 0, 80, 'UNKNOWN', now(), 0, 0, 'it moves')
                """);

        assertThat(stateReader.clusterState().apps()).isEmpty();
        assertThat(stateReader.clusterState().instances()).isEmpty();
        assertThat(stateReader.clusterState().unreadableApps())
                .extracting(UnreadableApp::name)
                .containsExactly("web");
    }

    @Test
    void a_token_of_a_role_that_only_it_knows_admits_nobody() {
        tables.execute("alter table tokens drop constraint tokens_role_check");
        tables.execute(
                """
                insert into tokens (id, name, role, apps, domains, hash, created_by, created_at)
                values (repeat('a', 12), 'ci', 'AUDITOR', '{*}', '{*}', repeat('0', 64), 'ann', now())
                """);

        assertThat(stateReader.clusterState().tokens()).isEmpty();
    }

    private void awaitReloads(int count) {
        await("the view is loaded %d times".formatted(count), reloads::get, it -> it == count);
    }

    private void hibernate(String app) {
        tables.execute("alter table apps drop constraint apps_intent_check");
        tables.execute("update apps set intent = 'HIBERNATE' where name = '%s'".formatted(app));
        tell("AppHibernated", "{\"kind\": \"PutHibernation\", \"app\": 1}");
    }

    private void tell(String type, String change) {
        tables.execute(
                "select append_event(0, 'newer', 'web', '%s', 'because', '%s')"
                        .formatted(type, change));
    }

    private int replicas() {
        return Objects.requireNonNull(view.snapshot().orElseThrow().app("web")).replicas();
    }

    private String digest() {
        return view.snapshot().orElseThrow().digest();
    }

    private final class OnReload implements View.Listener {
        @Override
        public void happened(Event event, Snapshot after) {}

        @Override
        public void reloaded(Snapshot now) {
            reloads.incrementAndGet();
        }
    }
}
