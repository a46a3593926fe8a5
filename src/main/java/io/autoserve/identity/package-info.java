/**
 * The certificate by which this controller proves to other parts of the platform that it is one,
 * and the authorities by which it verifies them. It reads files that the platform's authority
 * distributes, and never signs anything.
 */
@NullMarked
package io.autoserve.identity;

import org.jspecify.annotations.NullMarked;
