/** Tests of the dashboard in a real browser: what people see in it and do with it. */
@NullMarked
package io.autoserve.dashboard;

import org.jspecify.annotations.NullMarked;
