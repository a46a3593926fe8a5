package io.autoserve.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A page of {@code docs}. */
public record Page(String name) {

    static final Path FOLDER = Path.of("docs");

    /**
     * Fails if the page differs from this text. With {@code -Dautoserve.docs=write} it writes the
     * text to the page first.
     */
    public void mustBe(String text) {
        if ("write".equals(System.getProperty("autoserve.docs"))) {
            write(text);
        }
        assertThat(text())
                .as("docs/%s is stale: mvn test -Dtest='*PageTest' -Dautoserve.docs=write", name)
                .isEqualTo(text);
    }

    String text() {
        try {
            return Files.exists(file()) ? Files.readString(file()) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String text) {
        try {
            Files.writeString(file(), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path file() {
        return FOLDER.resolve(name);
    }

    /** Returns the text in a form that fits into one cell of a table. */
    public static String cell(String text) {
        return text.replace("|", "\\|").replaceAll("\\s+", " ").strip();
    }
}
