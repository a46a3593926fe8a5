package io.autoserve.hooks;

import io.autoserve.hooks.Delivery.Push;
import io.autoserve.model.Glob;
import io.autoserve.model.Image;
import java.time.Duration;
import java.time.Instant;

/** Decides what a hook does when an image was pushed: it deploys, skips or refuses the image. */
public sealed interface Deployment {

    /**
     * Pushes that are older are refused, so that a recorded call cannot bring back an old image.
     * Newer ones count once, see {@link io.autoserve.model.IdempotentRequest}.
     */
    Duration OLDEST = Duration.ofMinutes(10);

    /**
     * The app gets the image.
     *
     * @param cause who pushed which image, for the event
     */
    record Deploy(String image, String cause) implements Deployment {}

    /** The image is not for the app, which is no error of the sender. */
    record Skip(String reason) implements Deployment {}

    record Refuse(String reason) implements Deployment {}

    /**
     * Decides what to do about a push.
     *
     * @param present the image in the app's spec. A hook never changes its repository, so that
     *     somebody who knows the URL cannot run another program
     * @param tags pattern of the tags that are deployed, as {@link Glob} matches them
     */
    static Deployment of(Push push, String present, String tags, Instant now) {
        var ours = Image.repository(present);
        var tag = push.tag();
        if (push.repository() != null && !Image.repository(push.repository()).equals(ours)) {
            return new Refuse(
                    "the app runs images of '%s', and this hook deploys no others, was '%s': change"
                                    .formatted(ours, push.repository())
                            + " the spec, or remove the hook from the other repository");
        }
        if (push.at() != null && Duration.between(push.at(), now).abs().compareTo(OLDEST) > 0) {
            return new Refuse(
                    "the image was pushed at %s, and only pushes of the last %d minutes are deployed"
                            .formatted(push.at(), OLDEST.toMinutes()));
        }
        // Registries also report the parts of an image for several platforms, which have no tag.
        if (tag == null && !(push.plain() && push.digest() != null)) {
            return new Skip("the image has no tag");
        }
        if (tag != null && !Glob.matches(tags, tag)) {
            return new Skip("the tag '%s' does not match '%s'".formatted(tag, tags));
        }
        var image =
                ours
                        + (tag == null ? "" : ":" + tag)
                        + (push.digest() == null ? "" : "@" + push.digest());
        return new Deploy(image, cause(push, image));
    }

    private static String cause(Push push, String image) {
        return image
                + (push.actor() == null ? "" : " by " + push.actor())
                + (push.commit() == null ? "" : ", commit " + push.commit())
                + (push.plain() ? "" : " (%s)".formatted(push.sender()));
    }
}
