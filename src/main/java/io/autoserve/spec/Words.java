package io.autoserve.spec;

import io.autoserve.model.AppSpec.PullPolicy;
import io.autoserve.model.AppSpec.Rollout.Strategy;
import io.autoserve.model.AppSpec.Routing.Algorithm;
import io.autoserve.model.AppSpec.Scaling.Mode;
import io.autoserve.model.AppSpec.Schedule.Concurrency;
import java.util.Locale;

/** Converts enum constants of the model to the words that specs use for them. */
final class Words {
    private Words() {}

    static String of(PullPolicy policy) {
        return switch (policy) {
            case ALWAYS -> "Always";
            case IF_NOT_PRESENT -> "IfNotPresent";
            case NEVER -> "Never";
        };
    }

    static String of(Algorithm algorithm) {
        return algorithm.name().toLowerCase(Locale.ROOT);
    }

    static String of(Strategy strategy) {
        return switch (strategy) {
            case ROLLING -> "rolling";
            case BLUE_GREEN -> "blueGreen";
        };
    }

    static String of(Concurrency concurrency) {
        return concurrency.name().toLowerCase(Locale.ROOT);
    }

    static String of(Mode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }
}
