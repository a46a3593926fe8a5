/**
 * The commands that control access to an installation: logins, their contexts, and tokens. A token
 * is printed only once, by the command that creates it.
 */
@NullMarked
package io.autoserve.cli.access;

import org.jspecify.annotations.NullMarked;
