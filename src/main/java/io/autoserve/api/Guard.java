package io.autoserve.api;

import io.autoserve.access.Authentication;
import io.autoserve.access.Authentication.Verdict;
import io.autoserve.access.Browser;
import io.autoserve.access.Caller;
import io.autoserve.access.Failures;
import io.autoserve.access.Sessions;
import io.autoserve.access.WriteRate;
import io.autoserve.api.Contract.Operation;
import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.Role;
import io.autoserve.model.Token;
import io.autoserve.platform.Platform;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Authenticates the caller of every operation and decides whether the caller is admitted. A guard
 * belongs to one server and runs on its event loop.
 */
final class Guard {
    /**
     * The session cookie. Browsers also send it with requests that a page on another port of this
     * host makes.
     */
    static final String COOKIE = Routing.SESSION_COOKIE;

    /** The parameter of a URL that contains a hook. */
    static final String HOOK = "hook";

    private static final String BEARER = "Bearer ";
    private static final Set<HttpMethod> LOOKS = Set.of(HttpMethod.GET, HttpMethod.HEAD);

    private final AccessRules rules;
    private final Platform platform;
    private final InstantSource clock;
    private final Authentication authentication;
    private final Failures failures = new Failures();
    private final WriteRate writeRate = WriteRate.standard();

    /**
     * @param stillAdmitted returns whether the caller is still admitted. Long-running requests call
     *     it repeatedly, since the token may be revoked in the meantime
     * @param address address of the client, which a trusted proxy reports
     */
    record Admitted(Caller caller, BooleanSupplier stillAdmitted, String address) {
        static Admitted anybody(String address) {
            return new Admitted(Caller.ANYBODY, () -> true, address);
        }
    }

    Guard(AccessRules rules, Platform platform, InstantSource clock) {
        this.rules = rules;
        this.platform = platform;
        this.clock = clock;
        this.authentication = new Authentication(new Sessions(rules.secret()));
    }

    /** Throws a {@link Rejection} if the caller is unknown or may not call the operation. */
    Admitted admit(Operation operation, RoutingContext context) {
        AuditNotes.of(context, operation);
        if (operation.need().role() == null) {
            return Admitted.anybody(address(context.request()));
        }
        var admitted =
                operation.need().role() == Role.HOOK
                        ? identifyByUrl(context)
                        : identify(context.request());
        AuditNotes.by(context, admitted.caller.name());
        operation
                .need()
                .objection(admitted.caller, context.pathParam("name"))
                .ifPresent(objection -> {
                    throw new Rejection.Forbidden(objection);
                });
        return admitted;
    }

    /** Counts a write of the caller. Throws a {@link Rejection} if its token made too many. */
    void countWrite(Caller caller) {
        writeRate.count(caller, clock.instant()).ifPresent(Guard::refuseUntil);
    }

    /** Counts a deploy of the caller. Throws a {@link Rejection} if its hook made too many. */
    void countDeploy(Caller caller) {
        writeRate.countDeploy(caller, clock.instant()).ifPresent(Guard::refuseUntil);
    }

    private static void refuseUntil(Duration wait) {
        throw new Rejection.TooManyWrites(wait.toSeconds() + 1);
    }

    /**
     * Identifies the caller by the hook in the URL, because registries can send no header. The log
     * and the audit contain no queries, so the hook's secret is not in them. Any other token must
     * be in the header.
     */
    private Admitted identifyByUrl(RoutingContext context) {
        var request = context.request();
        var hooks =
                rules.open() || request.query() == null
                        ? List.<String>of()
                        : context.queryParam(HOOK);
        if (hooks.isEmpty()) {
            return identify(request);
        }
        var admitted = believed(request, token(hooks.getFirst()));
        if (admitted.caller.role() != Role.HOOK) {
            throw new Rejection.Unauthenticated(
                    "only a hook may be part of a URL: send the token in the Authorization header,"
                            + " and revoke it if others can know this URL");
        }
        return admitted;
    }

    /** Throws a {@link Rejection} if the caller is unknown. */
    Admitted identify(HttpServerRequest request) {
        if (rules.open()) {
            refuseOtherPages(request);
            return Admitted.anybody(address(request));
        }
        var authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (authorization != null) {
            return believed(
                    request,
                    authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                            ? token(authorization.substring(BEARER.length()).strip())
                            : new Verdict.Wrong("the Authorization header must be 'Bearer TOKEN'"));
        }
        var cookie = request.getCookie(COOKIE);
        if (cookie == null) {
            throw new Rejection.Unauthenticated(
                    "this request needs a token: send the header 'Authorization: Bearer TOKEN'");
        }
        requireOwnPage(request);
        return believed(
                request, authentication.session(cookie.getValue(), tokens()::get, clock.instant()));
    }

    Verdict token(String text) {
        return authentication.token(text, tokens()::get, clock.instant());
    }

    /**
     * Returns the value of a session cookie for a caller that has sent a valid token. The session
     * never outlives the token.
     */
    String session(Caller caller) {
        var token = tokens().get(caller.token());
        if (token == null) {
            throw new Rejection.Unauthenticated("the token was revoked");
        }
        return authentication.session(token, clock.instant().plus(Sessions.LENGTH));
    }

    boolean open() {
        return rules.open();
    }

    /** Returns whether the client used TLS to a trusted proxy. */
    boolean encrypted(HttpServerRequest request) {
        return byProxy(request) && "https".equals(request.getHeader("X-Forwarded-Proto"));
    }

    private Map<String, Token> tokens() {
        return Reads.view(platform).tokens();
    }

    Admitted believed(HttpServerRequest request, Verdict verdict) {
        return switch (verdict) {
            case Verdict.Known(var caller) ->
                    new Admitted(caller, () -> holds(caller), address(request));
            case Verdict.Over(var reason) -> throw new Rejection.Unauthenticated(reason);
            case Verdict.Wrong(var reason) -> {
                failures.count(address(request), clock.instant())
                        .map(Duration::toSeconds)
                        .ifPresent(seconds -> {
                            throw new Rejection.TooManyFailures(seconds + 1);
                        });
                throw new Rejection.Unauthenticated(reason);
            }
        };
    }

    private boolean holds(Caller caller) {
        return tokens().containsKey(caller.token())
                && (caller.until() == null || clock.instant().isBefore(caller.until()));
    }

    /**
     * Rejects a request if its Host header is a name that may belong to someone else. Also rejects
     * a request that a page of another site sends to change something. When authentication is off,
     * every program on the machine is admitted, but a page of another site in a browser on the
     * machine must not be admitted.
     */
    private static void refuseOtherPages(HttpServerRequest request) {
        var browser = browser(request);
        if (!browser.hostIsOurs()) {
            throw new Rejection.Forbidden(
                    "while authentication is off, the Host header must be an IP address or localhost, was '%s'"
                            .formatted(browser.host()));
        }
        if (acts(request) && browser.otherPage()) {
            throw new Rejection.Forbidden("pages of other sites cannot change anything here");
        }
    }

    /**
     * Rejects requests that use a session cookie to change something, unless they come from this
     * controller's own page or carry the header {@code X-Autoserve-Actor}. This is necessary
     * because browsers also add the cookie to requests that a page on another port makes.
     */
    private static void requireOwnPage(HttpServerRequest request) {
        if (acts(request)
                && request.getHeader("X-Autoserve-Actor") == null
                && !browser(request).samePage()) {
            throw new Rejection.Forbidden(
                    "a change with a session cookie must come from a page of this"
                            + " controller, or carry the header X-Autoserve-Actor");
        }
    }

    /**
     * Returns whether the request may change something. A WebSocket counts as well. It begins as a
     * GET, but a page of another site could read its messages.
     */
    private static boolean acts(HttpServerRequest request) {
        return !LOOKS.contains(request.method())
                || "websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE));
    }

    private static Browser browser(HttpServerRequest request) {
        return new Browser(
                String.valueOf(request.authority()),
                request.getHeader(HttpHeaders.ORIGIN),
                request.getHeader("Sec-Fetch-Site"));
    }

    /**
     * Returns whether a trusted proxy sent the request. The port with TLS admits no one but the
     * load balancer.
     */
    private boolean byProxy(HttpServerRequest request) {
        return request.isSSL() || rules.proxies().contains(peer(request));
    }

    /**
     * Returns the client's address. If a trusted proxy sent the request, this is the last entry of
     * {@code X-Forwarded-For}, because the proxy added that one. Clients can forge the entries
     * before it.
     */
    String address(HttpServerRequest request) {
        var forwarded = request.getHeader("X-Forwarded-For");
        return forwarded != null && byProxy(request)
                ? forwarded.substring(forwarded.lastIndexOf(',') + 1).strip()
                : peer(request);
    }

    /** Returns the address of the connection. It is not known if the client has disconnected. */
    private static String peer(HttpServerRequest request) {
        var peer = request.remoteAddress();
        var address = peer == null ? null : peer.hostAddress();
        return address == null ? "unknown" : address;
    }
}
