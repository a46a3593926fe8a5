/**
 * What AutoServe adds to its logging library. Logback's configuration names these classes, and no
 * other code uses them.
 */
@NullMarked
package io.autoserve.logging;

import org.jspecify.annotations.NullMarked;
