package io.autoserve.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests which files nginx would start with. */
class ProxyFolderTest {
    @TempDir private Path root;
    private ProxyFolder folder;

    @BeforeEach
    void open() {
        folder = new ProxyFolder(root);
    }

    @Test
    void a_leader_that_was_frozen_while_it_wrote_replaces_nothing_newer() {
        write(empty(new Version(1, 7, 120)), 1);
        write(empty(new Version(1, 5, 130)), 30);

        assertThat(newest()).contains(new Version(1, 7, 120));
    }

    @Test
    void of_one_version_the_later_table_is_the_newer() {
        var shop = Toys.app(1, "shop");
        var version = new Version(1, 7, 120);
        write(empty(version), 9);
        write(RouteTable.of(version, List.of(shop), List.of()), 10);

        assertThat(folder.routes(List.of("shop"))).containsOnlyKeys("shop");
    }

    @Test
    void what_was_taken_makes_the_older_ones_needless_and_no_others() throws IOException {
        Files.writeString(root.resolve("table.json"), "{}"); // not a file of AutoServe
        write(empty(new Version(1, 7, 120)), 1);
        var taken = write(empty(new Version(1, 7, 121)), 2);
        write(empty(new Version(1, 8, 0)), 1);

        folder.tables().forgetOlderThan(taken);

        assertThat(names())
                .containsExactlyInAnyOrder(
                        "table.json", "table-1-7-121-2.json", "table-1-8-0-1.json");
    }

    /** Another nginx that gets the folder later must not start with old routes. */
    @Test
    void of_an_nginx_that_the_installation_no_longer_has_only_the_token_stays() throws IOException {
        folder.token(new Random(1));
        write(empty(new Version(1, 7, 120)), 1);
        folder.certificates().write(new Version(1, 7, 120), 1, "{}");
        Files.writeString(root.resolve("certificates-1-7-121-2.json.new"), "{");

        NginxManager.forget(root);

        assertThat(names()).containsExactly("token");
        NginxManager.forget(root.resolve("nginx-2")); // there never was one
    }

    @Test
    void what_somebody_began_to_write_is_never_the_newest_and_goes_with_the_older_ones()
            throws IOException {
        Files.writeString(root.resolve("certificates-1-7-119-4.json.new"), "{");
        Files.writeString(root.resolve("certificates-1-9-1-1.json.new"), "{");
        var taken = folder.certificates().write(new Version(1, 7, 120), 1, "{}");

        assertThat(folder.certificates().newest()).contains(taken);
        folder.certificates().forgetOlderThan(taken);

        assertThat(names())
                .containsExactlyInAnyOrder(
                        "certificates-1-7-120-1.json", "certificates-1-9-1-1.json.new");
    }

    @Test
    void nobody_else_can_read_the_keys() throws IOException {
        var written = folder.certificates().write(new Version(1, 7, 120), 1, "{}");

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(written.file())))
                .isEqualTo("rw-------");
    }

    @Test
    void what_was_refused_is_gone() {
        write(empty(new Version(1, 7, 120)), 1);
        folder.tables().forget(write(empty(new Version(1, 7, 121)), 2));

        assertThat(newest()).contains(new Version(1, 7, 120));
    }

    @Test
    void an_empty_one_has_no_routes() {
        assertThat(newest()).isEmpty();
        assertThat(folder.routes(List.of("shop"))).isEqualTo(Map.of());
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(root)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private VersionedFiles.Stored write(RouteTable table, long number) {
        return folder.tables().write(table.version(), number, table.json());
    }

    private Optional<Version> newest() {
        return folder.tables().newest().map(VersionedFiles.Stored::version);
    }

    private static RouteTable empty(Version version) {
        return RouteTable.of(version, List.of(), List.of());
    }
}
