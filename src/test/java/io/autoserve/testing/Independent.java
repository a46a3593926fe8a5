package io.autoserve.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Marks an integration test that shares nothing with other tests: no Docker, no fixed port, no
 * folder. It may start databases and browsers of its own. Two of these tests run at the same time.
 */
@Tag("independent")
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Independent {}
