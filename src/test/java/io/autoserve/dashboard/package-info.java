/** The dashboard in a real browser: what people see and do there. */
@NullMarked
package io.autoserve.dashboard;

import org.jspecify.annotations.NullMarked;
