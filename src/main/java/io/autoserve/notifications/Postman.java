package io.autoserve.notifications;

/** Sends notifications. */
@FunctionalInterface
interface Postman {
    /** Returns once the receiver has accepted the letter. Blocks. */
    void deliver(Letter letter) throws DeliveryFailed;

    /** The receiver did not accept a letter, or it is not known whether it did. */
    final class DeliveryFailed extends Exception {
        private static final long serialVersionUID = 1L;

        DeliveryFailed(String message) {
            super(message);
        }

        DeliveryFailed(String message, Throwable cause) {
            super(message, cause);
        }

        String text() {
            return String.valueOf(getMessage());
        }
    }
}
