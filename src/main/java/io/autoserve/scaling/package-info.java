/**
 * The Auto Scaler and the load samples on which it bases its decisions. {@link
 * io.autoserve.scaling.Scaler}, {@link io.autoserve.scaling.Load} and {@link
 * io.autoserve.scaling.History} decide, without IO or a clock, and {@code simulate} runs the same
 * classes. {@link io.autoserve.scaling.AutoScaler} reads the load, stores decisions and acts while
 * this controller leads. It changes only the desired number of instances; it never starts or stops
 * one.
 */
@NullMarked
package io.autoserve.scaling;

import org.jspecify.annotations.NullMarked;
