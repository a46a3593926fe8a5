/**
 * This package holds what the commands share: their base class, common options and arguments, and
 * the version of the build. It contains no command.
 */
@NullMarked
package io.autoserve.cli.command;

import org.jspecify.annotations.NullMarked;
