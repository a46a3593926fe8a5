package io.autoserve.events;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static io.autoserve.testing.Fixtures.clusterState;
import static io.autoserve.testing.Fixtures.event;
import static io.autoserve.testing.Fixtures.put;
import static io.autoserve.testing.Fixtures.running;
import static io.autoserve.testing.Fixtures.starting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.autoserve.model.App;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Event.Change;
import io.autoserve.model.Instance;
import io.autoserve.model.Leader;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Term;
import io.autoserve.model.Token;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SnapshotTest {
    private static final App WEB = app("web", 3);
    private static final Token TOKEN =
            new Token(
                    "a".repeat(12),
                    "ci",
                    Role.VIEWER,
                    Scope.EVERYTHING,
                    DomainScope.EVERYTHING,
                    "0".repeat(64),
                    "ann",
                    NOON,
                    null);

    private final Snapshot empty = Snapshot.of(clusterState(7, List.of()));
    private final Snapshot serving =
            Snapshot.of(clusterState(7, List.of(WEB), running(WEB, 0), running(WEB, 1)));

    @Test
    void puts_an_app_in_place_and_keeps_the_earlier_snapshot_as_it_was() {
        var after = empty.after(put(8, WEB), WEB.spec());

        assertThat(after.app("web")).isEqualTo(WEB);
        assertThat(after.seq()).isEqualTo(8);
        assertThat(empty.app("web")).isNull();
        assertThat(empty.seq()).isEqualTo(7);
    }

    @Test
    void keeps_the_spec_of_an_app_whose_revision_stays() {
        var scaled = WEB.wanting(App.Intent.RUN, 4, 0, NOON);
        var event = event(8, Change.PutApp.of(scaled, false, List.of()));

        assertThat(serving.lacksSpec(event, null)).isFalse();
        assertThat(serving.after(event, null).app("web")).isEqualTo(scaled);
    }

    @Test
    void leaves_an_app_as_it_was_if_it_cannot_know_the_spec() {
        var revised = WEB.revised(WEB.spec(), 5, null, NOON);
        var event = put(8, revised);

        assertThat(serving.lacksSpec(event, null)).isTrue();
        assertThat(serving.after(event, null).app("web")).isEqualTo(WEB);
        assertThat(serving.after(event, null).seq()).isEqualTo(8);
        assertThat(empty.lacksSpec(put(8, WEB), null)).isTrue();
    }

    @Test
    void lists_apps_by_name() {
        var after =
                empty.after(put(8, app("web", 1)), app("web", 1).spec())
                        .after(put(9, app("api", 1)), app("api", 1).spec());

        assertThat(after.apps()).extracting(App::name).containsExactly("api", "web");
    }

    @Test
    void drops_an_app_together_with_its_instances() {
        var after = serving.after(event(8, new Change.DropApp(WEB.id())), null);

        assertThat(after.apps()).isEmpty();
        assertThat(after.instances(WEB.id())).isEmpty();
        assertThat(serving.instances(WEB.id())).hasSize(2);
    }

    @Test
    void keeps_the_other_apps_when_one_is_dropped() {
        var after = serving.after(event(8, new Change.DropApp(WEB.id() + 1)), null);

        assertThat(after.app("web")).isEqualTo(WEB);
        assertThat(after.instances(WEB.id())).hasSize(2);
    }

    @Test
    void replaces_the_instance_of_the_same_slot_and_no_other() {
        var pending = running(WEB, 0).failed(1, NOON, "exited", NOON).pending(NOON);
        var next = Instance.starting(900, WEB, 0, pending, "replaced", NOON);

        var after = serving.after(event(8, new Change.PutInstance(next)), null);

        assertThat(after.instances(WEB.id())).containsExactly(next, running(WEB, 1));
    }

    @Test
    void lists_instances_by_index_in_whatever_order_they_come() {
        var after =
                empty.after(event(8, new Change.PutInstance(starting(WEB, 2))), null)
                        .after(event(9, new Change.PutInstance(starting(WEB, 0))), null);

        assertThat(after.instances(WEB.id())).extracting(Instance::index).containsExactly(0, 2);
    }

    @Test
    void drops_the_instance_of_one_slot() {
        var after = serving.after(event(8, new Change.DropInstance(WEB.id(), 0)), null);

        assertThat(after.instances(WEB.id())).containsExactly(running(WEB, 1));
    }

    @Test
    void knows_a_leader_only_after_an_election() {
        var leader = new Leader("a", "http://a", new Term(1, new UUID(0, 1)), NOON);

        var after = empty.after(event(8, new Change.PutLeader(leader)), null);

        assertThat(empty.leader()).isNull();
        assertThat(empty.term().epoch()).isZero();
        assertThat(after.leader()).isEqualTo(leader);
    }

    @Test
    void puts_tokens_in_place_and_drops_them() {
        var with = empty.after(event(8, new Change.PutToken(TOKEN)), null);
        var without = with.after(event(9, new Change.DropToken(TOKEN.id())), null);

        assertThat(with.tokens()).containsExactly(entry(TOKEN.id(), TOKEN));
        assertThat(without.tokens()).isEmpty();
        assertThat(with.tokens()).hasSize(1);
    }

    @Test
    void moves_on_by_an_event_that_changes_nothing_it_understands() {
        var after =
                serving.after(event(8, new Change.Nothing()), null)
                        .after(event(9, new Change.Unknown()), null);

        assertThat(after.seq()).isEqualTo(9);
        assertThat(after.digest()).isEqualTo(serving.digest());
    }

    @Test
    void has_the_same_digest_from_events_as_from_the_tables() {
        var built =
                empty.after(event(8, new Change.PutInstance(running(WEB, 1))), null)
                        .after(put(9, WEB), WEB.spec())
                        .after(event(10, new Change.PutInstance(running(WEB, 0))), null);

        assertThat(built.digest()).isEqualTo(serving.digest());
    }

    /** Instances of an app that the snapshot does not have do not count. */
    @Test
    void has_the_digest_of_the_whole_content_after_each_kind_of_change() {
        var again =
                new App(2, "web", 1, 1, WEB.spec(), null, App.Intent.RUN, 1, 0, null, NOON, NOON);
        var leader = new Leader("a", "http://a", new Term(1, new UUID(0, 1)), NOON);
        var changes =
                List.<Change>of(
                        new Change.PutInstance(running(WEB, 1)),
                        new Change.DropInstance(WEB.id(), 1),
                        new Change.PutInstance(running(WEB, 0)),
                        Change.PutApp.of(WEB, true, List.of()),
                        new Change.PutInstance(running(WEB, 0).failed(1, NOON, "exited", NOON)),
                        new Change.PutInstance(running(WEB, 1)),
                        new Change.PutLeader(leader),
                        new Change.PutLeader(new Leader("b", "http://b", leader.term(), NOON)),
                        new Change.PutToken(TOKEN),
                        new Change.PutToken(TOKEN),
                        new Change.DropToken(TOKEN.id()),
                        new Change.DropToken(TOKEN.id()),
                        new Change.DropInstance(WEB.id(), 1),
                        new Change.DropInstance(WEB.id(), 7),
                        Change.PutApp.of(
                                WEB.wanting(App.Intent.STOP, 1, 0, NOON), false, List.of()),
                        Change.PutApp.of(again, true, List.of()),
                        new Change.DropApp(WEB.id()),
                        new Change.DropApp(again.id()));
        var built = empty;
        assertThat(built.digest()).isEqualTo("0".repeat(64));
        for (var change : changes) {
            built = built.after(event(built.seq() + 1, change), WEB.spec());
            assertThat(built.digest()).as("%s", change).isEqualTo(Digest.of(built).toString());
        }
        assertThat(built.digest()).isNotEqualTo(empty.digest()); // there is a leader
    }

    @Test
    void has_the_same_digest_if_all_snapshots_before_it_had_to_compute_theirs() {
        var changed = serving;
        for (int replicas = 5; replicas > 3; replicas--) {
            var scaled = WEB.wanting(App.Intent.RUN, replicas, 0, NOON);
            changed = changed.after(put(8, scaled), scaled.spec());
            assertThat(changed.digest()).isNotEqualTo(serving.digest());
        }

        changed = changed.after(put(9, WEB), WEB.spec());

        assertThat(changed.digest()).isEqualTo(serving.digest());
        assertThat(changed.digest())
                .isEqualTo(
                        Snapshot.of(clusterState(9, List.of(WEB), running(WEB, 0), running(WEB, 1)))
                                .digest());
    }

    @Test
    void has_the_same_digest_in_whatever_order_the_tables_list_their_rows() {
        var turned = clusterState(7, List.of(WEB), running(WEB, 1), running(WEB, 0));

        assertThat(Snapshot.of(turned).digest()).isEqualTo(serving.digest());
    }

    @Test
    void has_another_digest_for_other_content() {
        var scaled = WEB.wanting(App.Intent.RUN, 4, 0, NOON);

        assertThat(
                        List.of(
                                serving.after(put(8, scaled), scaled.spec()).digest(),
                                serving.after(event(8, new Change.PutToken(TOKEN)), null).digest(),
                                serving.after(event(8, new Change.DropInstance(WEB.id(), 1)), null)
                                        .digest(),
                                empty.digest(),
                                serving.digest()))
                .doesNotHaveDuplicates();
    }
}
