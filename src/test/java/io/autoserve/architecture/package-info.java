/** Rules for all packages: which one may depend on which. */
@NullMarked
package io.autoserve.architecture;

import org.jspecify.annotations.NullMarked;
