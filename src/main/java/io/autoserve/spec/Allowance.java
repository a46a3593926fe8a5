package io.autoserve.spec;

/**
 * Dangerous options that this installation permits in specs. With either of them, everyone who may
 * deploy an app can become root on the machine.
 *
 * @param hostPaths whether specs may use folders of the machine as volumes
 * @param privileged whether specs may use privileged containers, and capabilities that reach beyond
 *     a container
 */
public record Allowance(boolean hostPaths, boolean privileged) {
    public static final Allowance NOTHING = new Allowance(false, false);
    public static final Allowance EVERYTHING = new Allowance(true, true);
}
