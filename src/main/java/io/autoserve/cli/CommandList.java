package io.autoserve.cli;

import io.autoserve.cli.access.ConfigCommand;
import io.autoserve.cli.access.LoginCommand;
import io.autoserve.cli.access.TokenCommand;
import io.autoserve.cli.access.WhoamiCommand;
import io.autoserve.cli.apps.ApplyCommand;
import io.autoserve.cli.apps.DeleteCommand;
import io.autoserve.cli.apps.DeployCommand;
import io.autoserve.cli.apps.DiffCommand;
import io.autoserve.cli.apps.DomainCommand;
import io.autoserve.cli.apps.ExportCommand;
import io.autoserve.cli.apps.HookCommand;
import io.autoserve.cli.apps.ImportCommand;
import io.autoserve.cli.apps.InitCommand;
import io.autoserve.cli.apps.LifecycleCommands;
import io.autoserve.cli.apps.PlanCommand;
import io.autoserve.cli.apps.RolloutCommand;
import io.autoserve.cli.apps.RunCommand;
import io.autoserve.cli.apps.ScalingCommands;
import io.autoserve.cli.apps.ScheduleCommand;
import io.autoserve.cli.apps.SecretCommand;
import io.autoserve.cli.apps.SimulateCommand;
import io.autoserve.cli.apps.SpecFileCommands;
import io.autoserve.cli.apps.TaskCommand;
import io.autoserve.cli.dev.DevCommand;
import io.autoserve.cli.doctor.DoctorCommand;
import io.autoserve.cli.help.CompletionCommand;
import io.autoserve.cli.help.ManCommand;
import io.autoserve.cli.inspect.AuditCommand;
import io.autoserve.cli.inspect.ClusterCommand;
import io.autoserve.cli.inspect.EventsCommand;
import io.autoserve.cli.inspect.InstanceExecCommand;
import io.autoserve.cli.inspect.ListCommand;
import io.autoserve.cli.inspect.LogsCommand;
import io.autoserve.cli.inspect.OpenCommand;
import io.autoserve.cli.inspect.PortForwardCommand;
import io.autoserve.cli.inspect.RequestsCommand;
import io.autoserve.cli.inspect.SpecCommand;
import io.autoserve.cli.inspect.StatusCommand;
import io.autoserve.cli.inspect.TopCommand;
import io.autoserve.cli.platform.ControllerCommand;
import io.autoserve.cli.platform.NodeCommand;
import io.autoserve.cli.platform.NotifyCommand;
import io.autoserve.cli.platform.PlatformCommand;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The commands by their names. A command is loaded only when it is asked for, because reading the
 * annotations of all commands takes longer than most commands.
 */
final class CommandList {
    /** The names of all commands in the order of the reference. */
    static final List<String> NAMES =
            List.of(
                    "deploy",
                    "apply",
                    "diff",
                    "export",
                    "import",
                    "init",
                    "register",
                    "validate",
                    "plan",
                    "rollout",
                    "rollback",
                    "run",
                    "task",
                    "schedule",
                    "secret",
                    "domain",
                    "hook",
                    "autoscale",
                    "metrics",
                    "simulate",
                    "up",
                    "down",
                    "restart",
                    "scale",
                    "delete",
                    "list",
                    "status",
                    "spec",
                    "open",
                    "logs",
                    "requests",
                    "exec",
                    "port-forward",
                    "top",
                    "events",
                    "login",
                    "whoami",
                    "config",
                    "token",
                    "audit",
                    "notify",
                    "node",
                    "cluster",
                    "dev",
                    "platform",
                    "doctor",
                    "controller",
                    "completion",
                    "man");

    private CommandList() {}

    /**
     * Returns the class of the command.
     *
     * @param name its name or another name of it
     */
    static Optional<Class<?>> named(String name) {
        @Nullable Class<?> type =
                switch (name) {
                    case "deploy" -> DeployCommand.class;
                    case "apply" -> ApplyCommand.class;
                    case "diff" -> DiffCommand.class;
                    case "export" -> ExportCommand.class;
                    case "import" -> ImportCommand.class;
                    case "init" -> InitCommand.class;
                    case "register" -> SpecFileCommands.RegisterCommand.class;
                    case "validate" -> SpecFileCommands.ValidateCommand.class;
                    case "plan" -> PlanCommand.class;
                    case "rollout" -> RolloutCommand.class;
                    case "rollback" -> RolloutCommand.RollbackCommand.class;
                    case "run" -> RunCommand.class;
                    case "task", "tasks" -> TaskCommand.class;
                    case "schedule" -> ScheduleCommand.class;
                    case "secret" -> SecretCommand.class;
                    case "domain" -> DomainCommand.class;
                    case "hook" -> HookCommand.class;
                    case "autoscale" -> ScalingCommands.AutoscaleCommand.class;
                    case "metrics" -> ScalingCommands.MetricsCommand.class;
                    case "simulate" -> SimulateCommand.class;
                    case "up", "start" -> LifecycleCommands.UpCommand.class;
                    case "down", "stop" -> LifecycleCommands.DownCommand.class;
                    case "restart" -> LifecycleCommands.RestartCommand.class;
                    case "scale" -> LifecycleCommands.ScaleCommand.class;
                    case "delete" -> DeleteCommand.class;
                    case "list", "ls" -> ListCommand.class;
                    case "status" -> StatusCommand.class;
                    case "spec" -> SpecCommand.class;
                    case "open" -> OpenCommand.class;
                    case "logs" -> LogsCommand.class;
                    case "requests" -> RequestsCommand.class;
                    case "exec" -> InstanceExecCommand.class;
                    case "port-forward" -> PortForwardCommand.class;
                    case "top" -> TopCommand.class;
                    case "events" -> EventsCommand.class;
                    case "login" -> LoginCommand.class;
                    case "whoami" -> WhoamiCommand.class;
                    case "config" -> ConfigCommand.class;
                    case "token" -> TokenCommand.class;
                    case "audit" -> AuditCommand.class;
                    case "notify" -> NotifyCommand.class;
                    case "node" -> NodeCommand.class;
                    case "cluster" -> ClusterCommand.class;
                    case "dev" -> DevCommand.class;
                    case "platform" -> PlatformCommand.class;
                    case "doctor" -> DoctorCommand.class;
                    case "controller" -> ControllerCommand.class;
                    case "completion" -> CompletionCommand.class;
                    case "man" -> ManCommand.class;
                    default -> null;
                };
        return Optional.ofNullable(type);
    }

    static List<Class<?>> all() {
        return NAMES.stream().<Class<?>>map(name -> named(name).orElseThrow()).toList();
    }
}
