package io.autoserve.cli.inspect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests that the dashboard's cookie does not travel through a forwarded port. */
class SessionMaskTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Cookie: autoserve_session=abc.12.x-Y_z         | Cookie: autoserve_session=xxxxxxxxxxxx
                    cookie:autoserve_session=abc; a=1              | cookie:autoserve_session=xxx; a=1
                    Cookie: a=1; autoserve_session=abc;b=2         | Cookie: a=1; autoserve_session=xxx;b=2
                    Cookie: a=1;autoserve_session=abc              | Cookie: a=1;autoserve_session=xxx
                    Cookie: autoserve_session=a; autoserve_session=b | Cookie: autoserve_session=x; autoserve_session=x
                    Cookie: aautoserve_session=abc                 | Cookie: aautoserve_session=abc
                    Cookie: autoserve_session_of_mine=abc          | Cookie: autoserve_session_of_mine=abc
                    Cookie: autoserve_autoserve_session=abc        | Cookie: autoserve_autoserve_session=abc
                    Cookie: autoserve_session=                     | Cookie: autoserve_session=
                    X: nothing                                     | X: nothing
                    """)
    void hides_the_value_and_nothing_else(String header, String hidden) {
        var request = "GET / HTTP/1.1\r\n%s\r\nHost: localhost\r\n\r\n";
        assertThat(passed(request.formatted(header))).isEqualTo(request.formatted(hidden));
    }

    @Test
    void hides_it_in_every_request_of_a_connection() {
        var request = "POST /a HTTP/1.1\r\nCookie: autoserve_session=%s\r\n\r\nbody";
        assertThat(passed(request.formatted("one") + request.formatted("two")))
                .isEqualTo(request.formatted("xxx") + request.formatted("xxx"));
    }

    @Test
    void changes_nothing_in_other_protocols() {
        for (var begin :
                new String[] {"\0\0\0\10", "get ", " GET ", "SSH-2.0 ", "ABCDEFGHIJKLMNOPQ "}) {
            var text = begin + "autoserve_session=abc";
            assertThat(passed(text)).isEqualTo(text);
        }
    }

    private static String passed(String text) {
        var whole = passed(text, text.length());
        for (var seed = 0; seed < 50; seed++) {
            assertThat(passed(text, seed)).as("in parts, seed %d", seed).isEqualTo(whole);
        }
        return whole;
    }

    private static String passed(String text, int seed) {
        var random = new SplittableRandom(seed);
        var mask = new SessionMask();
        var bytes = text.getBytes(ISO_8859_1);
        var out = new ByteArrayOutputStream();
        for (var begin = 0; begin < bytes.length; ) {
            var end = Math.min(bytes.length, begin + 1 + random.nextInt(12));
            var part = Arrays.copyOfRange(bytes, begin, end);
            mask.hide(part, part.length);
            out.writeBytes(part);
            begin = end;
        }
        return out.toString(ISO_8859_1);
    }
}
