package auditor.lab;

import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;

/**
 * What Flink itself makes of key groups: for each max parallelism given and each parallelism up to it one line "max parallelism
 * fewest most withMost", of the subtasks' key groups.
 */
public final class KeyGroups {
    public static void main(String[] args) {
        StringBuilder out = new StringBuilder();
        for (String arg : args) {
            int max = Integer.parseInt(arg);
            for (int p = 1; p <= max; p++) {
                int fewest = max;
                int most = 0;
                int withMost = 0;
                for (int i = 0; i < p; i++) {
                    KeyGroupRange range =
                            KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(max, p, i);
                    int size = range.getNumberOfKeyGroups();
                    fewest = Math.min(fewest, size);
                    withMost = size > most ? 1 : size == most ? withMost + 1 : withMost;
                    most = Math.max(most, size);
                }
                out.append(max + " " + p + " " + fewest + " " + most + " " + withMost + "\n");
            }
        }
        System.out.print(out);
    }
}
