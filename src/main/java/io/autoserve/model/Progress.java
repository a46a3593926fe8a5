package io.autoserve.model;

/**
 * What a slot of an app waits for at the moment: its turn at the engine, its image, an answer. The
 * leader knows it and publishes it beside its heartbeat. It is no event: it is out of date a second
 * later, and lost when the leader is.
 *
 * @param app name of the app
 * @param index of the slot, which may not be recorded yet
 * @param text a clause that operators read as it stands
 */
public record Progress(String app, int index, String text) {
    private static final int LONGEST = 300;

    public Progress {
        Require.that(index >= 0, "index must be 0 or more, was %d", index);
        text = text.length() <= LONGEST ? text : text.substring(0, LONGEST);
    }

    /** Name of the slot. */
    public String slot() {
        return Instance.name(app, index);
    }
}
