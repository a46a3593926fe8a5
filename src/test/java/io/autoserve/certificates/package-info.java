@NullMarked
package io.autoserve.certificates;

import org.jspecify.annotations.NullMarked;
