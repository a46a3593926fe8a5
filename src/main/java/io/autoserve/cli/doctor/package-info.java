/**
 * {@code autoserve doctor}: examines every part of a platform and says how to fix it. What it sees
 * becomes {@link io.autoserve.cli.doctor.Facts}, and the findings are decided on these facts alone.
 * It changes nothing and waits for no part longer than a few seconds. It expects nothing to run,
 * not even Docker, since users call it when something does not work.
 */
@NullMarked
package io.autoserve.cli.doctor;

import org.jspecify.annotations.NullMarked;
