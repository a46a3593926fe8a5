package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The reason why a slot waits: an image is pulled, Docker is late, or other starts come first. The
 * leader publishes it with its heartbeat. Progress is not an event, because it is out of date a
 * second later and is lost when the leader dies.
 *
 * @param app name of the app
 * @param index of the slot. The slot may not be recorded in the database yet
 * @param text one clause that operators see unchanged
 * @param stuckSince when the app was last changed, if its release command has failed since. The
 *     slot then waits until the app is changed again. Null if the slot waits for something else
 */
public record Progress(String app, int index, String text, @Nullable Instant stuckSince) {
    /** The last output of a command, which the text may contain, has up to 500 characters. */
    private static final int LONGEST = 800;

    public Progress {
        Require.that(index >= 0, "index must be 0 or more, was %d", index);
        text = text.length() <= LONGEST ? text : text.substring(0, LONGEST);
    }

    /** Creates the progress of a slot that does not wait for a change of its app. */
    public Progress(String app, int index, String text) {
        this(app, index, text, null);
    }

    /**
     * Returns whether the release command of the app has failed, and nothing but a change of the
     * app lets it run again. Returns false if the app was changed after the leader saw the failure.
     */
    public boolean releaseFailed(App now) {
        return now.updatedAt().equals(stuckSince);
    }

    /** Returns the name of the slot. */
    public String slot() {
        return Instance.name(app, index);
    }
}
