package io.autoserve.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.read.ListAppender;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class RepeatedWarningsTest {
    @AutoClose("stop")
    private final LoggerContext context = new LoggerContext();

    private final ListAppender<ILoggingEvent> written = new ListAppender<>();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final Logger log = loop();

    private Logger loop() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        context.addTurboFilter(new RepeatedWarnings(tasks::add));
        written.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(written);
        return context.getLogger("loop");
    }

    @Test
    void a_warning_that_repeats_becomes_one_line_with_a_count() {
        for (var i = 0; i < 30; i++) {
            log.warn("could not reach nginx: {}", "refused");
        }
        assertThat(lines()).containsExactly("could not reach nginx: refused");

        aMinutePasses();
        assertThat(lines())
                .containsExactly(
                        "could not reach nginx: refused",
                        "could not reach nginx: refused (29 more in the last 60 s)");
        assertThat(written.list)
                .allSatisfy(line -> {
                    assertThat(line.getLoggerName()).isEqualTo("loop");
                    assertThat(line.getLevel()).hasToString("WARN");
                });
    }

    @Test
    void each_minute_of_a_long_outage_has_one_line() {
        log.warn("no answer");
        log.warn("no answer");
        aMinutePasses();
        log.warn("no answer");
        log.warn("no answer");
        log.warn("no answer");
        aMinutePasses();

        assertThat(lines())
                .containsExactly(
                        "no answer",
                        "no answer (1 more in the last 60 s)",
                        "no answer (3 more in the last 60 s)");
    }

    @Test
    void a_warning_after_a_quiet_minute_is_logged_at_once() {
        log.warn("no answer");
        aMinutePasses();
        log.warn("no answer");

        assertThat(lines()).containsExactly("no answer", "no answer");
        aMinutePasses();
        assertThat(tasks).isEmpty();
    }

    @Test
    void times_alone_make_no_other_line() {
        log.warn("will retry in {} ms: {}", 250, "refused");
        log.warn("will retry in {} ms: {}", 500, "refused");

        assertThat(lines()).containsExactly("will retry in 250 ms: refused");
    }

    @Test
    void other_arguments_levels_loggers_and_failures_are_other_lines() {
        var refused = new IllegalStateException("refused");
        log.warn("{} failed", "shop-1");
        log.warn("{} failed", "shop-2");
        log.error("{} failed", "shop-1");
        log.warn("{} failed", "shop-1", refused);
        log.warn("{} failed", "shop-1", new IllegalStateException("timed out"));
        log.warn("{} failed", "shop-1", refused);
        context.getLogger("another").warn("{} failed", "shop-1");

        assertThat(written.list).hasSize(6);
    }

    @Test
    void information_is_logged_each_time() {
        log.info("started");
        log.info("started");

        assertThat(lines()).containsExactly("started", "started");
    }

    private List<String> lines() {
        return written.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private void aMinutePasses() {
        for (var left = tasks.size(); left > 0; left--) {
            tasks.remove().run();
        }
    }
}
