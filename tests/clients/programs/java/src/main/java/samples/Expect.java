package samples;

import com.azure.core.exception.HttpResponseException;
import java.util.Objects;
import reactor.core.publisher.Mono;

/** Comparisons that fail with a message. */
final class Expect {

    private Expect() {}

    static void equal(String name, Object actual, Object expected) {
        if (!Objects.equals(actual, expected)) {
            throw new AssertionError("%s: expected %s, got %s".formatted(name, expected, actual));
        }
    }

    static void moreThanOnePage(long pages) {
        if (pages < 2) {
            throw new AssertionError("expected more than one page, got " + pages);
        }
    }

    /** Run a call that the registry has to refuse with a status. */
    static void status(int expected, Runnable call) {
        try {
            call.run();
        } catch (HttpResponseException error) {
            status(expected, error);
            return;
        }
        throw noError(expected);
    }

    /** Subscribe to a call that the registry has to refuse with a status. */
    static Mono<Void> status(int expected, Mono<?> call) {
        return call.then(Mono.<HttpResponseException>error(noError(expected)))
            .onErrorResume(HttpResponseException.class, Mono::just)
            .doOnNext(error -> status(expected, error))
            .then();
    }

    private static AssertionError noError(int status) {
        return new AssertionError("expected status %d, got no error".formatted(status));
    }

    private static void status(int expected, HttpResponseException error) {
        equal("status", error.getResponse().getStatusCode(), expected);
    }
}
