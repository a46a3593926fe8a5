package io.autoserve.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests what {@code src/tools/known-faults} does with the answers of OSV, a database of
 * vulnerabilities, and what it does without an answer.
 */
class KnownFaultsTest {
    private static final String REPORT =
            """
            {"affected": [
              {"package": {"name": "b:other"}, "ranges": [{"events": [{"fixed": "9"}]}]},
              {"package": {"name": "b:hidden"},
               "ranges": [{"events": [{"introduced": "1.5"}, {"fixed": "2.1"}]}]}]}
            """;

    @TempDir private Path folder;

    @BeforeEach
    void build() throws IOException {
        Files.writeString(
                folder.resolve("bom.json"),
                """
                {"components": [{"purl": "pkg:maven/a/listed@1?type=jar"}]}
                """);
        Files.writeString(
                folder.resolve("list.json"),
                """
                {"about": ["words"], "faults": [{"library": "c:*", "below": "3"}]}
                """);
        try (var jar = new JarOutputStream(Files.newOutputStream(folder.resolve("app.jar")))) {
            jar.putNextEntry(new ZipEntry("META-INF/maven/b/hidden/pom.properties"));
            jar.write("groupId=b\nartifactId=hidden\nversion=2\n".getBytes(UTF_8));
        }
    }

    private record Said(int exit, String text) {}

    @Test
    void asks_about_what_is_listed_and_what_is_hidden() throws Exception {
        var said = said("{\"results\": [{}, {\"vulns\": [{\"id\": \"GHSA-1\"}]}]}");

        assertThat(said.exit).isEqualTo(1);
        assertThat(said.text)
                .contains("pkg:maven/b/hidden@2  https://osv.dev/GHSA-1")
                .contains("Asked about 2 libraries; of 1 of them, faults are known.");
        assertThat(folder.resolve("list.json"))
                .hasContent(
                        """
                        {
                          "about": [
                            "words"
                          ],
                          "faults": [
                            {"library":"b:hidden","from":"1.5","below":"2.1","id":"GHSA-1"},
                            {"library":"c:*","below":"3"}
                          ]
                        }
                        """);
    }

    @Test
    void is_content_where_nothing_is_known() throws Exception {
        assertThat(said("{\"results\": [{}, {}]}").exit).isZero();
    }

    @Test
    void an_answer_that_is_none_is_not_taken_for_a_good_one() throws Exception {
        var said = said("{}");

        assertThat(said.exit).isEqualTo(2);
        assertThat(said.text).startsWith("Nothing was checked");
    }

    @Test
    void without_the_network_it_says_that_nothing_was_checked() throws Exception {
        var said = run("http://127.0.0.1:9");

        assertThat(said.exit).isEqualTo(2);
        assertThat(said.text).startsWith("Nothing was checked");
    }

    private Said said(String answer) throws Exception {
        var osv = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        osv.createContext(
                "/v1/querybatch",
                exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    exchange.sendResponseHeaders(200, answer.length());
                    exchange.getResponseBody().write(answer.getBytes(UTF_8));
                    exchange.close();
                });
        osv.createContext(
                "/v1/vulns/GHSA-1",
                exchange -> {
                    exchange.sendResponseHeaders(200, REPORT.length());
                    exchange.getResponseBody().write(REPORT.getBytes(UTF_8));
                    exchange.close();
                });
        osv.start();
        try {
            return run("http://127.0.0.1:" + osv.getAddress().getPort());
        } finally {
            osv.stop(0);
        }
    }

    private Said run(String osv) throws IOException, InterruptedException {
        var builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1", // best for a process that ends so soon
                        "-XX:+UseSerialGC",
                        "--class-path",
                        System.getProperty("java.class.path"),
                        "src/tools/KnownFaults.java",
                        folder.resolve("bom.json").toString(),
                        folder.resolve("app.jar").toString(),
                        folder.resolve("list.json").toString());
        builder.environment().put("OSV_URL", osv);
        builder.environment().remove("JDK_JAVA_OPTIONS");
        var process = builder.redirectErrorStream(true).start();
        var text = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Said(process.waitFor(), text);
    }
}
