package io.autoserve.cli.command;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IVersionProvider;

/** The version of the jar, or {@code development} when classes run without a jar. */
public final class BuildVersion implements IVersionProvider {
    public static String text() {
        @Nullable String version = BuildVersion.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"autoserve " + text()};
    }
}
