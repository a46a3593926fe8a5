@NullMarked
package io.autoserve.health;

import org.jspecify.annotations.NullMarked;
