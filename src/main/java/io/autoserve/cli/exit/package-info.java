/**
 * How a command ends: the exit codes and the failures that carry a message for the user. Every
 * other package of the CLI may use them, so this package depends on none of the others.
 */
@NullMarked
package io.autoserve.cli.exit;

import org.jspecify.annotations.NullMarked;
