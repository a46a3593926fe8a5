package io.autoserve.platform;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static io.autoserve.testing.Fixtures.running;
import static io.autoserve.testing.Fixtures.starting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.App;
import io.autoserve.model.By;
import io.autoserve.model.ExecCommand;
import io.autoserve.model.Instance;
import io.autoserve.model.LogLine;
import io.autoserve.model.LogReader;
import io.autoserve.model.Refusal;
import io.autoserve.model.Session;
import io.autoserve.runtime.ContainerStreams;
import io.autoserve.store.AuditLog;
import io.autoserve.store.InstanceLogTable;
import io.autoserve.testing.AbsentDatabase;
import io.autoserve.testing.FakeRuntime;
import io.vertx.core.Future;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class AuditedAttachmentsTest {
    private static final App WEB = app("web", 1);
    private static final Instance STARTING = starting(WEB, 0);
    private static final ExecCommand SHELL = new ExecCommand(List.of("sh"), false, false, 80, 24);

    private final AbsentDatabase absent = new AbsentDatabase();
    private final FakeRuntime engine = new FakeRuntime(() -> NOON);

    @AutoClose
    private final ContainerStreams streams = new ContainerStreams(URI.create("unix:///nowhere"));

    private final AuditedAttachments attachments =
            new AuditedAttachments(
                    engine,
                    streams,
                    new InstanceLogTable(absent.database()),
                    new AuditLog(absent.database()),
                    new Background(Runnable::run));

    @Test
    void an_instance_without_a_container_has_no_logs_yet() {
        assertThat(attachments.logs(STARTING, 10, null).result()).isEmpty();
        assertThat(engine.calls()).isEmpty();
    }

    @Test
    void an_instance_without_a_container_cannot_be_followed_yet() {
        assertThatThrownBy(() -> attachments.follow(STARTING, null, new Unread()))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> {
                            assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT);
                            assertThat(refusal)
                                    .hasMessage(
                                            "web-0 has no container yet: retry in a few seconds");
                        });
    }

    @Test
    void an_instance_without_an_address_cannot_be_reached_yet() {
        var answer = attachments.dial(STARTING, 8080, By.actor("ann"), new Unheard());

        assertThat(refused(answer).kind()).isEqualTo(Refusal.Kind.CONFLICT);
        assertThat(answer.cause()).hasMessage("web-0 has no address yet: retry in a few seconds");
    }

    @Test
    void nobody_enters_an_instance_without_an_event_about_it() {
        var answer = attachments.run(running(WEB, 0), SHELL, By.actor("ann"), new Unheard());

        assertThat(refused(answer).kind()).isEqualTo(Refusal.Kind.UNAVAILABLE);
        assertThat(answer.cause()).hasMessageContaining("the database does not answer");
    }

    private static Refusal refused(Future<?> answer) {
        return (Refusal) answer.cause();
    }

    private static final class Unread implements LogReader {
        @Override
        public void line(LogLine line) {
            throw new AssertionError("got a line of a log that was not opened");
        }

        @Override
        public void ended() {
            throw new AssertionError("got the end of a log that was not opened");
        }
    }

    private static final class Unheard implements Session.Output {
        @Override
        public void bytes(boolean error, byte[] bytes) {
            throw new AssertionError("got output of a session that was not opened");
        }

        @Override
        public void ended(int exitCode) {
            throw new AssertionError("got the end of a session that was not opened");
        }

        @Override
        public void failed(String reason) {
            throw new AssertionError("got a failure of a session that was not opened");
        }
    }
}
