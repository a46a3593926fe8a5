package io.autoserve.cli.apps;

import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.Table;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.Scaling.Mode;
import io.autoserve.scaling.Simulation;
import io.autoserve.scaling.Simulation.Model;
import io.autoserve.scaling.Simulation.Run;
import io.autoserve.scaling.Trace;
import io.autoserve.spec.Allowance;
import io.autoserve.spec.Reading;
import io.autoserve.spec.SpecReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Replays a load through the scaling policy of a spec in simulated time. It calls no controller.
 */
@Command(
        name = "simulate",
        header = "Show how the autoscaling of a spec would react to a load",
        footer = {
            "%nExamples",
            "  autoserve simulate app.yaml --shape step",
            "  autoserve simulate app.yaml --load trace.csv --plot out.svg"
        })
public final class SimulateCommand extends ClientCommand {
    private static final int WIDTH = 72;
    private static final String BARS = " ▁▂▃▄▅▆▇█";

    enum GeneratedLoad {
        step,
        sine,
        noisy,
        spike;

        Trace.Shape shape() {
            return switch (this) {
                case step -> Trace.Shape.STEP;
                case sine -> Trace.Shape.SINE;
                case noisy -> Trace.Shape.NOISY;
                case spike -> Trace.Shape.SPIKE;
            };
        }
    }

    @Parameters(paramLabel = "FILE", description = "A spec with scaling.mode: auto.")
    private Path file;

    @Option(
            names = "--load",
            paramLabel = "CSV",
            description = "A recorded load: each line is seconds,requests per second.")
    private @Nullable Path load;

    @Option(
            names = "--shape",
            paramLabel = "SHAPE",
            description = "A generated load: ${COMPLETION-CANDIDATES}.",
            defaultValue = "step")
    private GeneratedLoad shape;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            description = "The duration of a generated load.",
            defaultValue = "30m")
    private Duration duration;

    @Option(
            names = "--capacity",
            paramLabel = "RPS",
            description =
                    "Requests per second that one instance can answer (default: the spec's"
                            + " targetRPSPerReplica, or 100 without one).")
    private @Nullable Double capacity;

    @Option(
            names = "--start-up",
            paramLabel = "TIME",
            description = "How long an instance takes to become ready.",
            defaultValue = "2s")
    private Duration startUp;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "The same seed gives the same run.",
            defaultValue = "1")
    private long seed;

    @Option(
            names = "--plot",
            paramLabel = "SVG",
            description = "Also draw the result into this file.")
    private @Nullable Path plot;

    @Override
    public void run() {
        var spec = spec();
        var simulation = simulation(spec);
        var runs =
                List.of(
                        simulation.policy(),
                        simulation.horizontalPodAutoscaler(),
                        simulation.knative(),
                        simulation.oracle());
        table(runs);
        terminal().line("");
        var load = runs.getFirst().seconds().stream().map(Simulation.Second::load).toList();
        bars("load", load, highest(load));
        var most = runs.stream().mapToDouble(run -> highest(replicas(run))).max().orElseThrow();
        runs.forEach(run -> bars(run.name(), replicas(run), most)); // all on one scale
        terminal().line("");
        runs.getFirst()
                .decisions()
                .forEach(it ->
                        terminal()
                                .line(
                                        "  %s  %s"
                                                .formatted(
                                                        it.at().toString().substring(11, 19),
                                                        it.reason())));
        if (plot != null) {
            write(plot, SimulationPlot.svg(runs));
            terminal().line("the plot is in " + plot);
        }
    }

    private Simulation simulation(AppSpec spec) {
        var target = spec.scaling().targetRpsPerReplica();
        var able = capacity != null ? capacity : target != null ? target : 100;
        var trace =
                load == null
                        ? shape.shape().trace(able, duration, new SplittableRandom(seed))
                        : trace(load);
        return new Simulation(spec, new Model(able, startUp, 100), trace, seed);
    }

    private AppSpec spec() {
        var spec =
                switch (new SpecReader(Allowance.EVERYTHING).read(String.join("\n", lines(file)))) {
                    case Reading.Understood(var understood, _) -> understood;
                    case Reading.Faulty(var faults) ->
                            throw CommandFailure.of(
                                    Exit.USAGE,
                                    "%s: %s".formatted(file, faults.getFirst().message()));
                };
        if (spec.scaling().mode() != Mode.AUTO) {
            throw CommandFailure.of(
                    Exit.USAGE,
                    file + " uses manual scaling: set scaling.mode to auto, and set a target");
        }
        return spec;
    }

    private static Trace trace(Path file) {
        try {
            return Trace.read(file.toString(), lines(file));
        } catch (IllegalArgumentException faulty) {
            throw CommandFailure.of(Exit.USAGE, String.valueOf(faulty.getMessage()));
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw CommandFailure.of(Exit.USAGE, "cannot read " + e.getMessage());
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw CommandFailure.of(Exit.FAILED, "cannot write " + e.getMessage());
        }
    }

    private void table(List<Run> runs) {
        var oracle = runs.getLast().replicaHours();
        var table =
                new Table("")
                        .header(
                                terminal(),
                                "SCALER",
                                "REPLICA-HOURS",
                                "OF ORACLE",
                                "CHANGES",
                                "TOO FEW",
                                "LOST");
        for (var run : runs) {
            table.row(
                    run.name(),
                    String.format(Locale.ROOT, "%.3f", run.replicaHours()),
                    percent(run.replicaHours() / oracle),
                    String.valueOf(run.changes()),
                    percent(run.behind()) + " of the time",
                    percent(run.lost()) + " of requests");
        }
        table.print(terminal());
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private static List<Double> replicas(Run run) {
        return run.seconds().stream().map(it -> (double) it.replicas()).toList();
    }

    private static double highest(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }

    /**
     * Prints values as bars. Each bar shows the highest value in its span of time. A bar of full
     * height means {@code top}.
     */
    private void bars(String name, List<Double> values, double top) {
        var line = new StringBuilder();
        for (int column = 0; column < WIDTH; column++) {
            var from = column * values.size() / WIDTH;
            var to = Math.max(from + 1, (column + 1) * values.size() / WIDTH);
            var here =
                    values.subList(from, Math.min(to, values.size())).stream()
                            .mapToDouble(Double::doubleValue)
                            .max()
                            .orElse(0);
            line.append(BARS.charAt((int) Math.round(8 * here / Math.max(1e-9, top))));
        }
        terminal()
                .line(
                        String.format(
                                Locale.ROOT,
                                "%-15s %s  at most %.0f",
                                name,
                                line,
                                highest(values)));
    }
}
