package io.autoserve.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {

    @Test
    void has_all_that_a_connection_needs() {
        assertThat(DatabaseUrl.parse("postgres://ann:a%40b+c@db.example.com/shop\n"))
                .isEqualTo(
                        new DatabaseUrl("db.example.com", 5432, "shop", "ann", "a@b+c", "prefer"));
        assertThat(DatabaseUrl.parse("postgresql://ann@10.0.0.1:5433/shop?sslmode=require"))
                .isEqualTo(new DatabaseUrl("10.0.0.1", 5433, "shop", "ann", "", "require"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "s3cret",
                "mysql://ann:s3cret@db/shop",
                "postgres://db/shop",
                "postgres://ann:s3cret@db",
                "postgres://ann:s3cret@db/",
                "postgres://ann:s3cret%@db/shop",
                "jdbc:postgresql://ann:s3cret@db/shop",
                "postgres://ann:s3cret@db/shop?sslmode=require&loggerFile=/etc/x",
                "postgres://ann:s3cret@db/shop?socketFactory=x"
            })
    void other_text_is_refused_and_not_quoted(String text) {
        assertThatThrownBy(() -> DatabaseUrl.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void does_not_show_its_password() {
        assertThat(DatabaseUrl.parse("postgres://ann:s3cret@db/shop"))
                .hasToString("ann@db:5432/shop");
    }
}
