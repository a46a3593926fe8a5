@NullMarked
package io.autoserve.metrics;

import org.jspecify.annotations.NullMarked;
