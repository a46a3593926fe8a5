package io.autoserve.cli.command;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Converts the value of an option or argument that is a whole number. A value outside the range is
 * refused with the range, before anything is sent.
 */
public abstract class WholeNumber implements ITypeConverter<Integer> {
    private final int least;
    private final int most;

    private WholeNumber(int least, int most) {
        this.least = least;
        this.most = most;
    }

    @Override
    public Integer convert(String text) {
        try {
            var number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // the failure is thrown below
        }
        throw new TypeConversionException(
                "must be a whole number %s, was '%s'"
                        .formatted(
                                most == Integer.MAX_VALUE
                                        ? "of at least " + least
                                        : "from %d to %d".formatted(least, most),
                                text));
    }

    /** A number of instances. */
    public static final class InstanceCount extends WholeNumber {
        public InstanceCount() {
            super(0, 1000);
        }
    }

    /** A number of entries that the API returns at once. */
    public static final class PageSize extends WholeNumber {
        public PageSize() {
            super(1, 1000);
        }
    }

    /** A number of lines of a log. */
    public static final class LineCount extends WholeNumber {
        public LineCount() {
            super(0, 10_000);
        }
    }

    public static final class RevisionNumber extends WholeNumber {
        public RevisionNumber() {
            super(1, Integer.MAX_VALUE);
        }
    }

    /** A number of further attempts. */
    public static final class RetryCount extends WholeNumber {
        public RetryCount() {
            super(0, 10);
        }
    }

    /** A port on which something can listen. */
    public static final class PortNumber extends WholeNumber {
        public PortNumber() {
            super(1, 65_535);
        }
    }
}
