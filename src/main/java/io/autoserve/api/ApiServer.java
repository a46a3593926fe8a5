package io.autoserve.api;

import io.autoserve.api.Contract.Operation;
import io.autoserve.api.EventStream.Position;
import io.autoserve.api.Problem.Fault;
import io.autoserve.model.Event;
import io.autoserve.spec.SpecReader;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Serves what {@code openapi.yaml} promises: every operation of the contract has a route, or the
 * server does not start. Deploy several to use several cores; they share the port.
 */
public final class ApiServer extends VerticleBase {
    private static final int LARGEST_BODY = 1 << 20;

    /** How long events are awaited at most after history was rewound, or the token revoked. */
    private static final Duration OUTDATED_FOR = Duration.ofSeconds(1);

    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private static final int[] ROUTER_FAILURES = {400, 404, 405, 406, 413, 414, 415, 500};

    private final Settings settings;
    private final Platform platform;
    private final SpecReader specs;
    private final RandomGenerator random;
    private final EventMessages messages = new EventMessages();
    private final InstantSource clock;
    private final Contract contract = Contract.published();
    private final Guard guard;
    private final Admission writes;
    private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();
    private final LogStreams logs;
    private final Tunnels tunnels;
    private final LongAdder cut = new LongAdder();
    private @Nullable HttpServer server;

    /**
     * @param port 0: any that is free
     * @param heartbeat time between signs of life on streams
     * @param idle time after which a connection is closed on which nothing was sent either way
     * @param streamBound bytes that may wait for a stream's reader before it is cut off
     * @param access who may ask
     * @param writes how many at once
     */
    public record Settings(
            String host,
            int port,
            Duration heartbeat,
            Duration idle,
            int streamBound,
            AccessRules access,
            WriteLimit writes) {
        /**
         * Some heartbeats long; and longer than those who keep connections, as the load balancer
         * does for 30 s, since a request that comes just as we close is lost.
         */
        static final Duration IDLE = Duration.ofSeconds(75);

        public Settings(
                String host, int port, Duration heartbeat, int streamBound, AccessRules access) {
            this(host, port, heartbeat, IDLE, streamBound, access, WriteLimit.STANDARD);
        }

        public static Settings on(String host, int port, AccessRules access) {
            return new Settings(host, port, Duration.ofSeconds(15), 1 << 20, access);
        }
    }

    public ApiServer(
            Settings settings,
            Platform platform,
            SpecReader specs,
            RandomGenerator random,
            InstantSource clock) {
        this.settings = settings;
        this.platform = platform;
        this.specs = specs;
        this.random = random;
        this.clock = clock;
        this.guard = new Guard(settings.access, platform, clock);
        this.writes = new Admission(settings.writes, System::nanoTime);
        this.logs = new LogStreams(platform, clock, settings.streamBound);
        this.tunnels = new Tunnels(platform, settings.streamBound);
    }

    @Override
    public Future<?> start() {
        vertx.setPeriodic(
                settings.heartbeat.toMillis(),
                _ -> {
                    List.copyOf(streams).forEach(EventStream::heartbeat);
                    logs.heartbeat();
                    tunnels.heartbeat();
                });
        vertx.setPeriodic(
                OUTDATED_FOR.toMillis(),
                _ -> List.copyOf(streams).forEach(EventStream::endedAsOutdated));
        var listening =
                vertx.createHttpServer(
                        new HttpServerOptions()
                                .setHost(settings.host)
                                .setPort(settings.port)
                                .setHttp2ClearTextEnabled(false)
                                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                                .setIdleTimeout((int) settings.idle.toMillis())
                                .setTcpNoDelay(true));
        server = listening;
        var router = router();
        return listening
                .requestHandler(request -> {
                    var id = identify(request);
                    if (request.authority() == null) {
                        refuseHost(request, id);
                    } else {
                        router.handle(request);
                    }
                })
                .listen();
    }

    /** Required by RFC 9112, section 3.2; the router stumbles over its absence. */
    private static void refuseHost(HttpServerRequest request, String id) {
        var fault = Fault.in("Host", "the header Host is required: host or host:port");
        var problem = Problem.of(new Rejection.BadRequest(List.of(fault)), id);
        request.response()
                .setStatusCode(problem.status())
                .putHeader("Content-Type", "application/problem+json")
                .end(Call.encoded(problem));
    }

    /** Streams first: the server would wait for them. */
    @Override
    public Future<?> stop() {
        List.copyOf(streams).forEach(EventStream::end);
        logs.end();
        tunnels.end();
        return server == null ? Future.succeededFuture() : server.shutdown(2, TimeUnit.SECONDS);
    }

    /** Where it listens, once it does. */
    public int port() {
        return server == null ? settings.port : server.actualPort();
    }

    /** How many streams are open, of events, logs and bytes; from any thread. */
    public int readers() {
        return streams.size() + logs.count() + tunnels.count();
    }

    /** How many streams were closed because their reader did not read; from any thread. */
    public long cut() {
        return cut.sum();
    }

    /** From any thread. */
    public WritesNow writes() {
        return writes.now();
    }

    private Router router() {
        var router = Router.router(vertx);
        var routes = routes();
        var methods = new TreeMap<String, List<String>>();
        router.route().handler(AccessLog::follow);
        router.route()
                .handler(context -> {
                    Deadline.require(context.request(), clock);
                    context.next();
                });
        Dashboard.mount(router);
        for (var operation : contract.operations()) {
            var route = routes.remove(operation.id());
            if (route == null) {
                throw new IllegalStateException("nothing serves " + operation.id());
            }
            mount(router, operation, route);
            var allowed = methods.computeIfAbsent(operation.path(), _ -> new ArrayList<>());
            allowed.add(operation.method().name());
            if (operation.answersHead()) {
                allowed.add(HttpMethod.HEAD.name());
            }
        }
        if (!routes.isEmpty()) {
            throw new IllegalStateException("the contract does not know " + routes.keySet());
        }
        methods.forEach(
                (path, allowed) -> router.route(path).handler(c -> wrongMethod(c, allowed)));
        router.route().handler(ApiServer::nothingHere);
        for (var status : ROUTER_FAILURES) {
            router.errorHandler(status, Call::fail);
        }
        return router;
    }

    private String identify(HttpServerRequest request) {
        var given = request.getHeader(Call.REQUEST_ID);
        var id =
                given != null && REQUEST_ID.matcher(given).matches()
                        ? given
                        : HexFormat.of().toHexDigits(random.nextLong());
        request.response().putHeader(Call.REQUEST_ID, id);
        SecurityHeaders.add(request.response());
        return id;
    }

    private void mount(Router router, Operation operation, Consumer<Call> answer) {
        if (operation.takesBody()) {
            // on a route of its own: Vert.x wants body handlers first, and a body of the wrong
            // type, or of somebody who may not, is not worth reading
            router.route(operation.method(), operation.path())
                    .handler(context -> {
                        guard.admit(operation, context);
                        operation.admitType(context.request());
                        context.next();
                    });
        }
        var route = router.route(operation.method(), operation.path());
        if (operation.answersHead()) {
            route.method(HttpMethod.HEAD); // Vert.x leaves the body out
        }
        if (operation.takesBody()) {
            route.handler(BodyHandler.create(false).setBodyLimit(LARGEST_BODY));
        }
        route.handler(context -> {
            var admitted = guard.admit(operation, context);
            var call = new Call(operation, context, admitted, operation.read(context));
            AccessLog.by(call);
            if (operation.writes()) {
                writes.enter(call, turn -> inTime(turn, answer));
            } else {
                answer.accept(call);
            }
        });
    }

    /** Its turn may have come later than the load balancer waits. */
    private void inTime(Call turn, Consumer<Call> answer) {
        Deadline.require(turn.context().request(), clock);
        answer.accept(turn);
    }

    private static void wrongMethod(RoutingContext context, List<String> allowed) {
        throw new Rejection.WrongMethod(
                "%s is not possible on %s"
                        .formatted(context.request().method(), context.request().path()),
                allowed.stream().sorted().collect(Collectors.joining(", ")));
    }

    private static void nothingHere(RoutingContext context) {
        throw new Rejection.NotFound("there is nothing at " + context.request().path());
    }

    private Map<String, Consumer<Call>> routes() {
        var routes = new HashMap<String, Consumer<Call>>();
        routes.putAll(new Reads(platform).routes());
        var changes = new Writes(platform, specs);
        routes.putAll(changes.routes());
        routes.putAll(new RevisionReads(platform).routes());
        routes.putAll(new LoadReads(platform).routes());
        routes.putAll(new ScalingRoutes(platform, changes).routes());
        routes.putAll(new SecretRoutes(platform).routes());
        routes.putAll(new DomainRoutes(platform).routes());
        routes.putAll(new NodeRoutes(platform).routes());
        routes.putAll(new ClusterReads(platform, clock).routes());
        routes.putAll(new Documents(contract).routes());
        routes.putAll(new SessionRoutes(guard).routes());
        routes.putAll(new TokenRoutes(platform, random, clock).routes());
        routes.put("streamEvents", this::stream);
        routes.putAll(logs.routes());
        routes.putAll(tunnels.routes());
        return routes;
    }

    private void stream(Call call) {
        Reads.view(platform);
        var app = call.text("app");
        var type = call.text("type");
        var actor = call.text("actor");
        Predicate<Event> wanted =
                event ->
                        (app == null || app.equals(event.app()))
                                && (type == null || type.equals(event.type()))
                                && (actor == null || actor.equals(event.actor()))
                                && call.caller().sees(event);
        var position = call.text("Last-Event-ID");
        if (position == null) {
            position = call.text("after");
        }
        var stream =
                new EventStream(
                        platform,
                        messages,
                        vertx.getOrCreateContext(),
                        call.context().request(),
                        call.admitted().stillAdmitted(),
                        wanted,
                        settings.streamBound,
                        cut::increment);
        streams.add(stream);
        call.response()
                .closeHandler(_ -> {
                    streams.remove(stream);
                    stream.close();
                })
                .exceptionHandler(_ -> {}); // its reader went away
        stream.begin(position == null ? null : Position.parse(position));
    }
}
