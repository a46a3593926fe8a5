package io.autoserve.metrics;

import io.autoserve.apps.LoopObserver;
import io.autoserve.cluster.AttemptObserver;
import io.autoserve.events.View;
import io.autoserve.runtime.ContainerRuntime;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.DiskSpaceMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Locale;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/** All figures of one controller, and the listeners that other classes report to. */
public final class Metrics {
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final LoopMetrics loop = new LoopMetrics(registry);
    private final FeedMetrics feed;
    private final EngineCalls engineCalls = new EngineCalls(registry);
    private final RoutePushes pushes = new RoutePushes(registry);
    private final Traffic traffic = new Traffic(System::nanoTime);
    private final Timer appends =
            timer(
                    registry,
                    "autoserve.event.append",
                    "Seconds to append an event to the database. Nearly all of this time is spent"
                            + " waiting for the lock on the order of events");

    /**
     * Name of this controller's registry. It is random, because by default all Vert.x instances of
     * a process share one registry, even those of different controllers in a test.
     */
    private final String registryName = UUID.randomUUID().toString();

    /**
     * @param name name of this controller
     * @param view the view whose events are counted
     */
    public Metrics(String name, View view, InstantSource clock) {
        feed = new FeedMetrics(registry, name, view, clock);
        view.listen(feed);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        FunctionCounter.builder("autoserve.garbage.collection.seconds", this, _ -> collecting())
                .description("Seconds spent on garbage collection")
                .register(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    /** Returns the factory that records the Vert.x metrics chosen by {@link #vertxOptions}. */
    public VertxMetricsFactory vertx() {
        return new CorrectedMetrics(new MicrometerMetricsFactory(registry));
    }

    /**
     * Chooses the metrics of the HTTP server, the pools and the databases. The HTTP method is not a
     * label, since a client may send any word as the method. The label {@code client_namespace} is
     * the database's {@code host:port}.
     */
    public MetricsOptions vertxOptions() {
        return new MicrometerMetricsOptions()
                .setEnabled(true)
                .setRegistryName(registryName)
                .setLabels(
                        EnumSet.of(
                                Label.HTTP_ROUTE,
                                Label.HTTP_CODE,
                                Label.NAMESPACE,
                                Label.POOL_NAME,
                                Label.POOL_TYPE))
                .addDisabledMetricsCategory(MetricsDomain.HTTP_CLIENT)
                .addDisabledMetricsCategory(MetricsDomain.NET_CLIENT)
                .addDisabledMetricsCategory(MetricsDomain.NET_SERVER)
                .addDisabledMetricsCategory(MetricsDomain.DATAGRAM_SOCKET)
                .addDisabledMetricsCategory(MetricsDomain.EVENT_BUS);
    }

    /** Returns all figures in the Prometheus text format. */
    public String scrape() {
        return registry.scrape();
    }

    public LoopObserver loop() {
        return loop;
    }

    /**
     * Returns a listener for the feed. After each read, the feed calls it with the seq of the
     * newest event in the database.
     */
    public LongConsumer feed() {
        return feed::read;
    }

    /**
     * Returns a supplier that measures appends. Each call starts a measurement and returns an
     * action that ends it.
     */
    public Supplier<Runnable> appends() {
        return () -> {
            var sample = Timer.start(registry);
            return () -> sample.stop(appends);
        };
    }

    /** Counts an attempt to connect to a database. */
    public void attempted(String database, AttemptObserver.Outcome outcome) {
        Counter.builder("autoserve.database.connect.attempts")
                .description(
                        "Attempts of this controller to connect to a database, by outcome: connected;"
                                + " failed; late (the database did not answer before the deadline)")
                .tag("database", database)
                .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                .register(registry)
                .increment();
    }

    /** Returns the same runtime with each call measured. */
    public ContainerRuntime measured(ContainerRuntime runtime) {
        return engineCalls.around(runtime);
    }

    public RoutePushes pushes() {
        return pushes;
    }

    public Traffic traffic() {
        return traffic;
    }

    /**
     * Adds the figures that are read at the time of a scrape.
     *
     * @param disk any folder on the disk to measure
     */
    public void show(GaugeSource source, String version, Path disk) {
        ControllerGauges.register(registry, source, version, loop);
        registry.getPrometheusRegistry().register(new AppCollector(source, traffic));
        registry.getPrometheusRegistry().register(new ClusterCollector(source));
        new DiskSpaceMetrics(disk.toFile()).bindTo(registry);
    }

    private static double collecting() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToDouble(collector -> collector.getCollectionTime() / 1e3)
                .sum();
    }

    /** Creates a timer with few, wide buckets, from 1 ms to 10 s. */
    static Timer timer(MeterRegistry registry, String name, String text, String... tags) {
        return Timer.builder(name)
                .description(text)
                .tags(tags)
                .serviceLevelObjectives(
                        Duration.ofMillis(1),
                        Duration.ofMillis(5),
                        Duration.ofMillis(25),
                        Duration.ofMillis(100),
                        Duration.ofMillis(500),
                        Duration.ofMillis(2500),
                        Duration.ofSeconds(10))
                .register(registry);
    }
}
