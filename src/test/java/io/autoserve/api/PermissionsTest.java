package io.autoserve.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.api.Contract.Operation;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Calls every operation of the contract with every kind of token and checks that no caller can do
 * more than permitted. Adding an operation requires a line in {@link Permission}.
 */
class PermissionsTest {
    private static final Contract CONTRACT = Contract.published();

    @AutoClose private static final TokenServer SERVER = new TokenServer();
    private static final Map<String, String> TOKENS = new HashMap<>();

    @BeforeAll
    static void giveTokens() {
        ASKERS.forEach(
                asker -> TOKENS.put(asker.name, SERVER.give(asker.name, asker.role, asker.apps)));
    }

    record Asker(String name, Role role, Scope apps) {
        boolean may(Operation operation, String app) {
            var permission = Permission.of(operation);
            return permission.role() == null
                    || (role.includes(permission.role())
                            && switch (permission.reach()) {
                                case ONE -> apps.covers(app);
                                case OWN -> true;
                                case ALL -> apps.everything();
                            });
        }
    }

    private static final List<Asker> ASKERS =
            List.of(
                    new Asker("viewer", Role.VIEWER, Scope.EVERYTHING),
                    new Asker("viewer-of-shops", Role.VIEWER, new Scope(List.of("shop-*"))),
                    new Asker("deployer", Role.DEPLOYER, Scope.EVERYTHING),
                    new Asker("deployer-of-shops", Role.DEPLOYER, new Scope(List.of("shop-*"))),
                    new Asker("hook", Role.HOOK, new Scope(List.of("shop-web"))),
                    new Asker("admin", Role.ADMIN, Scope.EVERYTHING));

    static Stream<Operation> operations() {
        return CONTRACT.operations().stream();
    }

    static Stream<Arguments> everythingByEveryone() {
        return operations()
                .flatMap(operation ->
                        ASKERS.stream()
                                .flatMap(asker ->
                                        Stream.of("shop-web", "blog")
                                                .map(app ->
                                                        Arguments.of(operation.id(), asker, app))));
    }

    @Test
    void the_contract_asks_of_each_operation_what_it_should() {
        assertThat(operations().map(Permission::told))
                .containsExactlyInAnyOrderElementsOf(Permission.ALL);
    }

    @ParameterizedTest(name = "{0} of {2} by {1}")
    @MethodSource("everythingByEveryone")
    void lets_in_who_may_and_nobody_else(String id, Asker asker, String app) throws IOException {
        for (var method : methods(operation(id))) {
            var status =
                    status(method, path(operation(id), app), "Bearer " + TOKENS.get(asker.name));

            if (asker.may(operation(id), app)) {
                assertThat(status).isNotIn(401, 403, 429);
            } else {
                assertThat(status).isEqualTo(403);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("operations")
    void asks_everybody_for_a_token(Operation operation) throws IOException {
        var open = Permission.of(operation).open();
        var revoked = SERVER.give("gone", Role.ADMIN, Scope.EVERYTHING);
        SERVER.take("gone");
        for (var method : methods(operation)) {
            for (var shown : List.of("", "Bearer", "Bearer x", "Basic YTpi", "Bearer " + revoked)) {
                var status = status(method, path(operation, "shop-web"), shown);
                if (open && !operation.id().equals("readSession")) {
                    assertThat(status).isNotIn(401, 403, 429);
                } else {
                    assertThat(status).as(shown).isIn(401, 429);
                }
            }
        }
    }

    @Test
    void the_contract_tells_programs_the_same() {
        var open =
                Permission.ALL.stream()
                        .filter(Permission::open)
                        .map(Permission::operation)
                        .toList();
        CONTRACT.root()
                .get("paths")
                .forEach(path ->
                        path.forEach(operation -> {
                            var isOpen = open.contains(operation.get("operationId").textValue());
                            assertThat(operation.has("security")).isEqualTo(isOpen);
                            if (!isOpen) {
                                assertThat(operation.get("responses").fieldNames())
                                        .toIterable()
                                        .as(operation.get("operationId").textValue())
                                        .contains("401", "403", "429");
                            }
                        }));
    }

    private static Operation operation(String id) {
        return operations().filter(it -> it.id().equals(id)).findFirst().orElseThrow();
    }

    private static List<HttpMethod> methods(Operation operation) {
        var methods = new ArrayList<>(List.of(operation.method()));
        if (operation.answersHead()) {
            methods.add(HttpMethod.HEAD);
        }
        return methods;
    }

    private static String path(Operation operation, String app) {
        return operation.path().replace(":name", app).replaceAll(":\\w+", "x");
    }

    /**
     * Sends a request over a plain socket and returns the status. The rest of the answer is not
     * read, because the answer of a stream never ends.
     */
    private static int status(HttpMethod method, String path, String authorization)
            throws IOException {
        var request =
                "%s %s HTTP/1.1\r\nHost: autoserve.example\r\nContent-Length: 0\r\n%s\r\n"
                        .formatted(
                                method,
                                path,
                                authorization.isEmpty()
                                        ? ""
                                        : "Authorization: " + authorization + "\r\n");
        try (var socket = SERVER.api.connect()) {
            socket.getOutputStream().write(request.getBytes(US_ASCII));
            var head = new String(socket.getInputStream().readNBytes(12), US_ASCII);
            return Integer.parseInt(head.substring(9));
        }
    }
}
