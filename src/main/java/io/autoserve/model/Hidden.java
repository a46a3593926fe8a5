package io.autoserve.model;

/** A text that never appears in logs, messages or JSON. Only {@link #reveal} returns it. */
public final class Hidden {
    private final String text;

    public Hidden(String text) {
        this.text = text;
    }

    public String reveal() {
        return text;
    }

    @Override
    public String toString() {
        return "(hidden)";
    }
}
