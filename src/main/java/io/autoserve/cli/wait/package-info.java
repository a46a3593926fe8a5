/**
 * Implements {@code --wait}. It defines when an app has reached its goal, when the app cannot reach
 * it any more, and what the user sees in the meantime. It only reads from the controller and never
 * changes an app.
 */
@NullMarked
package io.autoserve.cli.wait;

import org.jspecify.annotations.NullMarked;
