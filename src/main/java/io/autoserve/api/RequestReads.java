package io.autoserve.api;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Refusal;
import io.autoserve.model.ServedRequest;
import io.autoserve.platform.Platform;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers with the last requests of an app. */
final class RequestReads {
    private final Platform platform;

    RequestReads(Platform platform) {
        this.platform = platform;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of("listRequests", this::requests);
    }

    private record RequestList(List<RequestAnswer> requests) {}

    /**
     * A request as the API returns it.
     *
     * @param instance the last instance that got the request: its name, or its address if it does
     *     not exist any more; null if no instance got the request
     * @param tries number of instances that got the request
     */
    private record RequestAnswer(
            long id,
            Instant at,
            String client,
            String host,
            String method,
            String path,
            int status,
            double seconds,
            long bytes,
            @Nullable String instance,
            int tries,
            @Nullable String reason) {}

    private void requests(Call call) {
        var app = Reads.app(platform, call);
        var names = names(app);
        var status = call.text("status");
        var after = call.number("after");
        call.when(
                kept(app),
                all -> {
                    var found =
                            all.stream()
                                    .filter(it -> status == null || matches(status, it.status()))
                                    .filter(it -> after == null || it.id() > after)
                                    .map(it -> answer(it, names))
                                    .toList();
                    var limit = call.count("limit");
                    call.json(
                            200,
                            new RequestList(
                                    found.subList(
                                            Math.max(0, found.size() - limit), found.size())));
                });
    }

    private Future<List<ServedRequest>> kept(App app) {
        return platform.requests()
                .of(app.name())
                .recover(_ ->
                        Future.failedFuture(
                                Refusal.unavailable(
                                        "nginx does not answer the controller: retry in a few seconds")));
    }

    /**
     * @param wanted a status, or a class of statuses such as {@code 5xx}
     */
    private static boolean matches(String wanted, int status) {
        return wanted.endsWith("xx")
                ? status / 100 == wanted.charAt(0) - '0'
                : wanted.equals(String.valueOf(status));
    }

    /** Returns the names of the app's instances by their addresses. */
    private Map<String, String> names(App app) {
        var names = new HashMap<String, String>();
        for (Instance instance : platform.snapshot().instances(app)) {
            if (instance.address() != null) {
                names.put(instance.address(), instance.name());
            }
        }
        return names;
    }

    private static RequestAnswer answer(ServedRequest request, Map<String, String> names) {
        return new RequestAnswer(
                request.id(),
                request.at(),
                request.client(),
                request.host(),
                request.method(),
                request.path(),
                request.status(),
                request.seconds(),
                request.bytes(),
                request.tries().isEmpty() ? null : instance(request.tries().getLast(), names),
                request.tries().size(),
                request.reason());
    }

    private static String instance(String address, Map<String, String> names) {
        var host = address.substring(0, address.lastIndexOf(':'));
        return names.getOrDefault(host, address);
    }
}
