/**
 * This package prints: it holds streams, colours, tables, progress, pages that are redrawn, and
 * numbers in the form that people read. It knows nothing of the API, of options or of commands.
 */
@NullMarked
package io.autoserve.cli.terminal;

import org.jspecify.annotations.NullMarked;
