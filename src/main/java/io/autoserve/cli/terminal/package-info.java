/**
 * This package prints: it holds streams, colours, tables, progress, pages that are redrawn, and
 * numbers in the form that people read. It does not depend on the API, on options or on commands.
 */
@NullMarked
package io.autoserve.cli.terminal;

import org.jspecify.annotations.NullMarked;
