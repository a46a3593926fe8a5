@NullMarked
package io.autoserve.secrets;

import org.jspecify.annotations.NullMarked;
