@NullMarked
package io.autoserve.platform;

import org.jspecify.annotations.NullMarked;
