package io.autoserve.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Version;
import io.autoserve.proxy.NginxManager.Pushed;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Connects the nginx manager to a simulated nginx, which gives the answers that the test sets. */
@ExtendWith(VertxExtension.class)
class NginxManagerTest {
    private static final RouteTable TABLE = table(new Version(1, 2, 3));
    private static final String VERSION =
            "{\"version\": {\"timeline\": 1, \"epoch\": 2, \"seq\": 3}}";

    @TempDir private Path folder;
    private final AtomicInteger reloads = new AtomicInteger();
    private volatile boolean running = true;

    @Test
    void cannot_be_used_before_it_is_deployed() {
        assertThat(manager(1).push(TABLE).cause())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("deploy the nginx manager");
    }

    @Test
    void accepted_tables_are_kept_as_files_for_the_next_start(Vertx vertx, VertxTestContext test) {
        pushed(vertx, request -> request.response().end(VERSION))
                .onComplete(
                        test.succeeding(pushed ->
                                test.verify(() -> {
                                    assertThat(pushed)
                                            .isEqualTo(
                                                    new Pushed.Accepted(new Version(1, 2, 3), 0));
                                    assertThat(files()).containsExactly("table-1-2-3-1.json");
                                    test.completeNow();
                                })));
    }

    @Test
    void a_table_that_nginx_cannot_read_is_not_kept(Vertx vertx, VertxTestContext test) {
        pushed(vertx, answering(400, "{\"detail\": \"no such upstream\"}"))
                .onComplete(
                        test.succeeding(pushed ->
                                test.verify(() -> {
                                    assertThat(pushed)
                                            .isEqualTo(new Pushed.Invalid("no such upstream"));
                                    assertThat(files()).isEmpty();
                                    test.completeNow();
                                })));
    }

    @Test
    void a_newer_table_of_another_leader_is_reported(Vertx vertx, VertxTestContext test) {
        pushed(vertx, answering(409, VERSION))
                .onComplete(
                        test.succeeding(pushed ->
                                test.verify(() -> {
                                    assertThat(pushed)
                                            .isEqualTo(new Pushed.Refused(new Version(1, 2, 3)));
                                    assertThat(files()).isEmpty();
                                    test.completeNow();
                                })));
    }

    @Test
    void an_nginx_that_does_not_know_the_token_yet_is_reloaded_once(
            Vertx vertx, VertxTestContext test) {
        Consumer<HttpServerRequest> nginx =
                request ->
                        request.response()
                                .setStatusCode(reloads.get() == 0 ? 401 : 200)
                                .end(VERSION);
        pushed(vertx, nginx)
                .onComplete(
                        test.succeeding(pushed ->
                                test.verify(() -> {
                                    assertThat(pushed).isInstanceOf(Pushed.Accepted.class);
                                    assertThat(reloads).hasValue(1);
                                    test.completeNow();
                                })));
    }

    @Test
    void an_nginx_that_never_answers_fails_the_push_and_keeps_the_file(
            Vertx vertx, VertxTestContext test) {
        pushed(vertx, _ -> {})
                .onComplete(
                        test.failing(_ ->
                                test.verify(() -> {
                                    assertThat(files()).containsExactly("table-1-2-3-1.json");
                                    test.completeNow();
                                })));
    }

    @Test
    void tables_do_not_pile_up_while_nginx_is_away(Vertx vertx, VertxTestContext test) {
        var manager = manager(1); // nothing listens on port 1
        Future<Void> pushes = vertx.deployVerticle(manager).mapEmpty();
        for (var seq = 1; seq <= 20; seq++) {
            var table = table(new Version(1, 2, seq));
            pushes = pushes.compose(_ -> manager.push(table).otherwiseEmpty().mapEmpty());
        }
        pushes.onComplete(
                test.succeeding(_ ->
                        test.verify(() -> {
                            assertThat(files())
                                    .hasSize(11)
                                    .contains("table-1-2-1-1.json", "table-1-2-20-20.json");
                            test.completeNow();
                        })));
    }

    @Test
    void an_nginx_that_has_ended_will_send_requests_by_the_newest_table(
            Vertx vertx, VertxTestContext test) {
        var manager = manager(1); // nothing listens on port 1
        var shop = Toys.app(1, "shop");
        var table =
                RouteTable.of(
                        new Version(1, 2, 3),
                        List.of(shop),
                        List.of(Toys.ready(17, shop, 1, "10.0.0.1", 80)));
        vertx.deployVerticle(manager)
                .compose(_ -> manager.push(table).otherwiseEmpty())
                .compose(_ -> manager.routedAfterStart())
                .compose(whileRunning -> {
                    test.verify(() -> assertThat(whileRunning).isEmpty());
                    running = false;
                    return manager.routedAfterStart();
                })
                .onComplete(
                        test.succeeding(afterEnd ->
                                test.verify(() -> {
                                    assertThat(afterEnd).contains(Set.of(17L));
                                    test.completeNow();
                                })));
    }

    @Test
    void questions_that_nginx_answers_late_delay_no_table(Vertx vertx, VertxTestContext test) {
        var waiting = new AtomicInteger();
        var many = Promise.<Void>promise();
        Consumer<HttpServerRequest> nginx =
                request -> {
                    if (!request.uri().equals("/wakes")) {
                        request.response().end(VERSION);
                    } else if (waiting.incrementAndGet() == PoolOptions.DEFAULT_MAX_POOL_SIZE) {
                        many.complete();
                    }
                };
        deployed(vertx, nginx)
                .compose(manager -> {
                    for (var i = 0; i < PoolOptions.DEFAULT_MAX_POOL_SIZE; i++) {
                        manager.wakes(Set.of("shop"), Duration.ofMinutes(1));
                    }
                    return many.future().compose(_ -> manager.push(TABLE));
                })
                .onComplete(
                        test.succeeding(pushed ->
                                test.verify(() -> {
                                    assertThat(pushed).isInstanceOf(Pushed.Accepted.class);
                                    test.completeNow();
                                })));
    }

    private Future<Pushed> pushed(Vertx vertx, Consumer<HttpServerRequest> nginx) {
        return deployed(vertx, nginx).compose(manager -> manager.push(TABLE));
    }

    private Future<NginxManager> deployed(Vertx vertx, Consumer<HttpServerRequest> nginx) {
        return vertx.createHttpServer()
                .requestHandler(nginx::accept)
                .listen(0, "127.0.0.1")
                .map(HttpServer::actualPort)
                .compose(port -> {
                    var manager = manager(port);
                    return vertx.deployVerticle(manager).map(manager);
                });
    }

    private static Consumer<HttpServerRequest> answering(int status, String body) {
        return request -> request.response().setStatusCode(status).end(body);
    }

    private NginxManager manager(int port) {
        var process =
                new ProxyProcess() {
                    @Override
                    public void reload() {
                        reloads.incrementAndGet();
                    }

                    @Override
                    public boolean isRunning() {
                        return running;
                    }

                    @Override
                    public Optional<URI> adminAddress() {
                        return Optional.of(URI.create("http://127.0.0.1:" + port));
                    }
                };
        return new NginxManager(folder, process, new Random(7), null);
    }

    private List<String> files() throws Exception {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("table"))
                    .toList();
        }
    }

    private static RouteTable table(Version version) {
        return RouteTable.of(version, List.of(), List.of());
    }
}
