package io.autoserve.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What nginx would start with. */
class ProxyFolderTest {
    @TempDir private Path root;
    private ProxyFolder folder;

    @BeforeEach
    void open() {
        folder = new ProxyFolder(root);
    }

    @Test
    void a_leader_that_was_frozen_while_it_wrote_replaces_nothing_newer() {
        folder.writeTable(empty(new Version(1, 7, 120)), 1);
        folder.writeTable(empty(new Version(1, 5, 130)), 30);

        assertThat(folder.tableVersion()).contains(new Version(1, 7, 120));
    }

    @Test
    void of_one_version_the_later_table_is_the_newer() {
        var shop = Toys.app(1, "shop");
        var version = new Version(1, 7, 120);
        folder.writeTable(empty(version), 9);
        folder.writeTable(RouteTable.of(version, List.of(shop), List.of()), 10);

        assertThat(folder.routes(List.of("shop"))).containsOnlyKeys("shop");
    }

    @Test
    void what_was_taken_makes_the_older_ones_needless_and_no_others() throws IOException {
        Files.writeString(root.resolve("table.json"), "{}"); // of an older version of AutoServe
        folder.writeTable(empty(new Version(1, 7, 120)), 1);
        var taken = folder.writeTable(empty(new Version(1, 7, 121)), 2);
        folder.writeTable(empty(new Version(1, 8, 0)), 1);

        folder.forgetOlderThan(taken);

        try (var files = Files.list(root)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("table-1-7-121-2.json", "table-1-8-0-1.json");
        }
    }

    @Test
    void what_was_refused_is_gone() {
        folder.writeTable(empty(new Version(1, 7, 120)), 1);
        folder.forget(folder.writeTable(empty(new Version(1, 7, 121)), 2));

        assertThat(folder.tableVersion()).contains(new Version(1, 7, 120));
    }

    @Test
    void an_empty_one_has_no_routes() {
        assertThat(folder.tableVersion()).isEmpty();
        assertThat(folder.routes(List.of("shop"))).isEqualTo(Map.of());
    }

    private static RouteTable empty(Version version) {
        return RouteTable.of(version, List.of(), List.of());
    }
}
