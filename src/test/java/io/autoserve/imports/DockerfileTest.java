package io.autoserve.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.spec.Allowance;
import io.autoserve.spec.SpecReader;
import org.junit.jupiter.api.Test;

class DockerfileTest {
    private static final SpecReader READER = new SpecReader(Allowance.NOTHING);

    @Test
    void the_spec_has_the_ports_and_volumes_of_the_last_stage_and_of_those_below_it() {
        var conversion =
                convert(
                        """
                        # syntax=docker/dockerfile:1
                        ARG PORT=3000
                        FROM node:22 AS base
                        ENV DATA=/var/data
                        VOLUME ["/var/data", "/logs"]
                        FROM base AS build
                        EXPOSE 9999
                        RUN <<EOF
                        EXPOSE 1111
                        EOF
                        FROM base
                        ARG PORT
                        RUN apt-get update && \\
                            # a comment between the lines
                            apt-get install curl
                        EXPOSE $PORT 8125/udp
                        HEALTHCHECK CMD curl -f http://localhost:3000/
                        """);

        assertThat(conversion.drafts().getFirst().text())
                .isEqualTo(
                        """
                        apiVersion: v1
                        kind: App
                        metadata:
                          name: web
                        spec:
                          image: localhost/web:latest
                          ports:
                            - containerPort: 3000
                            - containerPort: 8125
                              protocol: UDP
                          volumes:
                            - name: var-data
                              mountPath: /var/data
                            - name: logs
                              mountPath: /logs
                        rollout:
                          maxSurge: 0
                          maxUnavailable: 1
                        """);
        assertThat(conversion.drafts().getFirst().faults()).isEmpty();
        assertThat(conversion.remarks()).extracting(Remark::field).containsExactly("volumes");
    }

    @Test
    void without_expose_the_variable_port_counts() {
        var conversion = convert("FROM python:3\nENV PORT=5000\n");

        assertThat(conversion.drafts().getFirst().text()).contains("containerPort: 5000");
        assertThat(conversion.remarks()).extracting(Remark::field).containsExactly("HEALTHCHECK");
    }

    @Test
    void without_any_port_the_spec_has_the_usual_one_and_a_remark() {
        var conversion = convert("from scratch\ncopy app /\n");

        assertThat(conversion.drafts().getFirst().text()).contains("containerPort: 8080");
        assertThat(conversion.remarks())
                .extracting(Remark::field)
                .containsExactly("EXPOSE", "HEALTHCHECK");
    }

    @Test
    void variables_cannot_make_a_small_file_large() {
        var bomb = "FROM scratch\nENV A=0123456789\n" + "ENV A=$A$A\n".repeat(40);

        assertThatThrownBy(() -> convert(bomb))
                .isInstanceOf(UnreadableFile.class)
                .hasMessageContaining(
                        "with its variables, a text has more than 1048576 characters");
    }

    @Test
    void text_that_is_no_dockerfile_is_refused_with_the_reason() {
        assertThatThrownBy(() -> convert("# nothing\n"))
                .hasMessageContaining("the file has no FROM");
        assertThatThrownBy(() -> convert("\nservices:\n"))
                .hasMessageContaining("line 2: a Dockerfile must begin with FROM, was 'SERVICES:'");
    }

    private static Conversion convert(String text) {
        return Dockerfile.convert(text, "web", "localhost/web:latest", READER);
    }
}
