/**
 * The commands that change apps and what belongs to them: specs, rollouts, scaling, tasks,
 * schedules, secrets and domains. A command sends one request and prints the answer. The controller
 * makes all decisions about apps.
 */
@NullMarked
package io.autoserve.cli.apps;

import org.jspecify.annotations.NullMarked;
