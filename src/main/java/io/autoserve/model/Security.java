package io.autoserve.model;

import static io.autoserve.model.Security.Capability.CHOWN;
import static io.autoserve.model.Security.Capability.DAC_OVERRIDE;
import static io.autoserve.model.Security.Capability.FOWNER;
import static io.autoserve.model.Security.Capability.KILL;
import static io.autoserve.model.Security.Capability.NET_BIND_SERVICE;
import static io.autoserve.model.Security.Capability.SETGID;
import static io.autoserve.model.Security.Capability.SETUID;

import java.util.List;

/**
 * What the programs of a container may do to the machine. No container can gain new privileges, for
 * example by a setuid file.
 *
 * @param capabilities all capabilities of the container's root user, each once and in the order of
 *     the enum
 * @param privileged whether the container gets all capabilities and all devices, which makes it
 *     root on the machine
 * @param readOnlyRoot whether only volumes and {@code tmpfs} are writable
 * @param tmpfs folders that are kept in memory and are empty when the container starts
 * @param pidsLimit highest number of processes and threads together
 */
public record Security(
        List<Capability> capabilities,
        boolean privileged,
        boolean readOnlyRoot,
        List<String> tmpfs,
        int pidsLimit) {
    /** What ordinary images need to prepare their folders and to switch to another user. */
    public static final Security DEFAULT =
            new Security(
                    List.of(CHOWN, DAC_OVERRIDE, FOWNER, KILL, NET_BIND_SERVICE, SETGID, SETUID),
                    false,
                    false,
                    List.of(),
                    4096);

    public Security {
        capabilities = capabilities.stream().distinct().sorted().toList();
        tmpfs = List.copyOf(tmpfs);
        Require.that(pidsLimit > 0, "pidsLimit must be at least 1, was %d", pidsLimit);
    }

    /** The kernel's names of capabilities without {@code CAP_}, see capabilities(7). */
    public enum Capability {
        AUDIT_CONTROL,
        AUDIT_READ,
        AUDIT_WRITE(true),
        BLOCK_SUSPEND,
        BPF,
        CHECKPOINT_RESTORE,
        CHOWN(true),
        DAC_OVERRIDE(true),
        DAC_READ_SEARCH,
        FOWNER(true),
        FSETID(true),
        IPC_LOCK,
        IPC_OWNER,
        KILL(true),
        LEASE,
        LINUX_IMMUTABLE,
        MAC_ADMIN,
        MAC_OVERRIDE,
        MKNOD(true),
        NET_ADMIN,
        NET_BIND_SERVICE(true),
        NET_BROADCAST,
        NET_RAW,
        PERFMON,
        SETFCAP(true),
        SETGID(true),
        SETPCAP(true),
        SETUID(true),
        SYS_ADMIN,
        SYS_BOOT,
        SYS_CHROOT(true),
        SYS_MODULE,
        SYS_NICE,
        SYS_PACCT,
        SYS_PTRACE,
        SYS_RAWIO,
        SYS_RESOURCE,
        SYS_TIME,
        SYS_TTY_CONFIG,
        SYSLOG,
        WAKE_ALARM;

        private final boolean ordinary;

        Capability() {
            this(false);
        }

        Capability(boolean ordinary) {
            this.ordinary = ordinary;
        }

        /**
         * Returns whether the capability has effects only inside of the container. With NET_RAW,
         * which Docker gives to every container by default, a container could answer for the
         * addresses of others on its network.
         */
        public boolean ordinary() {
            return ordinary;
        }
    }
}
