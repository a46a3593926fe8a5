package io.autoserve.cli.apps;

import io.autoserve.scaling.Simulation.Run;
import java.util.List;
import java.util.Locale;

/**
 * Draws several runs into one SVG: the load as an area, and the instances of each run as a line.
 */
final class SimulationPlot {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 320;
    private static final List<String> COLOURS = List.of("#d33", "#36c", "#393", "#999");

    private SimulationPlot() {}

    static String svg(List<Run> runs) {
        var svg = new StringBuilder();
        svg.append(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
                        .formatted(WIDTH, HEIGHT + 20 * runs.size()));
        var first = runs.getFirst().seconds();
        var highest = first.stream().mapToDouble(it -> it.load()).max().orElse(1);
        var load = line(first.stream().map(it -> it.load()).toList(), Math.max(1e-9, highest));
        svg.append(
                "<polygon fill=\"#eee\" points=\"0,%d %s %d,%d\"/>\n"
                        .formatted(HEIGHT, load, WIDTH, HEIGHT));
        var most =
                runs.stream()
                        .flatMap(run -> run.seconds().stream())
                        .mapToInt(it -> it.replicas())
                        .max()
                        .orElse(1);
        for (int i = 0; i < runs.size(); i++) {
            var run = runs.get(i);
            var colour = COLOURS.get(i % COLOURS.size());
            var points =
                    line(
                            run.seconds().stream().map(it -> (double) it.replicas()).toList(),
                            most + 1);
            svg.append(
                    "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"%s\"/>\n"
                            .formatted(colour, points));
            svg.append(
                    "<text x=\"8\" y=\"%d\" fill=\"%s\">%s: %s replica-hours</text>\n"
                            .formatted(
                                    HEIGHT + 15 + 20 * i,
                                    colour,
                                    run.name(),
                                    String.format(Locale.ROOT, "%.3f", run.replicaHours())));
        }
        return svg.append("</svg>\n").toString();
    }

    private static String line(List<Double> values, double highest) {
        var points = new StringBuilder();
        for (int i = 0; i < values.size(); i++) {
            points.append(
                    String.format(
                            Locale.ROOT,
                            "%.1f,%.1f ",
                            (double) WIDTH * i / Math.max(1, values.size() - 1),
                            HEIGHT * (1 - values.get(i) / highest)));
        }
        return points.toString().strip();
    }
}
