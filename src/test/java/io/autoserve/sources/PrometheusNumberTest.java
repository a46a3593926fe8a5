package io.autoserve.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrometheusNumberTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"data": {"resultType": "scalar", "result": [1767268800.1, "42.5"]}}                              | 42.5
                    {"data": {"resultType": "vector", "result": [{"metric": {}, "value": [1767268800.1, "7"]}]}}     | 7
                    {"data": {"resultType": "vector", "result": [{"metric": {}, "value": [1767268800.1, "1e3"]}]}}   | 1000
                    """)
    void is_the_only_result(String answer, double number) {
        assertThat(PrometheusNumber.in(answer)).isEqualTo(number);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"data": {"resultType": "vector", "result": []}}                             | the query has no result: add 'or vector(0)' if that means 0
                    {"data": {"resultType": "vector", "result": [{"value": [1, "1"]}, {"value": [1, "2"]}]}} | the query has 2 results: use sum() or max() to get one
                    {"data": {"resultType": "scalar", "result": [1, "many"]}}                    | the result of the query is not a number
                    {"data": {"resultType": "matrix", "result": []}}                             | the answer is not one of Prometheus
                    secret page                                                                  | the answer is not one of Prometheus
                    """)
    void other_answers_are_refused_and_not_quoted(String answer, String message) {
        assertThatThrownBy(() -> PrometheusNumber.in(answer))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
