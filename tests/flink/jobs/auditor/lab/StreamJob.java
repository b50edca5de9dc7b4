package auditor.lab;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.RichFilterFunction;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSink;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * A DataStream job whose readiness is set by its arguments, so that the right verdicts are known beforehand. Compiles and runs
 * unchanged on Flink 1.13 to 2.3.
 *
 * <pre>
 * --name S            job name                                            (lab-job)
 * --shape S           linear | join | fanout | unchained                  (linear)
 * --uids S            all | none | stateful | stateless: which operators  (none)
 *                     get an explicit uid
 * --par N             job parallelism                                     (1)
 * --job-max-par N     env.setMaxParallelism                               (unset)
 * --op-max-par N      setMaxParallelism on the keyed operator             (unset)
 * --rate N            records a second per source subtask                 (200)
 * --keys N            distinct keys                                       (1000)
 * --value-bytes N     bytes of state a key                                (64)
 * --slow-us N         microseconds a record in the keyed step             (0)
 * --fail-every-ms N   throw this long after each start                    (0: never)
 * --fail-snapshot X   every snapshot fails
 * --conf K=V          job-level configuration, repeatable
 * </pre>
 */
public final class StreamJob {
    public static void main(String[] args) throws Exception {
        Map<String, String> a = new HashMap<>();
        Configuration conf = new Configuration();
        for (int i = 0; i < args.length; i += 2) {
            String key = args[i].substring(2);
            if (key.equals("conf")) {
                String[] kv = args[i + 1].split("=", 2);
                conf.setString(kv[0], kv[1]);
            } else {
                a.put(key, args[i + 1]);
            }
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(conf);
        env.setParallelism(num(a, "par", 1));
        if (a.containsKey("job-max-par")) {
            env.setMaxParallelism(num(a, "job-max-par", 0));
        }
        String shape = a.getOrDefault("shape", "linear");
        DataStream<Long> numbers = source(env, a, "numbers");
        if (shape.equals("join")) {
            numbers = numbers.union(source(env, a, "more-numbers"));
        }
        int keys = num(a, "keys", 1000);
        SingleOutputStreamOperator<Long> state =
                numbers.keyBy(n -> n % keys).process(new Remember(a)).name("remember");
        mark(state, a, "remember", true);
        if (a.containsKey("op-max-par")) {
            state.setMaxParallelism(num(a, "op-max-par", 0));
        }
        SingleOutputStreamOperator<Long> even = state.filter(n -> n % 2 == 0).name("even");
        mark(even, a, "even", false);
        if (shape.equals("unchained")) {
            even.disableChaining();
        }
        SingleOutputStreamOperator<Long> none = even.filter(n -> n < 0).name("drop-all");
        mark(none, a, "drop-all", false);
        if (shape.equals("fanout")) {
            SingleOutputStreamOperator<Long> odd =
                    state.rebalance().filter(n -> n % 2 == 1 && n < 0).name("odd");
            mark(odd, a, "odd", false);
            sink(odd, a, "odd-out");
        }
        sink(none, a, "out");
        env.execute(a.getOrDefault("name", "lab-job"));
    }

    private static DataStream<Long> source(
            StreamExecutionEnvironment env, Map<String, String> a, String id) {
        SingleOutputStreamOperator<Long> s = env.fromSequence(0, Long.MAX_VALUE - 1).name(id);
        mark(s, a, id, true);
        SingleOutputStreamOperator<Long> p =
                s.filter(new Pace(num(a, "rate", 200))).name(id + "-pace");
        mark(p, a, id + "-pace", false);
        return p;
    }

    private static void sink(DataStream<Long> in, Map<String, String> a, String id) {
        DataStreamSink<Long> sink = in.print().name(id);
        if (chosen(a, false)) {
            sink.uid(id);
        }
    }

    private static void mark(
            SingleOutputStreamOperator<Long> op, Map<String, String> a, String id, boolean stateful) {
        if (chosen(a, stateful)) {
            op.uid(id);
        }
    }

    private static boolean chosen(Map<String, String> a, boolean stateful) {
        String uids = a.getOrDefault("uids", "none");
        return uids.equals("all") || uids.equals(stateful ? "stateful" : "stateless");
    }

    private static int num(Map<String, String> a, String key, int otherwise) {
        return Integer.parseInt(a.getOrDefault(key, Integer.toString(otherwise)));
    }

    /** Lets a given number of records a second through. */
    private static final class Pace extends RichFilterFunction<Long> {
        private final int perSecond;
        private transient long next;

        Pace(int perSecond) {
            this.perSecond = perSecond;
        }

        @Override
        public boolean filter(Long n) throws Exception {
            long now = System.nanoTime();
            if (next == 0) {
                next = now;
            }
            next += 1_000_000_000L / perSecond;
            if (next > now) {
                Thread.sleep((next - now) / 1_000_000L, (int) ((next - now) % 1_000_000L));
            }
            return true;
        }
    }

    /** Keeps a value of the wanted size for each key, and dawdles or fails as it is told. */
    private static final class Remember extends KeyedProcessFunction<Long, Long, Long>
            implements CheckpointedFunction {
        private final int bytes;
        private final int slowUs;
        private final int failEveryMs;
        private final boolean failSnapshot;
        private transient MapState<Integer, byte[]> last;
        private transient long started;
        private transient long owedNs;

        Remember(Map<String, String> a) {
            bytes = num(a, "value-bytes", 64);
            slowUs = num(a, "slow-us", 0);
            failEveryMs = num(a, "fail-every-ms", 0);
            failSnapshot = a.containsKey("fail-snapshot");
        }

        @Override
        public void processElement(Long n, Context ctx, Collector<Long> out) throws Exception {
            byte[] value = new byte[bytes];
            new java.util.Random(n).nextBytes(value);
            last.put(0, value);
            owedNs += slowUs * 1000L;
            if (owedNs >= 1_000_000L) {
                Thread.sleep(owedNs / 1_000_000L);
                owedNs %= 1_000_000L;
            }
            if (failEveryMs > 0 && System.currentTimeMillis() - started > failEveryMs) {
                throw new IllegalStateException("lab: failing on purpose after " + failEveryMs + " ms");
            }
            out.collect(n);
        }

        @Override
        public void snapshotState(FunctionSnapshotContext c) {
            if (failSnapshot) {
                throw new IllegalStateException("lab: snapshot fails on purpose");
            }
        }

        @Override
        public void initializeState(FunctionInitializationContext c) throws Exception {
            started = System.currentTimeMillis();
            last = c.getKeyedStateStore()
                    .getMapState(new MapStateDescriptor<>("last", Integer.class, byte[].class));
        }
    }

    private StreamJob() {}
}
