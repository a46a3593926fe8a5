/**
 * The folder that a platform keeps on this machine, and the note in it of what runs. It starts and
 * stops nothing. The command {@code autoserve dev} writes here, and others only read.
 */
@NullMarked
package io.autoserve.cli.local;

import org.jspecify.annotations.NullMarked;
