/**
 * What the commands share: their base class, options and arguments that several of them have, and
 * the version of the build. It holds no command of its own.
 */
@NullMarked
package io.autoserve.cli.command;

import org.jspecify.annotations.NullMarked;
