package io.autoserve.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Refusal;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

class BackgroundTest {
    private final Background background = new Background(Runnable::run);

    @Test
    void returns_what_the_work_returned() {
        assertThat(background.run(() -> 7).result()).isEqualTo(7);
    }

    @Test
    void passes_a_refusal_on() {
        var refusal = Refusal.notFound("web");

        assertThat(failure(refusal)).isSameAs(refusal);
    }

    @Test
    void tells_clients_to_try_again_while_docker_does_not_answer() {
        assertThat(failure(new EngineException("Docker does not answer", null)))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> {
                            assertThat(refusal.kind()).isEqualTo(Refusal.Kind.UNAVAILABLE);
                            assertThat(refusal).hasMessage("Docker does not answer");
                        });
    }

    /**
     * A bug is not reported as temporary, because a client would then retry forever without
     * success.
     */
    @Test
    void does_not_pretend_that_an_error_of_its_own_is_over_soon() {
        var bug = new NullPointerException();

        assertThat(failure(bug)).isSameAs(bug);
    }

    private Throwable failure(RuntimeException thrown) {
        Callable<Integer> work =
                () -> {
                    throw thrown;
                };
        return background.run(work).cause();
    }
}
