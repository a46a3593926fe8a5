/**
 * {@code autoserve doctor}: examines every part of a platform and reports how to fix it. It first
 * collects {@link io.autoserve.cli.doctor.Facts} and then bases its findings on these facts alone.
 * It changes nothing. It waits at most 10 s for a program or a server, and 30 s for an answer of
 * the API. Only the list of a database's migrations is read without a timeout. It works even if
 * nothing is running, not even Docker, because users call it when something does not work.
 */
@NullMarked
package io.autoserve.cli.doctor;

import org.jspecify.annotations.NullMarked;
