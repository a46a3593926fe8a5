/**
 * The commands that show apps, instances, events and controllers, or reach into an instance. None
 * of them changes an app.
 */
@NullMarked
package io.autoserve.cli.inspect;

import org.jspecify.annotations.NullMarked;
