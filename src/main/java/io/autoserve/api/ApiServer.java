package io.autoserve.api;

import io.autoserve.api.Contract.Operation;
import io.autoserve.api.EventStream.Position;
import io.autoserve.api.Problem.FieldError;
import io.autoserve.identity.Identity;
import io.autoserve.identity.IdentityFolder;
import io.autoserve.model.Event;
import io.autoserve.model.StreamKind;
import io.autoserve.model.WriteLoad;
import io.autoserve.platform.Platform;
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
import java.util.stream.IntStream;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the operations of {@code openapi.yaml}. The server does not start unless every operation
 * of the contract has a route and every route has an operation. To use several cores, deploy
 * several servers. They can share the port.
 */
public final class ApiServer extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
    private static final int LARGEST_BODY = 1 << 20;

    /**
     * The interval at which each stream and tunnel checks its token, and each event stream the
     * timeline. If the token becomes invalid or a failover changes the timeline, the stream ends
     * within this time, even if nothing is sent.
     */
    private static final Duration OUTDATED_FOR = Duration.ofMillis(500);

    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final Settings settings;
    private final Platform platform;
    private final SpecReader specs;
    private final RandomGenerator random;
    private final EventMessages messages = new EventMessages();
    private final InstantSource clock;
    private final Contract contract = Contract.published();
    private final Guard guard;
    private final AuditNotes audit;
    private final Admission writes;
    private final OpenStreams open;
    private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();
    private final LogStreams logs;
    private final Tunnels tunnels;
    private final LongAdder cut = new LongAdder();
    private @Nullable HttpServer server;
    private @Nullable HttpServer inside;

    /**
     * @param port TCP port to listen on; 0 for any free port
     * @param heartbeat interval of the heartbeats on streams
     * @param idle time after which a connection is closed if nothing was sent in either direction
     * @param streamBound maximum number of bytes buffered for a client that reads a stream slowly
     * @param access whether callers have to authenticate
     * @param writes how many writes may be in progress and how many may wait
     * @param streams how many streams and tunnels may be open
     * @param inside the second port, for the load balancer; null if there is none
     */
    public record Settings(
            String host,
            int port,
            Duration heartbeat,
            Duration idle,
            int streamBound,
            AccessRules access,
            WriteLimit writes,
            StreamLimit streams,
            @Nullable Inside inside) {
        /**
         * The standard idle time. It is several heartbeats long, so that open streams stay open. It
         * is also longer than the time for which clients keep idle connections, which is 30 s for
         * the load balancer. If the server closed a connection first, a request that arrives at
         * that moment would be lost.
         */
        static final Duration IDLE = Duration.ofSeconds(75);

        /**
         * The standard maximum number of streams of one token. A page of the dashboard opens one
         * stream, and a second one for logs.
         */
        public static final int STREAMS_PER_TOKEN = 64;

        public Settings(
                String host, int port, Duration heartbeat, int streamBound, AccessRules access) {
            this(host, port, heartbeat, IDLE, streamBound, access, WriteLimit.STANDARD);
        }

        Settings(
                String host,
                int port,
                Duration heartbeat,
                Duration idle,
                int streamBound,
                AccessRules access,
                WriteLimit writes) {
            this(
                    host,
                    port,
                    heartbeat,
                    idle,
                    streamBound,
                    access,
                    writes,
                    StreamLimit.of(STREAMS_PER_TOKEN, Runtime.getRuntime().maxMemory()),
                    null);
        }

        public static Settings on(String host, int port, AccessRules access) {
            return new Settings(host, port, Duration.ofSeconds(15), 1 << 20, access);
        }

        /** Returns the same settings with another maximum number of streams of one token. */
        public Settings streamsPerToken(int most) {
            return with(
                    new StreamLimit(
                            most,
                            streams.total(),
                            streams.reserve(),
                            streams.containersPerToken()));
        }

        Settings with(StreamLimit limit) {
            return new Settings(
                    host, port, heartbeat, idle, streamBound, access, writes, limit, inside);
        }

        /** Returns the same settings with a port for the load balancer. */
        public Settings with(@Nullable Inside door) {
            return new Settings(
                    host, port, heartbeat, idle, streamBound, access, writes, streams, door);
        }
    }

    /**
     * A port with TLS that admits one caller, which proves by its certificate that it is the load
     * balancer. Its headers about the client are trusted.
     *
     * @param port TCP port to listen on; 0 for any free port
     * @param caller the name in the caller's certificate
     */
    public record Inside(int port, IdentityFolder identity, String caller) {}

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
        this.audit = new AuditNotes(platform.audit(), guard::address, clock);
        this.writes = new Admission(settings.writes, System::nanoTime);
        this.open = new OpenStreams(settings.streams, platform);
        this.logs = new LogStreams(platform, clock, settings.streamBound, open);
        this.tunnels = new Tunnels(platform, settings.streamBound, open, guard::countWrite);
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
                _ -> {
                    List.copyOf(streams).forEach(EventStream::endedAsOutdated);
                    logs.endRevoked();
                    tunnels.endRevoked();
                });
        var router = router();
        var listening = vertx.createHttpServer(options());
        server = listening;
        var plain = listening.requestHandler(request -> accept(request, router)).listen();
        return settings.inside == null
                ? plain
                : Future.all(plain, listenInside(settings.inside, router));
    }

    private HttpServerOptions options() {
        return new HttpServerOptions()
                .setHost(settings.host)
                .setPort(settings.port)
                .setHttp2ClearTextEnabled(false)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout((int) settings.idle.toMillis())
                .setTcpNoDelay(true);
    }

    /** Listens for the load balancer, and uses each renewed certificate for new connections. */
    private Future<?> listenInside(Inside door, Router router) {
        var tls = door.identity.identity().server();
        var listening =
                vertx.createHttpServer(
                        options()
                                .setPort(door.port)
                                .setSsl(true)
                                .setKeyCertOptions(tls.getKeyCertOptions())
                                .setTrustOptions(tls.getTrustOptions())
                                .setClientAuth(tls.getClientAuth())
                                .setEnabledSecureTransportProtocols(
                                        tls.getEnabledSecureTransportProtocols()));
        inside = listening;
        return listening
                .requestHandler(request -> {
                    if (calls(request, door.caller)) {
                        accept(request, router);
                    } else {
                        var refusal =
                                new Rejection.Forbidden(
                                        "only %s may use this port".formatted(door.caller));
                        refuse(request, Problem.of(refusal, identify(request)));
                    }
                })
                .listen()
                .onSuccess(_ -> {
                    door.identity.listen(renewed -> certify(listening, renewed));
                    // The certificate may have been renewed while the port was opened.
                    certify(listening, door.identity.identity());
                });
    }

    private static void certify(HttpServer listening, Identity renewed) {
        listening
                .updateSSLOptions(renewed.server())
                .onFailure(failure ->
                        LOG.warn("the API keeps its earlier certificate: {}", failure.toString()));
    }

    private static boolean calls(HttpServerRequest request, String caller) {
        try {
            return Identity.isOf(request.connection().peerCertificates().getFirst(), caller);
        } catch (SSLPeerUnverifiedException unverified) {
            return false;
        }
    }

    private void accept(HttpServerRequest request, Router router) {
        var id = identify(request);
        if (request.authority() == null || request.headers().getAll("Host").size() > 1) {
            refuseHost(request, id);
        } else {
            router.handle(request);
        }
    }

    /**
     * Refuses a request without a valid Host header, or with several. RFC 9112, section 3.2,
     * requires this answer, and the router would fail on a request without one.
     */
    private static void refuseHost(HttpServerRequest request, String id) {
        var fault =
                FieldError.in("Host", "one Host header is required: send host or host:port once");
        refuse(request, Problem.of(new Rejection.BadRequest(List.of(fault)), id));
    }

    private static void refuse(HttpServerRequest request, Problem problem) {
        request.response()
                .setStatusCode(problem.status())
                .putHeader("Content-Type", "application/problem+json")
                .end(Call.encoded(problem));
    }

    /**
     * Ends all streams, then stops the server. The streams end first because the server waits for
     * open requests.
     */
    @Override
    public Future<?> stop() {
        List.copyOf(streams).forEach(EventStream::end);
        logs.end();
        tunnels.end();
        return Future.join(shutDown(server), shutDown(inside));
    }

    private static Future<?> shutDown(@Nullable HttpServer listening) {
        return listening == null
                ? Future.succeededFuture()
                : listening.shutdown(2, TimeUnit.SECONDS);
    }

    /** Returns the port that the server listens on, or the configured one before it listens. */
    public int port() {
        return server == null ? settings.port : server.actualPort();
    }

    /** Returns the port for the load balancer, or 0 if there is none. */
    int insidePort() {
        return inside == null ? 0 : inside.actualPort();
    }

    /**
     * Returns how many event streams, log streams and tunnels are open. May be called from any
     * thread.
     */
    public int readers() {
        return open.count();
    }

    /** Returns how many streams of this kind are open. May be called from any thread. */
    public int readers(StreamKind kind) {
        return open.count(kind);
    }

    /**
     * Returns how many streams of this kind were refused because too many were open. May be called
     * from any thread.
     */
    public long refused(StreamKind kind) {
        return open.refused(kind);
    }

    /**
     * Returns how many event streams were cut because the client did not read. May be called from
     * any thread.
     */
    public long cut() {
        return cut.sum();
    }

    /** Returns how busy this server is with writes. May be called from any thread. */
    public WriteLoad writes() {
        return writes.now();
    }

    private Router router() {
        var router = Router.router(vertx);
        var routes = routes();
        var methods = new TreeMap<String, List<String>>();
        router.route().handler(AccessLog::follow);
        router.route().handler(audit::follow);
        router.route()
                .handler(context -> {
                    Deadline.require(context.request(), clock);
                    context.next();
                });
        Dashboard.mount(router);
        for (var operation : contract.operations()) {
            var route = routes.remove(operation.id());
            if (route == null) {
                throw new IllegalStateException("no route serves the operation " + operation.id());
            }
            mount(router, operation, route);
            var allowed = methods.computeIfAbsent(operation.path(), _ -> new ArrayList<>());
            allowed.add(operation.method().name());
            if (operation.answersHead()) {
                allowed.add(HttpMethod.HEAD.name());
            }
        }
        if (!routes.isEmpty()) {
            throw new IllegalStateException("openapi.yaml does not contain " + routes.keySet());
        }
        methods.forEach(
                (path, allowed) -> router.route(path).handler(c -> wrongMethod(c, allowed)));
        router.route().handler(ApiServer::nothingHere);
        answerFailures(router);
        return router;
    }

    /**
     * Gives every status with which the router can fail a request a handler, since the router logs
     * an error with a stack trace for a status without one. The router uses 200 if the connection
     * breaks or is not valid HTTP while a body is read.
     */
    private static void answerFailures(Router router) {
        router.errorHandler(200, Call::fail);
        IntStream.range(400, 600).forEach(status -> router.errorHandler(status, Call::fail));
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
            // These checks need a route of their own, since in a route Vert.x requires the body
            // handler to be the first one. The checks run before the body is read. The server
            // therefore reads no body of a wrong type, and none from a caller without permission.
            router.route(operation.method(), operation.path())
                    .handler(context -> {
                        guard.admit(operation, context);
                        operation.admitType(context.request());
                        Call.beginsToRead(context);
                        context.next();
                    });
        }
        var route = router.route(operation.method(), operation.path());
        if (operation.answersHead()) {
            route.method(HttpMethod.HEAD); // Vert.x omits the body for HEAD
        }
        if (operation.takesBody()) {
            route.handler(BodyHandler.create(false).setBodyLimit(LARGEST_BODY));
        }
        route.handler(context -> {
            Call.hasRead(context);
            var admitted = guard.admit(operation, context);
            operation.refuseBody(context.request());
            var call = new Call(operation, context, admitted, operation.read(context));
            AccessLog.by(call);
            if (operation.need().role() != null) {
                AuditNotes.by(context, call.actor());
            }
            if (operation.writes()) {
                guard.countWrite(admitted.caller());
                writes.enter(call, turn -> inTime(turn, answer));
            } else {
                answer.accept(call);
            }
        });
    }

    /**
     * Checks the deadline again, since the load balancer may have given up on the write while the
     * write waited for its turn.
     */
    private void inTime(Call turn, Consumer<Call> answer) {
        Deadline.require(turn.context().request(), clock);
        answer.accept(turn);
    }

    private static void wrongMethod(RoutingContext context, List<String> allowed) {
        var methods = allowed.stream().sorted().collect(Collectors.joining(", "));
        throw new Rejection.WrongMethod(
                "%s is not allowed on %s: use %s"
                        .formatted(context.request().method(), context.request().path(), methods),
                methods);
    }

    private static void nothingHere(RoutingContext context) {
        throw new Rejection.NotFound("no resource exists at " + context.request().path());
    }

    private Map<String, Consumer<Call>> routes() {
        var routes = new HashMap<String, Consumer<Call>>();
        routes.putAll(new Reads(platform).routes());
        var changes = new Writes(platform, specs);
        routes.putAll(changes.routes());
        routes.putAll(new RevisionReads(platform).routes());
        routes.putAll(new LoadReads(platform).routes());
        routes.putAll(new RequestReads(platform).routes());
        routes.putAll(new ScalingRoutes(platform, changes).routes());
        routes.putAll(new SecretRoutes(platform).routes());
        routes.putAll(new DomainRoutes(platform).routes());
        routes.putAll(new ReceiverRoutes(platform).routes());
        routes.putAll(new NodeRoutes(platform).routes());
        routes.putAll(new TaskRoutes(platform).routes());
        routes.putAll(new ClusterReads(platform, clock).routes());
        routes.putAll(new Documents(contract).routes());
        routes.putAll(new SessionRoutes(guard).routes());
        routes.putAll(new TokenRoutes(platform, random, clock).routes());
        routes.putAll(new HookRoutes(platform, specs, random, clock, guard::countDeploy).routes());
        routes.putAll(new AuditRoutes(platform).routes());
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
        var after = position == null ? null : Position.parse(position);
        open.admit(call, StreamKind.EVENTS, place -> begin(call, wanted, after, place));
    }

    private void begin(
            Call call, Predicate<Event> wanted, @Nullable Position after, Runnable place) {
        var stream =
                new EventStream(
                        platform,
                        messages,
                        vertx.getOrCreateContext(),
                        call.context().request(),
                        call.admitted().stillAdmitted(),
                        wanted,
                        settings.streamBound,
                        cut::increment,
                        over -> {
                            streams.remove(over);
                            place.run();
                        });
        streams.add(stream);
        call.response()
                .closeHandler(_ -> stream.close())
                .exceptionHandler(_ -> {}); // the client disconnected
        try {
            stream.begin(after);
        } catch (RuntimeException failed) {
            stream.close();
            throw failed;
        }
    }
}
