/**
 * The commands for who may use an installation: logins, the contexts that they leave, and tokens. A
 * token is printed only once, by the command that creates it.
 */
@NullMarked
package io.autoserve.cli.access;

import org.jspecify.annotations.NullMarked;
