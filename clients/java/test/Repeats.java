// Errors that come again: thrown again, reported and then fatal, many different ones at once. Run by ../../contract/repeats.test.ts.

import java.util.Collections;
import mayday.Mayday;

public class Repeats {
    static void fail(int depth) {
        if (depth > 0) fail(depth - 1);
        throw new IllegalStateException("at depth");
    }

    static void inner() {
        try {
            fail(0);
        } catch (IllegalStateException error) {
            Mayday.report(error);
            throw error;
        }
    }

    public static void main(String[] arguments) {
        Mayday.Options options = new Mayday.Options().exitMs(arguments[0].equals("no_wait") ? 0 : 2000).tag("shop", "north");
        if (arguments[0].equals("ignored")) options.ignore("backend down");
        Mayday.start(options);
        switch (arguments[0]) {
            case "fatal":
                inner();
                break;
            case "outward":
                try {
                    inner();
                } catch (IllegalStateException error) {
                    Mayday.report(error);
                }
                break;
            case "again":
                RuntimeException cached = new RuntimeException("backend down");
                for (int turn = 0; turn < 5; turn++) {
                    try {
                        throw cached;
                    } catch (RuntimeException error) {
                        Mayday.report(error);
                    }
                }
                break;
            case "notes":
                for (int turn = 0; turn < 60; turn++) Mayday.breadcrumb("step " + turn, Collections.singletonMap("password", "hunter" + 2), "desk");
                try {
                    fail(0);
                } catch (IllegalStateException error) {
                    Mayday.report(error);
                }
                break;
            case "ignored":
                Mayday.report(new RuntimeException("the backend down again"));
                break;
            case "burst":
                for (int turn = 0; turn < 80; turn++) {
                    try {
                        fail(turn);
                    } catch (IllegalStateException error) {
                        Mayday.report(error, Collections.singletonMap("turn", turn));
                    }
                }
                break;
            default:
                fail(0);
        }
    }
}
