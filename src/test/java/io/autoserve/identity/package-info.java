@NullMarked
package io.autoserve.identity;

import org.jspecify.annotations.NullMarked;
