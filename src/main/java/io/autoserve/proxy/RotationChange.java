package io.autoserve.proxy;

/**
 * A proxy has left rotation, or has returned.
 *
 * @param in whether changes of the routes wait for the proxy now
 * @param reason what has happened, for operators
 */
public record RotationChange(boolean in, String reason) {}
