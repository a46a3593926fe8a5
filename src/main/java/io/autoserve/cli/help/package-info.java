/**
 * The help, the manual pages and the shell completion. All are made from the definitions of the
 * commands, so this package never names a command's options itself.
 */
@NullMarked
package io.autoserve.cli.help;

import org.jspecify.annotations.NullMarked;
