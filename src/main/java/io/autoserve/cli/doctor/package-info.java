/**
 * {@code autoserve doctor}: looks at all that a platform is made of, and says what to do. What is
 * seen becomes {@link io.autoserve.cli.doctor.Facts}; what is to be thought of it is decided on
 * those alone. Changes nothing, asks nobody for longer than a few seconds, and expects nothing to
 * run, not even the engine: it is called when something does not.
 */
@NullMarked
package io.autoserve.cli.doctor;

import org.jspecify.annotations.NullMarked;
