/**
 * The door for people: commands that ask a controller over its API and print for a terminal or for
 * a program. Knows the API's words and JSON; never the database, the engine or nginx.
 *
 * <p>A command is over in a fraction of a second, so nothing is loaded that it does not use:
 * HttpURLConnection (90 ms from start to answer here, where java.net.http takes 280), JSON trees,
 * no logging.
 */
@NullMarked
package io.autoserve.cli;

import org.jspecify.annotations.NullMarked;
