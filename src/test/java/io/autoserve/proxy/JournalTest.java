package io.autoserve.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.model.ServedRequest;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class JournalTest {

    @Test
    void reads_what_nginx_keeps_of_a_request() throws Exception {
        var answer =
                """
                {"requests":[
                 {"id":1798000000124,"at":1798000000123,"client":"203.0.113.9","host":"shop.test","method":"GET",
                  "path":"/a","status":502,"seconds":0.25,"bytes":120,
                  "upstreams":"172.20.0.5:8080, 172.20.0.6:8080 : 172.20.0.7:80","reason":"broken"},
                 {"id":2,"at":0,"client":"::1","host":"","method":"GET","path":"/","status":503,"seconds":0,
                  "bytes":9,"upstreams":"instances"}]}
                """;

        assertThat(Journal.requests(new ObjectMapper().readTree(answer)))
                .containsExactly(
                        new ServedRequest(
                                1798000000124L,
                                Instant.ofEpochMilli(1798000000123L),
                                "203.0.113.9",
                                "shop.test",
                                "GET",
                                "/a",
                                502,
                                0.25,
                                120,
                                List.of("172.20.0.5:8080", "172.20.0.6:8080", "172.20.0.7:80"),
                                "broken"),
                        new ServedRequest(
                                2,
                                Instant.EPOCH,
                                "::1",
                                "",
                                "GET",
                                "/",
                                503,
                                0,
                                9,
                                List.of(),
                                null));
    }
}
