/**
 * The door for people: commands that call a controller's API and print for a terminal or for a
 * program. It knows the API's words and JSON, never the database, Docker or nginx.
 *
 * <p>A command ends within a fraction of a second, so it loads nothing that it does not use:
 * HttpURLConnection (90 ms from start to answer here, where java.net.http takes 280), JSON trees,
 * no logging.
 */
@NullMarked
package io.autoserve.cli;

import org.jspecify.annotations.NullMarked;
