@NullMarked
package io.autoserve.api;

import org.jspecify.annotations.NullMarked;
