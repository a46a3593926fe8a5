/**
 * How {@code --wait} waits until apps reach a goal: what counts as reached, what is hopeless, and
 * what the user sees meanwhile. It only reads from the controller and never changes an app.
 */
@NullMarked
package io.autoserve.cli.wait;

import org.jspecify.annotations.NullMarked;
