/** Rules about the whole: which room may know which. */
@NullMarked
package io.autoserve.architecture;

import org.jspecify.annotations.NullMarked;
