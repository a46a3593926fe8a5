package io.autoserve.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Session;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AuditedSessionTest {
    private final List<String> ends = new ArrayList<>();
    private final List<String> told = new ArrayList<>();

    private final Session.Output client =
            new Session.Output() {
                @Override
                public void bytes(boolean error, byte[] bytes) {
                    told.add("bytes");
                }

                @Override
                public void ended(int exitCode) {
                    told.add("ended " + exitCode);
                }

                @Override
                public void failed(String reason) {
                    told.add("failed " + reason);
                }
            };

    private final AuditedSession audited = new AuditedSession(client, ends::add);

    private final Session session =
            audited.in(
                    new Session() {
                        @Override
                        public void write(byte[] bytes) {
                            told.add("input");
                        }

                        @Override
                        public void endInput() {
                            told.add("end of input");
                        }

                        @Override
                        public void resize(int columns, int rows) {
                            told.add("%d x %d".formatted(columns, rows));
                        }

                        @Override
                        public void close() {
                            told.add("closed");
                        }
                    });

    @Test
    void reports_one_end_even_if_the_client_also_closes_the_session() throws Exception {
        audited.ended(3);
        session.close();

        assertThat(ends).containsExactly("ended with exit code 3");
        assertThat(told).containsExactly("ended 3", "closed");
    }

    @Test
    void reports_a_session_that_the_client_left() throws Exception {
        session.close();
        audited.ended(0);

        assertThat(ends).containsExactly("ended: the client disconnected");
    }

    @Test
    void reports_a_session_that_failed() {
        audited.failed("no such command");

        assertThat(ends).containsExactly("failed: no such command");
        assertThat(told).containsExactly("failed no such command");
    }

    @Test
    void passes_everything_else_on() throws Exception {
        session.write(new byte[1]);
        session.resize(80, 24);
        session.endInput();
        audited.bytes(false, new byte[1]);

        assertThat(told).containsExactly("input", "80 x 24", "end of input", "bytes");
        assertThat(ends).isEmpty();
    }
}
