package io.autoserve.testing;

/**
 * A text that counts how many of its characters are read. The count measures the work of a regular
 * expression without a clock, so that a test does not depend on the speed of the machine.
 */
public final class CountedText implements CharSequence {
    private final String text;
    private final Counter counter;

    private static final class Counter {
        private final long most;
        private long reads;

        Counter(long most) {
            this.most = most;
        }

        void read() {
            reads++;
            if (reads > most) {
                throw new TooMuchWork(most);
            }
        }
    }

    /** Thrown when more characters are read than permitted. */
    public static final class TooMuchWork extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooMuchWork(long most) {
            super("more than %d characters were read".formatted(most));
        }
    }

    /**
     * @param most the number of reads after which {@link #charAt} throws
     */
    public CountedText(String text, long most) {
        this(text, new Counter(most));
    }

    private CountedText(String text, Counter counter) {
        this.text = text;
        this.counter = counter;
    }

    public long reads() {
        return counter.reads;
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public char charAt(int index) {
        counter.read();
        return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return new CountedText(text.substring(start, end), counter);
    }

    @Override
    public String toString() {
        return text;
    }
}
