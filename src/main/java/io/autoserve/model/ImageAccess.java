package io.autoserve.model;

/** What a registry has confirmed about an app's access to an image. */
public enum ImageAccess {
    /** The app has not proven its access. */
    UNPROVEN,

    /** The registry gives the image to everybody. */
    PUBLIC,

    /** The registry gives the image to the app's credentials, and refuses it without any. */
    PRIVATE;

    public boolean isProven() {
        return this != UNPROVEN;
    }
}
