package auditor.lab;

import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/**
 * A SQL job over generated rows into a blackhole. Arguments: the query (agg | window | join), then K=V pairs of table or job
 * configuration. Flink 1.13 to 2.3.
 */
public final class SqlJob {
    public static void main(String[] args) {
        TableEnvironment t =
                TableEnvironment.create(EnvironmentSettings.newInstance().inStreamingMode().build());
        for (int i = 1; i < args.length; i++) {
            String[] kv = args[i].split("=", 2);
            t.getConfig().getConfiguration().setString(kv[0], kv[1]);
        }
        for (String name : new String[] {"orders", "payments"}) {
            t.executeSql(
                    "CREATE TABLE " + name + " (k INT, v BIGINT, ts AS LOCALTIMESTAMP, WATERMARK FOR ts AS ts)"
                            + " WITH ('connector'='datagen','rows-per-second'='100',"
                            + "'fields.k.min'='0','fields.k.max'='500')");
        }
        t.executeSql("CREATE TABLE hole (k INT, n BIGINT) WITH ('connector'='blackhole')");
        t.executeSql("INSERT INTO hole " + query(args[0]));
    }

    private static String query(String name) {
        switch (name) {
            case "agg":
                return "SELECT k, COUNT(*) FROM orders GROUP BY k";
            case "window":
                return "SELECT k, COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' SECOND))"
                        + " GROUP BY k, window_start, window_end";
            case "join":
                return "SELECT o.k, o.v + p.v FROM orders o, payments p"
                        + " WHERE o.k = p.k AND o.ts BETWEEN p.ts - INTERVAL '5' SECOND AND p.ts";
            default:
                throw new IllegalArgumentException("no such query: " + name);
        }
    }

    private SqlJob() {}
}
