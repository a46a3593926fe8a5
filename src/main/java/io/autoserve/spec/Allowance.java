package io.autoserve.spec;

/**
 * What an installation lets specs ask for that makes whoever may deploy an owner of the machine.
 *
 * @param hostPaths folders of the machine as volumes
 * @param privileged privileged containers, and capabilities that reach beyond a container
 */
public record Allowance(boolean hostPaths, boolean privileged) {
    public static final Allowance NOTHING = new Allowance(false, false);
    public static final Allowance EVERYTHING = new Allowance(true, true);
}
