package io.autoserve.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AmountsTest {
    @ParameterizedTest
    @CsvSource({"500m, 500", "1.5, 1500", "4, 4000"})
    void reads_cores(String text, int millis) {
        assertThat(Amounts.cpuMillis(text)).isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "0m", "1.5m", "1e9", "four", "99999999999999999999"})
    void refuses_other_cores(String text) {
        assertThatThrownBy(() -> Amounts.cpuMillis(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("was '%s'", text);
    }

    @ParameterizedTest
    @CsvSource({"2Gi, 2147483648", "512Mi, 536870912", "1G, 1000000000", "6291456, 6291456"})
    void reads_memory(String text, long bytes) {
        assertThat(Amounts.memoryBytes(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "5Mi", "2GB", "9999Ti", "-1Gi", "1 Gi", "much"})
    void refuses_other_memory(String text) {
        assertThatThrownBy(() -> Amounts.memoryBytes(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("was '%s'", text);
    }

    @Test
    void writes_amounts_as_specs_do() {
        assertThat(Amounts.cpu(1500)).isEqualTo("1500m");
        assertThat(Amounts.cpu(4000)).isEqualTo("4");
        assertThat(Amounts.memory(2L << 30)).isEqualTo("2Gi");
    }
}
