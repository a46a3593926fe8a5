/**
 * Runs the real control plane in simulated time, with modelled databases, engines, proxies, users
 * and operators. One seed decides the order of everything, so a run can be repeated.
 */
@NullMarked
package io.autoserve.simulation;

import org.jspecify.annotations.NullMarked;
