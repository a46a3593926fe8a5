package io.autoserve;

/** Wires everything by hand. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.out.println("autoserve");
    }
}
