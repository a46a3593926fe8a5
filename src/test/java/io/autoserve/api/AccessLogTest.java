package io.autoserve.api;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Tests what the access log records of each request and its actor. */
class AccessLogTest {
    @AutoClose private final TokenServer server = new TokenServer();
    private final String token = server.give("ci", Role.DEPLOYER, Scope.EVERYTHING);
    private final Logger logger = (Logger) LoggerFactory.getLogger(AccessLog.class);
    private final List<ILoggingEvent> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender =
            new AppenderBase<>() {
                @Override
                protected void append(ILoggingEvent line) {
                    lines.add(line);
                }
            };

    @BeforeEach
    void listen() {
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void close() {
        logger.detachAppender(appender);
    }

    @Test
    void a_change_tells_who_asked_for_it_and_of_which_app() {
        server.api.send(
                "POST", "/api/v1/apps/shop/stop", "", "", "Authorization", "Bearer " + token);

        assertThat(fields()).containsEntry("actor", "ci").containsEntry("app", "shop");
    }

    @Test
    void what_is_of_no_app_and_of_nobody_known_says_neither() {
        server.api.send("DELETE", "/api/v1/tokens/night", "", "");

        assertThat(fields()).containsEntry("status", "401").doesNotContainKeys("actor", "app");
    }

    private Map<String, String> fields() {
        await("the request is logged", () -> lines, it -> !it.isEmpty());
        return lines.getFirst().getKeyValuePairs().stream()
                .collect(Collectors.toMap(it -> it.key, it -> String.valueOf(it.value)));
    }
}
