package io.autoserve.model;

/** The access of an app to an image, as far as a registry has confirmed it. */
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
