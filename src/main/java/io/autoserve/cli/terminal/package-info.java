/**
 * What the CLI prints on: streams, colours, tables, progress, pages that are drawn over each other,
 * and numbers in the form that people read. It knows nothing of the API, of options or of commands.
 */
@NullMarked
package io.autoserve.cli.terminal;

import org.jspecify.annotations.NullMarked;
