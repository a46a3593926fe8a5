/**
 * The door for programs: REST and streams, as {@code openapi.yaml} promises them. This package asks
 * for everything else through {@link io.autoserve.platform.Platform}. It never decides, stores or
 * acts itself.
 */
@NullMarked
package io.autoserve.api;

import org.jspecify.annotations.NullMarked;
