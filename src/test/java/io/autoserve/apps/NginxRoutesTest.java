package io.autoserve.apps;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static io.autoserve.testing.Fixtures.clusterState;
import static io.autoserve.testing.Fixtures.ready;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.Settings;
import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.Term;
import io.autoserve.proxy.Counters;
import io.autoserve.proxy.InFlight;
import io.autoserve.proxy.NginxAdmin;
import io.autoserve.proxy.NginxManager.Pushed;
import io.autoserve.proxy.RotationChange;
import io.autoserve.proxy.RouteTable;
import io.autoserve.store.FencedWrites;
import io.autoserve.testing.AbsentDatabase;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class NginxRoutesTest {
    private static final Term TERM = new Term(1, new UUID(0, 1));
    private static final App WEB = app("web", 1);

    private final SlowNginx nginx = new SlowNginx();
    private final NginxRoutes routes =
            new NginxRoutes(
                    nginx,
                    _ -> Optional.empty(),
                    new FencedWrites(
                            new AbsentDatabase().database(),
                            "controller",
                            () -> NOON,
                            Settings.MAX_INSTANCES,
                            InstanceLimits.NONE),
                    Supplier::get,
                    () -> 0);

    /** Records the pushed tables, and answers none of them while it is silent. */
    private static final class SlowNginx implements NginxAdmin {
        private final List<RouteTable> pushed = new ArrayList<>();
        private boolean silent;

        @Override
        public Pushed push(RouteTable table) {
            pushed.add(table);
            if (silent) {
                throw new IllegalStateException("nginx does not answer");
            }
            return new Pushed.Accepted(table.version(), 0);
        }

        @Override
        public Counters counters() {
            throw new IllegalStateException("nginx does not answer");
        }

        @Override
        public Map<String, String> routes(Collection<String> apps) {
            return Map.of();
        }

        @Override
        public InFlight inFlight() {
            throw new IllegalStateException("nginx does not answer");
        }

        @Override
        public Map<Long, String> unreachable() {
            return Map.of();
        }

        @Override
        public List<RotationChange> rotationChanges() {
            return List.of();
        }

        @Override
        public void begin() {}
    }

    @Test
    void a_table_is_pushed_only_when_it_changes() {
        assertThat(route(1)).isTrue();
        assertThat(route(2)).isFalse();
        assertThat(route(3, ready(WEB, 0))).isTrue();

        assertThat(nginx.pushed).hasSize(2);
    }

    /** Otherwise nginx could take the unanswered table later, and route to what is removed. */
    @Test
    void the_confirmed_table_is_pushed_again_after_a_push_that_was_not_answered() {
        route(1);
        nginx.silent = true;
        assertThatThrownBy(() -> route(2, ready(WEB, 0))).hasMessage("nginx does not answer");
        nginx.silent = false;

        assertThat(route(3)).isTrue();

        assertThat(nginx.pushed).hasSize(3);
        assertThat(nginx.pushed.getLast().same(nginx.pushed.getFirst())).isTrue();
        assertThat(nginx.pushed.getLast().version()).isGreaterThan(nginx.pushed.get(1).version());
    }

    private boolean route(long seq, Instance... instances) {
        var shares =
                instances.length == 0 ? Map.<Long, Integer>of() : Map.of(instances[0].id(), 100);
        return routes.route(clusterState(seq, List.of(WEB), instances), shares, Set.of(), TERM);
    }
}
