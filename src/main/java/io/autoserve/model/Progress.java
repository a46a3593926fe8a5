package io.autoserve.model;

/**
 * The reason why a slot waits: an image is pulled, Docker is late, or other starts come first. The
 * leader publishes it with its heartbeat. Progress is not an event, because it is out of date a
 * second later and is lost when the leader dies.
 *
 * @param app name of the app
 * @param index of the slot. The slot may not be recorded in the database yet
 * @param text one clause that operators see unchanged
 */
public record Progress(String app, int index, String text) {
    private static final int LONGEST = 300;

    public Progress {
        Require.that(index >= 0, "index must be 0 or more, was %d", index);
        text = text.length() <= LONGEST ? text : text.substring(0, LONGEST);
    }

    /** Returns the name of the slot. */
    public String slot() {
        return Instance.name(app, index);
    }
}
