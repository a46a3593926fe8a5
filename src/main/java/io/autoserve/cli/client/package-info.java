/**
 * How the CLI calls a controller's API: requests and their repetition, streams of events,
 * WebSockets, the stored contexts with their tokens, and the errors that a controller reports. It
 * depends on no option and no command, and never decides which parts of an answer the user sees.
 */
@NullMarked
package io.autoserve.cli.client;

import org.jspecify.annotations.NullMarked;
