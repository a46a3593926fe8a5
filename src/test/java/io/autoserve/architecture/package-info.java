/** Rules for all packages: which room may depend on which. */
@NullMarked
package io.autoserve.architecture;

import org.jspecify.annotations.NullMarked;
