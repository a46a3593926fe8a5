package io.autoserve.runtime;

import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.AppSpec.Volume;
import io.autoserve.model.Launch;
import io.autoserve.model.Security;
import io.autoserve.model.Term;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds a launch. A test sets only the fields that matter to it; the others keep their values. */
final class LaunchDraft {
    private final Launch before;
    private String name;
    private Term term;
    private String image;
    private Map<String, String> environment;
    private List<String> addressVariables;
    private List<String> args;
    private @Nullable String user;
    private List<Volume> volumes;
    private Resources resources;
    private Security security;
    private boolean task;

    private LaunchDraft(Launch before) {
        this.before = before;
        name = before.name();
        term = before.term();
        image = before.image();
        environment = before.environment();
        addressVariables = before.addressVariables();
        args = before.args();
        user = before.user();
        volumes = before.volumes();
        resources = before.resources();
        security = before.security();
        task = before.task();
    }

    static LaunchDraft of(Launch before) {
        return new LaunchDraft(before);
    }

    LaunchDraft epoch(long epoch) {
        term = new Term(epoch, term.id());
        return this;
    }

    LaunchDraft image(String image) {
        this.image = image;
        return this;
    }

    LaunchDraft withoutVariables() {
        environment = Map.of();
        addressVariables = List.of();
        return this;
    }

    LaunchDraft args(String... args) {
        this.args = List.of(args);
        return this;
    }

    LaunchDraft user(String user) {
        this.user = user;
        return this;
    }

    LaunchDraft volumes(List<Volume> volumes) {
        this.volumes = volumes;
        return this;
    }

    LaunchDraft resources(Resources resources) {
        this.resources = resources;
        return this;
    }

    LaunchDraft security(Security security) {
        this.security = security;
        return this;
    }

    /** Makes this the launch of a task, with the name that the engine filter requires. */
    LaunchDraft task() {
        name = "%s.task-%08d.1".formatted(before.app(), before.instanceId());
        task = true;
        return this;
    }

    Launch launch() {
        return new Launch(
                name,
                before.app(),
                before.index(),
                before.instanceId(),
                before.revision(),
                term,
                image,
                before.pullPolicy(),
                before.registryAuth(),
                environment,
                addressVariables,
                before.command(),
                args,
                before.workingDir(),
                user,
                before.labels(),
                volumes,
                resources,
                security,
                before.logs(),
                before.number(),
                task);
    }
}
