package io.autoserve.api;

import io.autoserve.access.TokenText;
import io.autoserve.api.Contract.Operation;
import io.autoserve.model.AuditEntry;
import io.autoserve.model.AuditEntry.AuditOutcome;
import io.autoserve.model.PlainText;
import io.autoserve.platform.AuditTrail;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells the audit about each refused request and each login. The audit learns of permitted writes
 * from their events.
 */
final class AuditNotes {
    private static final Set<Integer> REFUSALS = Set.of(401, 403, 409, 429);
    private static final int LONGEST = 300;
    private static final String LOGIN = "beginSession";

    /** Asks who the caller is. The dashboard does so before anybody has signed in. */
    private static final String QUESTION = "readSession";

    private static final String OPERATION = AuditNotes.class.getName() + ".operation";
    private static final String ACTOR = AuditNotes.class.getName() + ".actor";

    /** The name of an app. Other text in the place of a name could be a token. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,63}");

    /** The parameters of paths that name a thing other than an app, but no token. */
    private static final List<String> SUBJECTS =
            List.of("secret", "host", "node", "task", "schedule", "receiver");

    private static final Pattern SUBJECT = Pattern.compile("[A-Za-z0-9_.*-]{1,80}");

    private final AuditTrail trail;
    private final Function<HttpServerRequest, String> address;
    private final InstantSource clock;

    /**
     * @param address returns the client's address, which a trusted proxy reports
     */
    AuditNotes(AuditTrail trail, Function<HttpServerRequest, String> address, InstantSource clock) {
        this.trail = trail;
        this.address = address;
        this.clock = clock;
    }

    /** Watches the request. The audit learns of a refusal right before the client does. */
    void follow(RoutingContext context) {
        context.addHeadersEndHandler(_ -> note(context));
        context.next();
    }

    static void of(RoutingContext context, Operation operation) {
        context.put(OPERATION, operation.id());
    }

    /**
     * @param actor name of the caller; null if the caller proved none
     */
    static void by(RoutingContext context, @Nullable String actor) {
        context.put(ACTOR, actor);
    }

    private void note(RoutingContext context) {
        String operation = context.get(OPERATION);
        if (operation == null || operation.equals(QUESTION)) {
            return;
        }
        var status = context.response().getStatusCode();
        var failure = context.failure();
        if (failure != null && REFUSALS.contains(status)) {
            note(
                    context,
                    operation,
                    AuditOutcome.REFUSED,
                    "%d: %s%s".formatted(status, failure.getMessage(), subject(context)));
        } else if (operation.equals(LOGIN) && status == 200) {
            note(context, operation, AuditOutcome.ALLOWED, "signed in with a token");
        }
    }

    private void note(
            RoutingContext context, String operation, AuditOutcome outcome, String reason) {
        trail.note(
                new AuditEntry(
                        0,
                        clock.instant(),
                        context.get(ACTOR),
                        shortened(address.apply(context.request())),
                        operation,
                        app(context),
                        outcome,
                        shortened(reason),
                        1));
    }

    private static @Nullable String app(RoutingContext context) {
        var name = context.pathParam("name");
        return name != null && NAME.matcher(name).matches() ? name : null;
    }

    /** Returns what the path names besides an app, in brackets; empty if it names nothing. */
    private static String subject(RoutingContext context) {
        for (var kind : SUBJECTS) {
            var name = context.pathParam(kind);
            if (name != null
                    && SUBJECT.matcher(name).matches()
                    && TokenText.parse(name).isEmpty()) {
                return " (%s '%s')".formatted(kind, name);
            }
        }
        return "";
    }

    private static String shortened(String text) {
        return PlainText.cut(PlainText.of(text), LONGEST);
    }
}
