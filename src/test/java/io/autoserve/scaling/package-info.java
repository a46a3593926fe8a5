@NullMarked
package io.autoserve.scaling;

import org.jspecify.annotations.NullMarked;
