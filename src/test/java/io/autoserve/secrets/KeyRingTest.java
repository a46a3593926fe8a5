package io.autoserve.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.Hidden;
import io.autoserve.model.Refusal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks that nobody can read a sealed value without the key, or use it in place of another value.
 */
class KeyRingTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String OLD = KeyRing.freshKey(RANDOM).reveal();
    private static final String NEW = KeyRing.freshKey(RANDOM).reveal();
    private static final Hidden TEXT = new Hidden("correct horse, café");

    private final KeyRing ring = KeyRing.of(List.of(OLD), RANDOM);

    @Test
    void what_was_sealed_opens() {
        assertThat(ring.open(ring.seal(TEXT, "a"), "a").reveal()).isEqualTo(TEXT.reveal());
    }

    @Test
    void the_same_text_never_looks_the_same() {
        assertThat(ring.seal(TEXT, "a")).isNotEqualTo(ring.seal(TEXT, "a"));
    }

    @Test
    void no_byte_can_be_changed() {
        var sealed = ring.seal(TEXT, "a");
        var bytes = Base64.getDecoder().decode(sealed.text());
        for (var i = 0; i < bytes.length; i++) {
            var changed = bytes.clone();
            changed[i] ^= 1;
            assertRefused(with(sealed, changed), "a");
        }
    }

    @Test
    void nothing_can_be_cut_off() {
        var sealed = ring.seal(TEXT, "a");
        var bytes = Base64.getDecoder().decode(sealed.text());
        for (var length = 0; length < bytes.length; length++) {
            assertRefused(with(sealed, java.util.Arrays.copyOf(bytes, length)), "a");
        }
    }

    private static Sealed with(Sealed sealed, byte[] bytes) {
        return new Sealed(sealed.keyId(), Base64.getEncoder().encodeToString(bytes));
    }

    @Test
    void it_opens_for_no_other_purpose() {
        assertRefused(ring.seal(TEXT, "secret 'a', version 1"), "secret 'a', version 2");
    }

    @Test
    void another_key_does_not_open_it() {
        var sealed = ring.seal(TEXT, "a");
        var otherRing = KeyRing.of(List.of(NEW), RANDOM);

        assertThatThrownBy(() -> otherRing.open(sealed, "a"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("sealed by key " + ring.newest())
                .hasMessageContaining("has " + otherRing.newest());
        assertThatThrownBy(() -> otherRing.open(new Sealed(otherRing.newest(), sealed.text()), "a"))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void after_a_rotation_the_newest_key_seals_and_all_open() {
        var rotated = KeyRing.of(List.of(OLD, NEW), RANDOM);
        var before = ring.seal(TEXT, "a");
        var after = rotated.seal(TEXT, "a");

        assertThat(after.keyId()).isEqualTo(rotated.newest()).isNotEqualTo(before.keyId());
        assertThat(rotated.open(before, "a").reveal()).isEqualTo(TEXT.reveal());
        assertThat(rotated.open(after, "a").reveal()).isEqualTo(TEXT.reveal());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hunter2", "aHVudGVyMg==", "not base64!"})
    void what_is_no_key_is_refused_without_being_told(String key) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeyRing.of(List.of(OLD, key), RANDOM))
                .withMessage(
                        "key 2 must be 32 bytes in Base64 ('openssl rand -base64 32' creates one)");
    }

    @Test
    void neither_keys_nor_texts_tell_themselves() {
        assertThat("%s %s".formatted(ring, TEXT)).doesNotContain(OLD, "horse");
    }

    @Test
    void a_key_file_is_its_owners_alone_and_read_anew_each_time(@TempDir Path folder)
            throws Exception {
        var path = folder.resolve("keys");
        KeyFile.add(path, RANDOM);
        var file = new KeyFile(path, RANDOM);
        var sealed = file.get().seal(TEXT, "a");

        KeyFile.add(path, RANDOM);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
        assertThat(file.get().newest()).isNotEqualTo(sealed.keyId());
        assertThat(file.get().open(sealed, "a").reveal()).isEqualTo(TEXT.reveal());
    }

    @Test
    void no_file_and_no_readable_one_say_what_to_do(@TempDir Path folder) {
        assertThatThrownBy(() -> new KeyFile(null, RANDOM).get())
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("AUTOSERVE_SECRET_KEY_FILE");
        assertThatThrownBy(() -> new KeyFile(folder.resolve("gone"), RANDOM).get())
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("gone");
    }

    private void assertRefused(Sealed sealed, String purpose) {
        assertThatThrownBy(() -> ring.open(sealed, purpose)).isInstanceOf(Refusal.class);
    }
}
