package io.autoserve.spec;

/**
 * Dangerous options that this installation permits in specs. Either gives anyone who may deploy
 * root on the machine.
 *
 * @param hostPaths folders of the machine as volumes
 * @param privileged privileged containers, and capabilities that reach beyond a container
 */
public record Allowance(boolean hostPaths, boolean privileged) {
    public static final Allowance NOTHING = new Allowance(false, false);
    public static final Allowance EVERYTHING = new Allowance(true, true);
}
