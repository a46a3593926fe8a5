package io.autoserve.spec;

/**
 * The names and the dangerous options that this installation permits in specs. If it permits either
 * of the two options, everyone who may deploy an app can become root on the machine.
 *
 * @param installation name of the installation. No app may have this name, or one that begins with
 *     it and '-', because the platform's own containers have such names
 * @param hostPaths whether specs may use folders of the machine as volumes
 * @param privileged whether specs may use privileged containers, and capabilities that reach beyond
 *     a container
 */
public record Allowance(String installation, boolean hostPaths, boolean privileged) {
    public static final Allowance NOTHING = new Allowance("autoserve", false, false);
    public static final Allowance EVERYTHING = new Allowance("autoserve", true, true);
}
