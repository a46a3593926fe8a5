package io.autoserve.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.access.Caller;
import io.autoserve.api.Problem.FieldError;
import io.autoserve.model.App;
import io.autoserve.model.ExecCommand;
import io.autoserve.model.Instance;
import io.autoserve.model.Refusal;
import io.autoserve.model.StreamKind;
import io.autoserve.platform.Platform;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Opens WebSockets through which a client runs a command in an instance (exec) or connects to a
 * port of an instance (port-forward).
 */
final class Tunnels {
    private final Platform platform;
    private final int bound;
    private final OpenStreams streams;
    private final Consumer<Caller> writeRate;
    private final Set<Tunnel> open = ConcurrentHashMap.newKeySet();

    /**
     * @param bound maximum number of bytes buffered for a client that reads slowly
     * @param writeRate counts a write of the caller, or throws a {@link Rejection} if its token
     *     made too many. A tunnel counts as a write, because it writes events
     */
    Tunnels(Platform platform, int bound, OpenStreams streams, Consumer<Caller> writeRate) {
        this.streams = streams;
        this.writeRate = writeRate;
        this.platform = platform;
        this.bound = bound;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of("execCommand", this::exec, "forwardPort", this::forward);
    }

    private void exec(Call call) {
        var instance = instance(call);
        var by = call.author();
        upgrade(
                call,
                StreamKind.EXEC,
                tunnel ->
                        tunnel.beginWith(wish -> {
                            var command = command(wish);
                            return platform.attachments().run(instance, command, by, tunnel);
                        }));
    }

    private static ExecCommand command(JsonNode wish) {
        var words = new ArrayList<String>();
        wish.path("command").forEach(word -> words.add(word.asText()));
        return new ExecCommand(
                words,
                wish.path("input").asBoolean(),
                wish.path("terminal").asBoolean(),
                wish.path("columns").asInt(80),
                wish.path("rows").asInt(24));
    }

    private void forward(Call call) {
        var instance = instance(call);
        var by = call.author();
        var port = call.count("port");
        upgrade(
                call,
                StreamKind.FORWARD,
                tunnel ->
                        tunnel.begin(
                                () -> platform.attachments().dial(instance, port, by, tunnel)));
    }

    /**
     * Upgrades the connection. The limits come before the check of the header, so that a plain GET
     * shows a client why its WebSocket was refused.
     */
    private void upgrade(Call call, StreamKind kind, Consumer<Tunnel> begin) {
        streams.admit(
                call,
                kind,
                place -> {
                    writeRate.accept(call.caller());
                    requireWebSocket(call.context().request());
                    var upgraded = call.context().request().toWebSocket();
                    upgraded.onFailure(_ -> place.run());
                    call.when(upgraded, socket -> begin(call, socket, place, begin));
                });
    }

    private static void requireWebSocket(HttpServerRequest request) {
        if (!"websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE))) {
            var fault =
                    FieldError.in(
                            "header Upgrade",
                            "the Upgrade header must be websocket: connect with a WebSocket client");
            throw new Rejection.BadRequest(List.of(fault));
        }
    }

    private void begin(
            Call call, ServerWebSocket socket, Runnable place, Consumer<Tunnel> session) {
        try {
            var tunnel =
                    new Tunnel(
                            socket,
                            call.context().vertx().getOrCreateContext(),
                            call.admitted().stillAdmitted(),
                            bound,
                            over -> {
                                open.remove(over);
                                place.run();
                            });
            open.add(tunnel);
            socket.closeHandler(_ -> tunnel.close());
            session.accept(tunnel);
        } catch (RuntimeException gone) {
            place.run(); // the client may have disconnected during the upgrade
            throw gone;
        }
    }

    private Instance instance(Call call) {
        var name = call.required("name");
        var view = Reads.view(platform);
        var app = view.app(name);
        if (app == null) {
            throw Refusal.notFound(name);
        }
        return instance(app, view.instances(app), call.text("instance"));
    }

    /**
     * Returns the requested instance. If none was requested, returns the first that is ready, or
     * else the first that has a container.
     */
    private static Instance instance(App app, List<Instance> all, @Nullable String wanted) {
        var named = all.stream().filter(it -> wanted == null || wanted.equals(it.name())).toList();
        if (wanted != null && named.isEmpty()) {
            throw new Rejection.NotFound("%s has no instance %s".formatted(app.name(), wanted));
        }
        var running = named.stream().filter(it -> it.containerId() != null).toList();
        return running.stream()
                .filter(it -> it.health() == Instance.Health.READY)
                .findFirst()
                .or(() -> running.stream().findFirst())
                .orElseThrow(() ->
                        Refusal.conflict(
                                "%s has no running container: 'autoserve status %s' shows why"
                                        .formatted(
                                                wanted == null ? app.name() : wanted, app.name())));
    }

    void heartbeat() {
        List.copyOf(open).forEach(Tunnel::heartbeat);
    }

    void end() {
        List.copyOf(open).forEach(Tunnel::end);
    }

    void endRevoked() {
        List.copyOf(open).forEach(Tunnel::endIfRevoked);
    }
}
