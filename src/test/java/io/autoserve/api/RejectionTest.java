package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RejectionTest {
    @Test
    void a_request_that_the_router_refuses_gets_the_status_of_the_router() {
        var problem = Problem.of(Rejection.byRouter(414), "r1");

        assertThat(problem.status()).isEqualTo(414);
        assertThat(problem.detail()).contains("HTTP status 414").doesNotContain("encoding");
    }

    @Test
    void a_path_that_the_router_cannot_decode_is_named() {
        var problem = Problem.of(Rejection.byRouter(400), "r1");

        assertThat(problem.status()).isEqualTo(400);
        assertThat(problem.detail()).contains("invalid percent-encoding");
    }
}
