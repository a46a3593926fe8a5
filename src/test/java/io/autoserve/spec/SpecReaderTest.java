package io.autoserve.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.spec.Reading.Faulty;
import io.autoserve.spec.Reading.Understood;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.RepeatedTest;

/** Checks that for any input, the reader either returns a spec or reports what is wrong. */
class SpecReaderTest {
    private static final SpecReader READER = new SpecReader(Allowance.EVERYTHING);
    private static final String NOISE = "{}[]:,-'\"#&*!|>%@`\t\n \\\0\uD800äa0~?";

    private final long seed = ThreadLocalRandom.current().nextLong();
    private final Random random = new Random(seed);

    @RepeatedTest(3)
    void says_the_same_of_a_spec_written_out_and_read_again() {
        var mutants = new Mutants(random);
        var understood = 0;
        for (var i = 0; i < 1000; i++) {
            if (READER.read(mutants.next().toString()) instanceof Understood(var spec, _)) {
                var written = Yaml.write(SpecWriter.document(spec));
                assertThat(READER.read(written))
                        .as("seed %d: %s", seed, written)
                        .isInstanceOfSatisfying(
                                Understood.class,
                                again -> assertThat(again.spec()).isEqualTo(spec));
                understood++;
            }
        }
        assertThat(understood).as("seed %d", seed).isGreaterThan(20);
    }

    @RepeatedTest(3)
    void bears_any_text() {
        var examples = Example.all().toList();
        for (var i = 0; i < 1000; i++) {
            var text = garbled(examples.get(random.nextInt(examples.size())).text());
            switch (READER.read(text)) {
                case Understood(var spec, _) -> assertThat(spec.name()).isNotBlank();
                case Faulty(var faults) -> assertPlaced(faults, text);
            }
        }
    }

    private void assertPlaced(List<Fault> faults, String text) {
        var lines = (int) text.chars().filter(c -> c == '\n').count() + 1;
        assertThat(faults).as("seed %d: %s", seed, text).isNotEmpty();
        assertThat(faults)
                .as("seed %d: %s", seed, text)
                .allMatch(fault -> fault.line() == null || fault.line() <= lines);
    }

    private String garbled(String text) {
        var garbled = new StringBuilder(text);
        for (var changes = random.nextInt(1, 6); changes > 0; changes--) {
            var at = random.nextInt(garbled.length());
            switch (random.nextInt(3)) {
                case 0 -> garbled.deleteCharAt(at);
                case 1 -> garbled.insert(at, NOISE.charAt(random.nextInt(NOISE.length())));
                default -> {
                    var end = Math.min(garbled.length(), at + random.nextInt(40));
                    garbled.insert(random.nextInt(garbled.length()), garbled.substring(at, end));
                }
            }
        }
        return garbled.toString();
    }
}
