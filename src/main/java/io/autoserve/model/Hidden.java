package io.autoserve.model;

/** A text that says nothing of itself in logs, messages and JSON: only who reveals it sees it. */
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
