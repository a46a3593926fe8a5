/**
 * The CLI: commands that call a controller's API and print for a terminal or for a program. It
 * depends on the API's names and JSON. Only {@code cli.dev} and {@code cli.doctor} use the
 * database, Docker and nginx directly.
 *
 * <p>{@code CommandList} lists all commands, so nothing below may depend on it. The packages are
 * layers. {@code exit} and {@code terminal} are at the bottom and depend on no other package of the
 * CLI. {@code client} and {@code local} come next, then {@code wait}, then {@code command}. The
 * commands are on top, in packages that do not depend on each other.
 *
 * <p>A command ends within a fraction of a second, so it loads nothing that it does not use. It
 * uses JSON trees and no logging. In a measurement, a command took 90 ms from start to answer with
 * HttpURLConnection and 280 ms with java.net.http, so only WebSockets use java.net.http.
 */
@NullMarked
package io.autoserve.cli;

import org.jspecify.annotations.NullMarked;
