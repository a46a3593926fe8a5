/**
 * Serves REST and streams to programs, as {@code openapi.yaml} describes them. This package uses
 * {@link io.autoserve.platform.Platform} for everything else. It never decides, stores or acts
 * itself.
 */
@NullMarked
package io.autoserve.api;

import org.jspecify.annotations.NullMarked;
