/**
 * What a platform occupies on this machine: its folder, the note in it of what runs, and the ports.
 * This package only looks and keeps notes, and never starts or stops anything. {@code cli.dev}
 * writes the notes, and others read them.
 */
@NullMarked
package io.autoserve.cli.local;

import org.jspecify.annotations.NullMarked;
