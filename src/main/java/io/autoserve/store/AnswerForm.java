package io.autoserve.store;

import io.autoserve.spec.Json;

/** Converts the answer of a request to the text that is stored with its key, and back. */
interface AnswerForm<T> {
    String write(T answer);

    /**
     * @param transaction can read what the text leaves out
     */
    T read(Transaction transaction, String text);

    /** Returns the form that stores the whole answer. */
    static <T> AnswerForm<T> whole(Class<T> type) {
        return new AnswerForm<>() {
            @Override
            public String write(T answer) {
                return Json.write(answer);
            }

            @Override
            public T read(Transaction transaction, String text) {
                return Json.read(text, type);
            }
        };
    }
}
