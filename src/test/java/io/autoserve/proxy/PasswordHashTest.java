package io.autoserve.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Hidden;
import org.junit.jupiter.api.Test;

class PasswordHashTest {

    /** The expected hash is from Python's hashlib.pbkdf2_hmac. */
    @Test
    void is_pbkdf2_with_a_salt_of_the_secret_and_the_user() {
        assertThat(PasswordHash.of("shop-users", "ann", new Hidden("gr\u00fcn")))
                .isEqualTo(
                        "2000:56b3c1b5da13cc08283a2e1f5a9af450:"
                                + "c899d40c2634ee08d33b896e84ab4a100c23053b6f95f2ad1d6aa2ba646d13d6");
    }

    @Test
    void differs_for_two_users_with_the_same_password() {
        var password = new Hidden("same");

        assertThat(PasswordHash.of("shop-users", "ann", password))
                .isNotEqualTo(PasswordHash.of("shop-users", "bob", password));
    }
}
