package io.autoserve.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.model.Container;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelsTest {

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    an instance in one network         | {"autoserve": {"IPAddress": "172.20.128.1"}} | 172.20.128.1
                    nginx by its control network       | {"autoserve": {"IPAddress": "172.20.0.10"}, "0-autoserve-control": {"IPAddress": "172.21.0.10"}} | 172.21.0.10
                    one that does not run              | {"autoserve": {"IPAddress": ""}} | ``
                    """)
    void the_address_is_that_in_the_first_network_by_name(
            String what, String networks, String address) throws JsonProcessingException {
        var container =
                new ObjectMapper()
                        .readValue(
                                "{\"NetworkSettings\": {\"Networks\": %s}}".formatted(networks),
                                Container.class);

        assertThat(Labels.address(container).orElse("")).as(what).isEqualTo(address);
    }
}
