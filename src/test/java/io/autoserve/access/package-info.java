@NullMarked
package io.autoserve.access;

import org.jspecify.annotations.NullMarked;
