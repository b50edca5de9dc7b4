package auditor.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.RichFilterFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSink;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.types.Value;
import org.apache.flink.util.Collector;

/**
 * A DataStream job whose readiness is set by its arguments, so that the right verdicts are known beforehand. Compiles and runs
 * unchanged on Flink 1.13 to 2.3.
 *
 * <pre>
 * --name S            job name                                            (lab-job)
 * --shape S           linear | join | connect | fanout | unchained |      (linear)
 *                     hidden: a stateful operator chained to the source
 * --uids S            all | none | stateful | stateless: which operators  (none)
 *                     get an explicit uid, which is their name
 * --uid-prefix S      before the name in these uids                       (empty)
 * --uid NAME=UID      the uid of the operator of that name, repeatable
 * --uid-hash NAME=HEX setUidHash of the operator of that name, repeatable
 * --par N             job parallelism                                     (1)
 * --job-max-par N     env.setMaxParallelism                               (unset)
 * --op-max-par N      setMaxParallelism on the keyed operator             (unset)
 * --rate N            records a second per source subtask                 (200)
 * --last N            the number with which a source ends                 (none)
 * --keys N            distinct keys                                       (1000)
 * --value-bytes N     bytes of state a key                                (64)
 * --slow-us N         microseconds a record in the keyed step             (0)
 * --fail-every-ms N   throw this long after each start                    (0: never)
 * --fail-snapshot X   every snapshot fails
 * --async-file PATH   while it exists, the asynchronous part of each      (none)
 *                     snapshot takes as many milliseconds as it says
 * --expect-state X    throw where the state of a run before is not there
 * --conf K=V          job-level configuration, repeatable
 * </pre>
 */
public final class StreamJob {
    public static void main(String[] args) throws Exception {
        Map<String, String> a = new HashMap<>();
        Configuration conf = new Configuration();
        for (int i = 0; i < args.length; i += 2) {
            String key = args[i].substring(2);
            String[] kv = args[i + 1].split("=", 2);
            if (key.equals("conf")) {
                conf.setString(kv[0], kv[1]);
            } else if (key.equals("uid") || key.equals("uid-hash")) {
                a.put(key + " " + kv[0], kv[1]);
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
        if (shape.equals("connect")) {
            SingleOutputStreamOperator<Long> met =
                    numbers.keyBy(n -> n % keys)
                            .connect(source(env, a, "more-numbers").keyBy(n -> n % keys))
                            .process(new Meet())
                            .name("meet");
            mark(met, a, "meet", true);
            numbers = met;
        }
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
        long last = Long.parseLong(a.getOrDefault("last", Long.toString(Long.MAX_VALUE - 1)));
        SingleOutputStreamOperator<Long> s = env.fromSequence(0, last).name(id);
        mark(s, a, id, true);
        SingleOutputStreamOperator<Long> p = s.filter(new Pace(a)).name(id + "-pace");
        mark(p, a, id + "-pace", false);
        if (!"hidden".equals(a.get("shape"))) {
            return p;
        }
        SingleOutputStreamOperator<Long> t = p.map(new Tally(a)).name(id + "-tally");
        mark(t, a, id + "-tally", true);
        return t;
    }

    private static void sink(DataStream<Long> in, Map<String, String> a, String id) {
        DataStreamSink<Long> sink = in.print().name(id);
        String uid = uid(a, id, false);
        if (uid != null) {
            sink.uid(uid);
        }
        if (a.containsKey("uid-hash " + id)) {
            sink.setUidHash(a.get("uid-hash " + id));
        }
    }

    private static void mark(
            SingleOutputStreamOperator<Long> op, Map<String, String> a, String id, boolean stateful) {
        String uid = uid(a, id, stateful);
        if (uid != null) {
            op.uid(uid);
        }
        if (a.containsKey("uid-hash " + id)) {
            op.setUidHash(a.get("uid-hash " + id));
        }
    }

    /** The uid that the arguments give to an operator, or null. */
    private static String uid(Map<String, String> a, String id, boolean stateful) {
        return a.getOrDefault(
                "uid " + id, chosen(a, stateful) ? a.getOrDefault("uid-prefix", "") + id : null);
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
        private final boolean expectState;
        private transient long next;

        Pace(Map<String, String> a) {
            perSecond = num(a, "rate", 200);
            expectState = a.containsKey("expect-state");
        }

        @Override
        public boolean filter(Long n) throws Exception {
            if (expectState && n == 0) {
                throw new IllegalStateException("lab: the source began anew");
            }
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

    /** Counts what passes; its state is not of a key, so that it may be chained to a source. */
    private static final class Tally implements MapFunction<Long, Long>, CheckpointedFunction {
        private final boolean expectState;
        private transient ListState<Long> saved;
        private transient long count;

        Tally(Map<String, String> a) {
            expectState = a.containsKey("expect-state");
        }

        @Override
        public Long map(Long n) {
            count++;
            return n;
        }

        @Override
        public void snapshotState(FunctionSnapshotContext c) throws Exception {
            saved.update(Collections.singletonList(count));
        }

        @Override
        public void initializeState(FunctionInitializationContext c) throws Exception {
            saved = c.getOperatorStateStore().getListState(new ListStateDescriptor<>("count", Long.class));
            for (long before : saved.get()) {
                count += before;
            }
            if (expectState && count == 0) {
                throw new IllegalStateException("lab: the tally was lost");
            }
        }
    }

    /** Keeps the last number of each key, from either input. */
    private static final class Meet extends KeyedCoProcessFunction<Long, Long, Long, Long> {
        @Override
        public void processElement1(Long n, Context ctx, Collector<Long> out) throws Exception {
            keep(n, out);
        }

        @Override
        public void processElement2(Long n, Context ctx, Collector<Long> out) throws Exception {
            keep(n, out);
        }

        private void keep(Long n, Collector<Long> out) throws Exception {
            getRuntimeContext().getState(new ValueStateDescriptor<>("last", Long.class)).update(n);
            out.collect(n);
        }
    }

    /** Keeps a value of the wanted size for each key, and dawdles or fails as it is told. */
    private static final class Remember extends KeyedProcessFunction<Long, Long, Long>
            implements CheckpointedFunction {
        private final int bytes;
        private final int slowUs;
        private final int failEveryMs;
        private final boolean failSnapshot;
        private final boolean expectState;
        private final String asyncFile;
        private transient MapState<Integer, byte[]> last;
        private transient long started;
        private transient long owedNs;

        Remember(Map<String, String> a) {
            bytes = num(a, "value-bytes", 64);
            slowUs = num(a, "slow-us", 0);
            failEveryMs = num(a, "fail-every-ms", 0);
            failSnapshot = a.containsKey("fail-snapshot");
            expectState = a.containsKey("expect-state");
            asyncFile = a.get("async-file");
        }

        @Override
        public void processElement(Long n, Context ctx, Collector<Long> out) throws Exception {
            if (expectState && last.get(0) == null) {
                throw new IllegalStateException("lab: the state of key " + ctx.getCurrentKey() + " was lost");
            }
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
            if (asyncFile != null) {
                ListState<Dawdler> slow =
                        c.getOperatorStateStore()
                                .getListState(new ListStateDescriptor<>("slow", Dawdler.class));
                slow.update(Collections.singletonList(new Dawdler(asyncFile)));
            }
        }
    }

    /** A value that takes its time when the asynchronous part of a snapshot writes it. */
    public static final class Dawdler implements Value {
        private String file = "";

        public Dawdler() {}

        Dawdler(String file) {
            this.file = file;
        }

        @Override
        public void write(DataOutputView out) throws IOException {
            Path path = Paths.get(file);
            if (Thread.currentThread().getName().startsWith("AsyncOperations") && Files.exists(path)) {
                try {
                    Thread.sleep(Long.parseLong(new String(Files.readAllBytes(path)).trim()));
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            out.writeUTF(file);
        }

        @Override
        public void read(DataInputView in) throws IOException {
            file = in.readUTF();
        }
    }

    private StreamJob() {}
}
