package io.autoserve.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.vertx.core.VerticleBase;
import java.net.InetAddress;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks the rules for which package (room) may depend on which other one. The message of a failed
 * rule names the class that breaks it. The solution is nearly always a constructor parameter that
 * {@code Main} fills in.
 */
class RoomsTest {

    private static final JavaClasses ROOMS =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("io.autoserve");

    private static final JavaClasses ROOMS_AND_TESTS =
            new ClassFileImporter().importPackages("io.autoserve");

    /**
     * The packages that a class may use if it only decides. None of these packages reaches outside
     * the process.
     */
    private static final String[] PLAIN = {
        "io.autoserve.model..",
        "java.lang..",
        "java.math..",
        "java.nio.charset..",
        "java.security..",
        "java.text..",
        "java.time..",
        "java.util..",
        "javax.crypto..",
        "org.jspecify.annotations..",
        "com.google.errorprone.annotations.."
    };

    /** The packages that a class may also use if it reads or writes text, JSON or YAML. */
    private static final String[] TEXT = {
        "java.io..",
        "java.net..",
        "com.fasterxml.jackson..",
        "com.networknt..",
        "org.yaml.snakeyaml.."
    };

    private static final List<String> EDGES =
            List.of("runtime", "store", "proxy", "api", "health", "cluster");

    @Test
    void the_model_knows_nothing_but_itself() {
        classes()
                .that()
                .resideInAPackage("io.autoserve.model..")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(PLAIN))
                .check(ROOMS);
    }

    @Test
    void the_plan_decides_on_the_model_alone() {
        classes()
                .that()
                .resideInAPackage("io.autoserve.plan..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(PLAIN).or(resideInAnyPackage("io.autoserve.plan..")))
                .allowEmptyShould(true)
                .check(ROOMS);
    }

    @Test
    void access_is_decided_on_the_model_alone() {
        classes()
                .that()
                .resideInAPackage("io.autoserve.access..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(PLAIN).or(resideInAnyPackage("io.autoserve.access..")))
                .check(ROOMS);
    }

    @Test
    void the_spec_is_text_in_and_model_out() {
        classes()
                .that()
                .resideInAPackage("io.autoserve.spec..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(PLAIN)
                                .or(resideInAnyPackage(TEXT))
                                .or(resideInAnyPackage("io.autoserve.spec..")))
                .allowEmptyShould(true)
                .check(ROOMS);
    }

    @Test
    void files_of_other_tools_are_text_in_and_specs_out() {
        classes()
                .that()
                .resideInAPackage("io.autoserve.imports..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(PLAIN)
                                .or(resideInAnyPackage(TEXT))
                                .or(
                                        resideInAnyPackage(
                                                "io.autoserve.spec..", "io.autoserve.imports..")))
                .check(ROOMS);
    }

    @Test
    void addresses_are_judged_without_the_network() {
        noClasses()
                .that()
                .resideInAPackage("io.autoserve.net..")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.autoserve..")
                                .and(resideOutsideOfPackage("io.autoserve.net..")))
                .orShould()
                .accessTargetWhere(uses(InetAddress.class, "getAllByName"))
                .check(ROOMS);
    }

    @Test
    void a_hook_decides_on_json_and_the_model_alone() {
        classes()
                .that()
                .resideInAPackage("io.autoserve.hooks..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(PLAIN)
                                .or(
                                        resideInAnyPackage(
                                                "com.fasterxml.jackson..", "io.autoserve.hooks..")))
                .check(ROOMS);
    }

    /** Checks classes that only decide, although other classes of their packages act. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "io.autoserve.cluster.Candidacy",
                "io.autoserve.cluster.DatabaseGate",
                "io.autoserve.cluster.ExponentialBackoff",
                "io.autoserve.health.Judgement",
                "io.autoserve.health.ProbeResult",
                "io.autoserve.health.Target",
                "io.autoserve.health.Verdict",
                "io.autoserve.health.Checkup",
                "io.autoserve.health.Punctuality",
                "io.autoserve.platform.AuditBatch",
                "io.autoserve.platform.DoorRepairs",
                "io.autoserve.platform.FrontDoor",
                "io.autoserve.proxy.CounterSum",
                "io.autoserve.proxy.InFlight",
                "io.autoserve.proxy.Latency",
                "io.autoserve.proxy.Names",
                "io.autoserve.proxy.Reachability",
                "io.autoserve.proxy.Rotation",
                "io.autoserve.proxy.RouteTable",
                "io.autoserve.proxy.RulesText",
                "io.autoserve.proxy.PasswordHash",
                "io.autoserve.proxy.Hosts",
                "io.autoserve.scaling.Deciding",
                "io.autoserve.scaling.History",
                "io.autoserve.scaling.Load",
                "io.autoserve.scaling.Scaler",
                "io.autoserve.certificates.Renewal",
                "io.autoserve.notifications.Batch",
                "io.autoserve.notifications.Retry",
                "io.autoserve.secrets.KeyRing",
            })
    void decides_without_touching_anything(String name) {
        var itsRoom = name.substring(0, name.lastIndexOf('.'));
        classes()
                .that(are(name))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(PLAIN).or(resideInAnyPackage(itsRoom)))
                .check(ROOMS);
        noClasses().that(are(name)).should().accessTargetWhere(THE_TIME_IS_ASKED).check(ROOMS);
    }

    @Test
    void who_decides_is_handed_the_time() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.autoserve.model..",
                        "io.autoserve.plan..",
                        "io.autoserve.spec..",
                        "io.autoserve.imports..",
                        "io.autoserve.hooks..",
                        "io.autoserve.access..")
                .should()
                .accessTargetWhere(THE_TIME_IS_ASKED)
                .check(ROOMS);
    }

    @Test
    void only_the_wiring_has_the_real_clock() {
        noClasses()
                .that(resideOutsideOfPackage("io.autoserve"))
                .should()
                .accessTargetWhere(THE_WALL_CLOCK_IS_READ)
                .because("a class gets the time from an InstantSource in its constructor")
                .check(ROOMS);
    }

    @Test
    void only_main_and_settings_read_the_environment() {
        noClasses()
                .that(
                        not(
                                are("io.autoserve.Main")
                                        .or(are("io.autoserve.Client"))
                                        .or(are("io.autoserve.Settings"))))
                .should()
                .accessTargetWhere(uses(System.class, "getenv"))
                .check(ROOMS);
    }

    @ParameterizedTest
    @FieldSource("EDGES")
    void an_edge_does_not_know_the_others(String edge) {
        var others = EDGES.stream().filter(room -> !room.equals(edge)).map(RoomsTest::room);
        noClasses()
                .that()
                .resideInAPackage(room(edge))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others.toArray(String[]::new))
                .allowEmptyShould(true)
                .check(ROOMS);
    }

    @Test
    void edges_know_of_the_spec_only_how_json_is_written_and_compared() {
        var inner = EDGES.stream().filter(room -> !room.equals("api")).map(RoomsTest::room);
        noClasses()
                .that()
                .resideInAnyPackage(inner.toArray(String[]::new)) // specs come in through the API
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.autoserve.spec..")
                                .and(
                                        not(
                                                are("io.autoserve.spec.Json")
                                                        .or(are("io.autoserve.spec.Difference")))))
                .check(ROOMS);
    }

    @Test
    void only_the_store_opens_what_is_sealed() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.autoserve.secrets..", "io.autoserve.store..")
                .should()
                .dependOnClassesThat(are("io.autoserve.secrets.KeyRing"))
                .check(ROOMS);
    }

    @Test
    void only_the_reconcile_loop_touches_containers() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.autoserve",
                        "io.autoserve.apps..",
                        "io.autoserve.cli.dev", // starts nginx, as Compose does elsewhere
                        "io.autoserve.metrics..", // only watches
                        "io.autoserve.platform..", // logs, commands and forwarded ports
                        "io.autoserve.scaling..", // only measures
                        "io.autoserve.runtime..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.autoserve.runtime.."))
                .check(ROOMS);
    }

    @Test
    void only_the_leaders_rooms_use_the_proxy() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.autoserve",
                        "io.autoserve.apps..",
                        "io.autoserve.certificates..",
                        "io.autoserve.metrics..", // only watches
                        "io.autoserve.scaling..",
                        "io.autoserve.proxy..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.autoserve.proxy.."))
                .check(ROOMS);
    }

    @Test
    void nobody_but_the_wiring_knows_that_anything_is_measured() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.autoserve", "io.autoserve.metrics..")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(
                                "io.autoserve.metrics..", "io.micrometer..", "io.prometheus.."))
                .check(ROOMS);
    }

    /**
     * Internals of Vert.x change without notice. Only two classes may use them, so only these two
     * must be checked when Vert.x is upgraded. Tests must not use the internals either.
     */
    @Test
    void only_the_channels_use_internals_of_vertx() {
        noClasses()
                .that(
                        not(
                                are("io.autoserve.api.HttpChannel")
                                        .or(are("io.autoserve.cluster.SqlChannel"))))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.vertx..impl..", "io.vertx..internal.."))
                .check(ROOMS_AND_TESTS);
    }

    /**
     * The loops must not depend on Vert.x, so that a simulation can schedule them. Exceptions are
     * the verticles, which only begin and end loops, and the adapters, which only wait for nginx or
     * the database.
     */
    @Test
    void loops_do_not_know_vertx() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.autoserve.apps..",
                        "io.autoserve.certificates..",
                        "io.autoserve.events..",
                        "io.autoserve.notifications..",
                        "io.autoserve.scaling..")
                .and(
                        not(
                                are("io.autoserve.apps.AppManager")
                                        .or(are("io.autoserve.certificates.NginxHandshakes"))
                                        .or(are("io.autoserve.events.DatabaseNews"))
                                        .or(are("io.autoserve.scaling.AutoScaler"))
                                        .or(are("io.autoserve.scaling.LoadReader"))))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.vertx.."))
                .check(ROOMS);
    }

    /**
     * Code that a simulation runs must not wait for the real time or start threads that the
     * simulation does not schedule. Exceptions are the adapters to the outside, and the code that
     * serves streams of the API.
     */
    @Test
    void loops_pause_and_start_threads_only_through_time() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.autoserve.apps..",
                        "io.autoserve.certificates..",
                        "io.autoserve.events..",
                        "io.autoserve.health..",
                        "io.autoserve.scaling..",
                        "io.autoserve.store..")
                .or(are("io.autoserve.cluster.Election"))
                .or(are("io.autoserve.cluster.Lease"))
                .or(are("io.autoserve.cluster.TermLoop"))
                .or(are("io.autoserve.notifications.NotificationLoop"))
                .and(not(are("io.autoserve.events.Tail").or(are("io.autoserve.health.Prober"))))
                .should()
                .accessTargetWhere(
                        uses(Thread.class, "sleep")
                                .or(uses(Thread.class, "ofVirtual"))
                                .or(uses(Thread.class, "startVirtualThread"))
                                .or(uses(Executors.class, "new"))
                                .or(uses(CompletableFuture.class, "delayedExecutor"))
                                .or(uses(Semaphore.class, "tryAcquire"))
                                .or(uses(System.class, "nanoTime"))
                                .as("a thread is started or waits without Time"))
                .check(ROOMS);
    }

    @Test
    void each_box_of_the_picture_is_a_verticle() {
        for (var box :
                List.of(
                        "io.autoserve.api.ApiServer",
                        "io.autoserve.apps.AppManager",
                        "io.autoserve.cluster.Clustering",
                        "io.autoserve.health.HealthChecker",
                        "io.autoserve.proxy.NginxManager",
                        "io.autoserve.scaling.AutoScaler")) {
            assertThat(ROOMS.get(box).isAssignableTo(VerticleBase.class)).as(box).isTrue();
        }
    }

    @Test
    void the_root_holds_only_the_wiring() {
        assertThat(ROOMS.getPackage("io.autoserve").getClasses())
                .filteredOn(JavaClass::isTopLevelClass)
                .extracting(JavaClass::getSimpleName)
                .containsExactlyInAnyOrder(
                        "AccessSettings",
                        "Client",
                        "Controller",
                        "DataPlane",
                        "Gauges",
                        "Main",
                        "Settings",
                        "Storage",
                        "package-info");
    }

    @Test
    void rooms_form_no_cycles() {
        slices().matching("io.autoserve.(*)..").should().beFreeOfCycles().check(ROOMS);
    }

    @Test
    void packages_of_the_command_line_form_no_cycles() {
        slices().matching("io.autoserve.cli.(*)..").should().beFreeOfCycles().check(ROOMS);
        noClasses()
                .that()
                .resideInAPackage("io.autoserve.cli.*..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.autoserve.cli")
                .because("commands must not depend on the class that lists them")
                .check(ROOMS);
    }

    @Test
    void the_terminal_and_the_client_know_no_command() {
        noClasses()
                .that()
                .resideInAPackage("io.autoserve.cli.terminal..")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.autoserve.cli..")
                                .and(resideOutsideOfPackage("io.autoserve.cli.terminal..")))
                .check(ROOMS);
        noClasses()
                .that()
                .resideInAPackage("io.autoserve.cli.client..")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.autoserve.cli..")
                                .and(
                                        not(
                                                resideInAnyPackage(
                                                        "io.autoserve.cli.client..",
                                                        "io.autoserve.cli.exit..",
                                                        "io.autoserve.cli.terminal.."))))
                .check(ROOMS);
    }

    /**
     * The jar of the client has only the libraries of these packages; see the execution {@code
     * client} in pom.xml. Only {@code dev} and {@code doctor} run from the whole jar.
     */
    @Test
    void commands_of_a_client_need_no_library_of_a_controller() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.autoserve.cli..",
                        "io.autoserve.imports..",
                        "io.autoserve.model..",
                        "io.autoserve.spec..")
                .and()
                .resideOutsideOfPackages("io.autoserve.cli.dev..", "io.autoserve.cli.doctor..")
                .should()
                .dependOnClassesThat(
                        resideOutsideOfPackages(
                                "io.autoserve..",
                                "java..",
                                "javax..",
                                "com.sun.net.httpserver..",
                                "com.fasterxml.jackson..",
                                "com.github.difflib..",
                                "com.google.errorprone.annotations..",
                                "org.jspecify.annotations..",
                                "org.yaml.snakeyaml..",
                                "picocli.."))
                .check(ROOMS);
    }

    @Test
    void every_package_says_that_nothing_in_it_is_null_unless_it_says_so() {
        var unmarked =
                ROOMS.stream()
                        .map(JavaClass::getPackage)
                        .distinct()
                        .filter(room -> !room.isAnnotatedWith(NullMarked.class))
                        .map(JavaPackage::getName);
        assertThat(unmarked).isEmpty();
    }

    private static final DescribedPredicate<JavaAccess<?>> THE_WALL_CLOCK_IS_READ =
            describe("now() is called", RoomsTest::now)
                    .or(uses(Clock.class, "system"))
                    .or(uses(InstantSource.class, "system"))
                    .as("the wall clock is read");

    private static final DescribedPredicate<JavaAccess<?>> THE_TIME_IS_ASKED =
            THE_WALL_CLOCK_IS_READ
                    .or(uses(System.class, "currentTimeMillis"))
                    .or(uses(System.class, "nanoTime"))
                    .or(uses(Thread.class, "sleep"))
                    .as("the time is read, or a thread sleeps");

    /**
     * Returns whether the code calls {@code Instant.now()}, {@code LocalDateTime.now(ZoneId)},
     * {@code Instant::now} and so on, but not {@code now(Clock)}.
     */
    private static boolean now(JavaAccess<?> access) {
        return access.getTargetOwner().getPackageName().equals("java.time")
                && access.getTarget() instanceof CodeUnitAccessTarget target
                && target.getName().equals("now")
                && target.getRawParameterTypes().stream()
                        .noneMatch(parameter -> parameter.isEquivalentTo(Clock.class));
    }

    /** Matches code that calls the method or refers to it, such as {@code System::nanoTime}. */
    private static DescribedPredicate<JavaAccess<?>> uses(Class<?> owner, String method) {
        return describe(
                owner.getSimpleName() + "." + method + " is used",
                access ->
                        access.getTargetOwner().isEquivalentTo(owner)
                                && access.getName().startsWith(method));
    }

    private static String room(String name) {
        return "io.autoserve." + name + "..";
    }

    /** Matches the class and the classes that are nested in it. */
    private static DescribedPredicate<JavaClass> are(String name) {
        return describe(
                "are " + name,
                type -> type.getName().equals(name) || type.getName().startsWith(name + "$"));
    }
}
