package io.autoserve.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BrowserTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    a program that is no browser       | a:8000 |                 |             | false | false
                    a page of this controller          | a:8000 | http://a:8000   |             | true  | false
                    a page of this controller, by TLS  | a      | https://a       | same-origin | true  | false
                    a page of an app on the same host  | a:8000 | http://a        | same-site   | false | true
                    a page of another site             | a:8000 | https://evil    | cross-site  | false | true
                    a page that hides its origin       | a:8000 | null            | cross-site  | false | true
                    another site in an old browser     | a:8000 | https://a.evil  |             | false | true
                    a person who types the address     | a:8000 |                 | none        | false | false
                    """)
    void tells_our_pages_from_others(
            String who,
            String host,
            @Nullable String origin,
            @Nullable String fetchSite,
            boolean same,
            boolean other) {
        var browser = new Browser(host, origin, fetchSite);

        assertThat(browser.samePage()).isEqualTo(same);
        assertThat(browser.otherPage()).isEqualTo(other);
    }

    @ParameterizedTest
    @CsvSource({
        "localhost,true",
        "localhost:8000,true",
        "LOCALHOST:8000,true",
        "autoserve.localhost:8000,true",
        "127.0.0.1:8000,true",
        "10.1.2.3,true",
        "[::1]:8000,true",
        "evil.example:8000,false",
        "127.0.0.1.evil.example,false",
        "localhost.evil.example,false",
        "evillocalhost,false",
        "a,false",
        "'',false"
    })
    void only_names_that_nobody_can_lead_here_are_ours(String host, boolean ours) {
        assertThat(new Browser(host, null, null).hostIsOurs()).isEqualTo(ours);
    }
}
