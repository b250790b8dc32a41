package samples;

import java.time.Duration;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** A named piece of the walk through the samples. It fails with an exception. */
record Check(String name, Action action) {

    private static final Duration LIMIT = Duration.ofMinutes(1);

    interface Action {
        void run() throws Exception;
    }

    /** A check of the asynchronous clients. */
    static Check async(String name, Supplier<Mono<Void>> action) {
        return new Check("async-" + name, () -> action.get().block(LIMIT));
    }
}
