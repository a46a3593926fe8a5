package io.autoserve.spec;

/**
 * Dangerous options that this installation permits in specs. Each of them gives everyone who may
 * deploy root access to the machine.
 *
 * @param hostPaths whether specs may use folders of the machine as volumes
 * @param privileged whether specs may use privileged containers, and capabilities that reach beyond
 *     a container
 */
public record Allowance(boolean hostPaths, boolean privileged) {
    public static final Allowance NOTHING = new Allowance(false, false);
    public static final Allowance EVERYTHING = new Allowance(true, true);
}
