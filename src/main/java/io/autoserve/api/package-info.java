/**
 * The door for programs: REST and the stream of events, as {@code openapi.yaml} promises them. It
 * asks everything else through {@link io.autoserve.api.Platform} and never decides, stores or acts
 * itself.
 */
@NullMarked
package io.autoserve.api;

import org.jspecify.annotations.NullMarked;
