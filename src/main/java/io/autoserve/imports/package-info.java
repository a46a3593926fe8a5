/**
 * Converts files of other tools to specs: Compose files and Dockerfiles. It lists every field that
 * it could not carry over, with its line. It also replaces variables in specs, as Compose does.
 * Text goes in and documents come out, so nothing here reads files, sockets or clocks.
 */
@NullMarked
package io.autoserve.imports;

import org.jspecify.annotations.NullMarked;
